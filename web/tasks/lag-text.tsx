import type { ReactNode } from 'react';
import type { TaskSummary } from '../../server/api/schema/task-summary.js';
import { useFormat } from '../format/use-format.js';
import { useMessages } from '../messages/language.js';
import { BEHIND_MS } from './attention.js';

/** How far behind its source a task is; an idle one is not behind. */
export function LagText({ task: { lagMs, idleSince, state } }: { readonly task: TaskSummary }): ReactNode {
  const { t } = useMessages();
  const format = useFormat();
  if (lagMs === undefined || state === 'UNKNOWN') return <span className="quiet">–</span>;
  if (idleSince !== undefined && lagMs === 0) {
    return (
      <span className="quiet" title={t('lag.idle-since', { moment: format.moment(idleSince) })}>
        {t('lag.idle')}
      </span>
    );
  }
  return (
    <span className={lagMs >= BEHIND_MS ? 'lacking strong' : ''} title={`${format.exactly(lagMs)} ms`}>
      {format.duration(lagMs)}
    </span>
  );
}
