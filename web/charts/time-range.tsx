import { Segmented } from 'antd';
import type { ReactNode } from 'react';
import { useSearchParams } from 'react-router';
import { useMessages } from '../messages/language.js';

export const RANGES = { '15m': 900_000, '1h': 3_600_000, '6h': 21_600_000, '24h': 86_400_000 } as const;
export type Range = keyof typeof RANGES;

/** The time range in the address. */
export function useTimeRange(): [Range, (range: Range) => void] {
  const [address, setAddress] = useSearchParams();
  const range = (Object.keys(RANGES) as Range[]).find((one) => one === address.get('range')) ?? '1h';
  return [
    range,
    (next) =>
      setAddress(
        (present) => {
          if (next === '1h') present.delete('range');
          else present.set('range', next);
          return present;
        },
        { replace: true },
      ),
  ];
}

export function TimeRange({
  range,
  onChange,
}: {
  readonly range: Range;
  readonly onChange: (range: Range) => void;
}): ReactNode {
  const { t } = useMessages();
  return (
    <Segmented
      size="small"
      aria-label={t('chart.range')}
      value={range}
      onChange={onChange}
      options={(Object.keys(RANGES) as Range[]).map((value) => ({ value, label: t(`chart.range.${value}`) }))}
    />
  );
}
