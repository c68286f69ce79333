import type { ReactNode } from 'react';
import { useMessages } from '../messages/language.js';

const NEARLY_FULL = 0.9;

/** How much of what a Core may take it has taken. */
export function LoadBar({
  load,
  capacity,
}: {
  readonly load: number;
  readonly capacity: number | undefined;
}): ReactNode {
  const { t } = useMessages();
  if (capacity === undefined) return <span className="quiet small nowrap">{t('load.uncapped', { load })}</span>;
  const share = capacity === 0 ? 1 : Math.min(1, load / capacity);
  return (
    <span className="load">
      <span className="bar" aria-hidden="true">
        <span className={share >= NEARLY_FULL ? 'full' : undefined} style={{ width: `${share * 100}%` }} />
      </span>
      <span className="small number">{t('load.of', { load, capacity })}</span>
    </span>
  );
}
