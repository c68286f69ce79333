import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { TaskSummary } from '../../../server/api/schema/task-summary.js';
import { useMessages } from '../../messages/language.js';
import { Since } from '../../parts/age.js';
import { StateMark } from '../../parts/state-mark.js';
import { PendingMark } from '../../tasks/pending-mark.js';

export function TaskHeading({ summary }: { readonly summary: TaskSummary }): ReactNode {
  const { t, rich } = useMessages();
  const { name, state, since, pending, group, lastKnown } = summary;
  return (
    <>
      <div className="small">
        <Link to="/tasks">{t('nav.tasks')}</Link>
        {group !== undefined && (
          <>
            <span className="quiet"> / </span>
            <Link to={`/tasks?group=${encodeURIComponent(group)}`}>{group}</Link>
          </>
        )}
      </div>
      <h1 className="break">{name}</h1>
      <div className="row" data-testid="task-state">
        <StateMark state={state} />
        {since !== undefined && (
          <span className="quiet">
            <Since at={since} />
          </span>
        )}
        {lastKnown !== undefined && <span className="quiet">{rich('task.last-known', { state: lastKnown })}</span>}
        {pending !== undefined && <PendingMark pending={pending} />}
      </div>
    </>
  );
}
