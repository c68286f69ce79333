import { useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import type { ReactNode } from 'react';
import type { TaskDetail } from '../../../server/api/schema/task-detail.js';
import type { TaskSummary } from '../../../server/api/schema/task-summary.js';
import { request } from '../../api/request.js';
import { useMay } from '../../api/session.js';
import { useMessages } from '../../messages/language.js';
import { Ago } from '../../parts/age.js';
import { CodeBlock } from '../../parts/code-block.js';
import { taskPath, tellFailure, useOrder } from '../../tasks/orders.js';

/** What keeps the task from running: what, where, since when, and what to do. */
export function TaskTroubles({
  summary,
  detail,
}: {
  readonly summary: TaskSummary;
  readonly detail: TaskDetail;
}): ReactNode {
  const { t } = useMessages();
  const { failure, state, reason } = summary;
  const shown = failure !== undefined && (state === 'STOPPED' || state === 'WAITING');
  return (
    <>
      {shown && <FailureMessage summary={summary} failure={failure} />}
      {state === 'UNSERVED' && reason !== undefined && (
        <div className="message bad" role="alert">
          <h2>{t('trouble.unserved')}</h2>
          <p>{reason}</p>
        </div>
      )}
      {state === 'IDLE' && (
        <div className="message bad" role="alert">
          <h2>{t('trouble.idle')}</h2>
          <p>{t('trouble.idle.body')}</p>
          <CodeBlock text={`mysql-replicator core --task ${summary.name}`} what={t('problem.remedy')} />
        </div>
      )}
      {[...detail.unreadable].map(({ path, message, remedy }) => (
        <div className="message warn" role="alert" key={path}>
          <h2>{t('trouble.unreadable')}</h2>
          <p className="mono">{path}</p>
          <p>{message}</p>
          {remedy !== undefined && <CodeBlock text={remedy} what={t('problem.remedy')} />}
        </div>
      ))}
      {detail.foreign.length > 0 && (
        <div className="message warn">
          <h2>{t('trouble.foreign')}</h2>
          <p className="mono">{detail.foreign.join(', ')}</p>
        </div>
      )}
    </>
  );
}

interface FailureMessageProps {
  readonly summary: TaskSummary;
  readonly failure: NonNullable<TaskSummary['failure']>;
}

function FailureMessage({ summary: { name, state }, failure }: FailureMessageProps): ReactNode {
  const { t, rich } = useMessages();
  const operator = useMay('operator');
  const give = useOrder();
  const stopped = state === 'STOPPED';
  return (
    <div className={stopped ? 'message bad' : 'message warn'} role="alert" data-testid="failure">
      <h2>
        {t(`failure.${failure.kind}`)} <span className="tag">{failure.kind}</span>
      </h2>
      <p className="break">{failure.message}</p>
      {failure.place !== undefined && (
        <p>
          {t('failure.at')} <code>{failure.place}</code>
        </p>
      )}
      <p className="quiet small">
        {rich(stopped ? 'failure.stopped' : 'failure.waiting', { ago: <Ago at={failure.at} /> })}
      </p>
      {failure.remedy !== undefined && <CodeBlock text={failure.remedy} what={t('problem.remedy')} />}
      {stopped && operator && (
        <div className="row">
          <Button loading={give.isPending} onClick={() => give.mutate({ task: name, what: 'resume' })}>
            {t('failure.try-again')}
          </Button>
          {failure.kind === 'term-behind' && <AdoptTerm name={name} message={failure.message} />}
        </div>
      )}
    </div>
  );
}

/** The sink remembers a later term than ZooKeeper gives; one says which term it is, from the message. */
function AdoptTerm({ name, message }: { readonly name: string; readonly message: string }): ReactNode {
  const { t } = useMessages();
  const queries = useQueryClient();
  const term = /\bterm (\d+)/.exec(message)?.[1];
  if (term === undefined) return null;
  return (
    <Button
      onClick={() =>
        void request(taskPath(name, 'adopt-term'), { method: 'POST', body: { adoptTerm: Number(term) } })
          .then(() => queries.invalidateQueries({ queryKey: ['task', name] }))
          .catch(tellFailure)
      }
    >
      {t('failure.adopt', { term })}
    </Button>
  );
}
