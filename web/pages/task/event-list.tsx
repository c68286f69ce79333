import { Button } from 'antd';
import { useState, type ReactNode } from 'react';
import type { TaskEvent } from '../../../server/api/schema/task-summary.js';
import { hover } from '../../charts/hover.js';
import { isBad } from '../../charts/event-lane.js';
import { useMessages } from '../../messages/language.js';
import { Ago } from '../../parts/age.js';
import { EventText } from '../../tasks/event-text.js';

const SHOWN = 6;

/** The events of the range, newest first; pointing at one shows it in the charts. */
export function EventList({ events }: { readonly events: readonly TaskEvent[] }): ReactNode {
  const { t } = useMessages();
  const [all, setAll] = useState(false);
  if (events.length === 0) return <p className="quiet small">{t('chart.no-events')}</p>;
  const newest = [...events].reverse();
  return (
    <>
      <ol className="events">
        {(all ? newest : newest.slice(0, SHOWN)).map((event) => (
          <li
            key={`${event.at} ${event.kind}`}
            id={`event-${event.at}`}
            onMouseEnter={() => hover.set({ at: event.at, by: undefined })}
            onMouseLeave={() => hover.set({ at: undefined, by: undefined })}
          >
            <span className="quiet small">
              <Ago at={event.at} />
            </span>
            <span className={isBad(event) ? 'break event-bad' : 'break'}>
              <EventText event={event} />
            </span>
          </li>
        ))}
      </ol>
      {newest.length > SHOWN && (
        <div>
          <Button size="small" onClick={() => setAll(!all)}>
            {all ? t('chart.fewer-events') : t('chart.all-events', { count: newest.length })}
          </Button>
        </div>
      )}
    </>
  );
}
