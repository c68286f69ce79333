import type { ReactNode } from 'react';
import type { TaskEvent } from '../../server/api/schema/task-summary.js';
import { useMessages } from '../messages/language.js';

/** What happened, in the reader's language; the Server's own words on hover. */
export function EventText({ event }: { readonly event: TaskEvent }): ReactNode {
  const { t } = useMessages();
  const { kind, core, from, who, failure, count, text } = event;
  const parts = [
    t(`event.${kind}`),
    failure,
    from !== undefined && core !== undefined ? `${from} → ${core}` : core,
    who,
    count !== undefined && count > 1 ? `×${count}` : undefined,
  ];
  return <span title={text}>{parts.filter((part) => part !== undefined).join(' · ')}</span>;
}
