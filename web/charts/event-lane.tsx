import { useEffect, useRef, type ReactNode } from 'react';
import type { TaskEvent } from '../../server/api/schema/task-summary.js';
import { useFormat } from '../format/use-format.js';
import { useMessages } from '../messages/language.js';
import { hover } from './hover.js';

interface EventLaneProps {
  readonly events: readonly TaskEvent[];
  readonly from: number;
  readonly to: number;
}

const SHAPES: Readonly<Record<TaskEvent['kind'], string>> = {
  registered: 'M2 2h8v8H2z',
  term: 'M6 1v10',
  'take-over': 'M6 0 12 6 6 12 0 6z',
  pause: 'M3 1h2v10H3zM7 1h2v10H7z',
  resume: 'M2.5 1 11 6l-8.5 5z',
  'hand-over': 'M1 6h8M6 2.5 9.8 6 6 9.5',
  move: 'M1 6h8M6 2.5 9.8 6 6 9.5',
  position: 'M6 11V1M2.5 4.5 6 1l3.5 3.5',
  instances: 'M1.5 8.5h9M1.5 3.5h9',
  configuration: 'M2 10 10 2M2 10h3M2 10V7',
  error: 'm2 2 8 8m0-8-8 8',
  healed: 'm1.5 6.5 3 3 6-7',
};

export function isBad({ kind }: TaskEvent): boolean {
  return kind === 'error';
}

/** What happened, on the same time axis as the charts above it. */
export function EventLane({ events, from, to }: EventLaneProps): ReactNode {
  const { t } = useMessages();
  const format = useFormat();
  const line = useRef<HTMLSpanElement>(null);
  const share = (at: number): number => ((at - from) / (to - from)) * 100;
  useEffect(
    () =>
      hover.subscribe(() => {
        const { at } = hover.get();
        if (line.current === null) return;
        line.current.style.display = at === undefined ? 'none' : 'block';
        if (at !== undefined) line.current.style.left = `${((at - from) / (to - from)) * 100}%`;
      }),
    [from, to],
  );
  const inside = events.filter(({ at }) => at >= from && at <= to);
  return (
    <div className="lane">
      <span className="quiet small">{t('chart.events')}</span>
      <div className="lane-track">
        <span className="lane-line" ref={line} aria-hidden="true" />
        <ol aria-label={t('chart.events')}>
          {inside.map((event) => (
            <li key={`${event.at} ${event.kind}`} style={{ left: `${share(event.at)}%` }}>
              <a
                href={`#event-${event.at}`}
                className={isBad(event) ? 'lane-mark bad' : 'lane-mark'}
                title={`${t(`event.${event.kind}`)} · ${format.moment(event.at)}`}
                aria-label={`${t(`event.${event.kind}`)} · ${format.moment(event.at)}`}
                onMouseEnter={() => hover.set({ at: event.at, by: undefined })}
                onMouseLeave={() => hover.set({ at: undefined, by: undefined })}
                onFocus={() => hover.set({ at: event.at, by: undefined })}
                onBlur={() => hover.set({ at: undefined, by: undefined })}
              >
                <svg viewBox="0 0 12 12" aria-hidden="true">
                  <path
                    d={SHAPES[event.kind]}
                    fill={/z$/.test(SHAPES[event.kind]) ? 'currentColor' : 'none'}
                    stroke="currentColor"
                    strokeWidth="1.6"
                  />
                </svg>
              </a>
            </li>
          ))}
        </ol>
      </div>
    </div>
  );
}
