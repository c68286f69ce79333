import { useMemo, type ReactNode } from 'react';
import { isProblem } from '../../api/problem.js';
import { TimeChart } from '../../charts/time-chart.js';
import { RANGES, TimeRange, useTimeRange } from '../../charts/time-range.js';
import { useWindow } from '../../charts/use-window.js';
import { useFormat } from '../../format/use-format.js';
import { useMessages } from '../../messages/language.js';
import { Loaded } from '../../parts/loaded.js';
import { Panel } from '../../parts/panel.js';
import { useSeries } from '../../tasks/task-queries.js';
import { useAppearance } from '../../theme/appearance.js';
import { SERIES } from '../../theme/palette.js';

/** All tasks together over the last hours. */
export function OverviewCharts(): ReactNode {
  const { t } = useMessages();
  const format = useFormat();
  const [range, setRange] = useTimeRange();
  const series = useSeries(undefined, RANGES[range]);
  const { from, to } = useWindow(RANGES[range]);
  const [lagColour, rowsColour] = SERIES[useAppearance().shown];
  const rowsText = useMemo(() => (value: number) => format.number(value), [format]);
  // A Server of an earlier version has the series of single tasks only.
  if (isProblem(series.error) && series.error.status === 404) return null;
  return (
    <Panel title={t('overview.charts')} extra={<TimeRange range={range} onChange={setRange} />}>
      <Loaded query={series} lines={6}>
        {({ t: times, lagMs, rowsPerSecond }) => (
          <div className="chart-pair">
            <TimeChart
              t={times}
              values={rowsPerSecond}
              from={from}
              to={to}
              title={t('overview.chart.rows')}
              colour={rowsColour}
              text={rowsText}
              times
            />
            <TimeChart
              t={times}
              values={lagMs}
              from={from}
              to={to}
              title={t('overview.chart.lag')}
              colour={lagColour}
              text={format.duration}
              times
            />
          </div>
        )}
      </Loaded>
    </Panel>
  );
}
