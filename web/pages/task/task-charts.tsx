import { useMemo, type ReactNode } from 'react';
import { EventLane, isBad } from '../../charts/event-lane.js';
import { TimeChart } from '../../charts/time-chart.js';
import { RANGES, TimeRange, useTimeRange } from '../../charts/time-range.js';
import { useWindow } from '../../charts/use-window.js';
import { useFormat } from '../../format/use-format.js';
import { useMessages } from '../../messages/language.js';
import { Loaded } from '../../parts/loaded.js';
import { Panel } from '../../parts/panel.js';
import { useSeries, useTimeline } from '../../tasks/task-queries.js';
import { SERIES } from '../../theme/palette.js';
import { useAppearance } from '../../theme/appearance.js';
import { EventList } from './event-list.js';

/** Lag and throughput with the events on the same axis: what happened, and what came of it, stand on one line. */
export function TaskCharts({ name }: { readonly name: string }): ReactNode {
  const { t } = useMessages();
  const format = useFormat();
  const [range, setRange] = useTimeRange();
  const length = RANGES[range];
  const series = useSeries(name, length);
  const timeline = useTimeline(name, length);
  const { from, to } = useWindow(length);
  const [lagColour, rowsColour, bytesColour] = SERIES[useAppearance().shown];
  const events = timeline.data?.events;
  const moments = useMemo(() => (events ?? []).map((event) => ({ at: event.at, bad: isBad(event) })), [events]);
  const bytesText = useMemo(
    () => (value: number) => t('unit.bytes-per-second', { value: format.bytes(value) }),
    [t, format],
  );
  return (
    <Panel title={t('chart.title')} extra={<TimeRange range={range} onChange={setRange} />}>
      <Loaded query={series} lines={8}>
        {({ t: times, lagMs, rowsPerSecond, bytesPerSecond }) => {
          const shared = { t: times, from, to, moments };
          return (
            <div className="stack">
              <TimeChart {...shared} title={t('chart.lag')} values={lagMs} colour={lagColour} text={format.duration} />
              <TimeChart
                {...shared}
                title={t('chart.rows')}
                values={rowsPerSecond}
                colour={rowsColour}
                text={format.number}
              />
              <TimeChart
                {...shared}
                title={t('chart.bytes')}
                values={bytesPerSecond}
                colour={bytesColour}
                text={bytesText}
                times
              />
              <EventLane events={events ?? []} from={from} to={to} />
              <EventList events={events ?? []} />
            </div>
          );
        }}
      </Loaded>
    </Panel>
  );
}
