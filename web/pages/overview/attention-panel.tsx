import { useMemo, type ReactNode } from 'react';
import { Link } from 'react-router';
import type { TaskSummary } from '../../../server/api/schema/task-summary.js';
import { useFormat } from '../../format/use-format.js';
import { useLive } from '../../live/use-live.js';
import { useMessages } from '../../messages/language.js';
import { Since } from '../../parts/age.js';
import { CopyButton } from '../../parts/copy-button.js';
import { StateMark, StateShape } from '../../parts/state-mark.js';
import { attentionOf, type Attention } from '../../tasks/attention.js';

const SHOWN = 6;

/** What needs a person, the worst and oldest first; or one calm line. */
export function AttentionPanel(): ReactNode {
  const { t } = useMessages();
  const tasks = useLive((state) => state.tasks);
  const found = useMemo(() => wanting(tasks.values()), [tasks]);
  const paused = useMemo(() => [...tasks.values()].filter(({ state }) => state === 'PAUSED').length, [tasks]);
  if (found.length === 0) return <AllWell count={tasks.size} paused={paused} />;
  const broken = found.filter(({ attention }) => attention.urgency === 'broken').length;
  return (
    <section className="panel attention" aria-label={t('overview.attention', { count: found.length })}>
      <div className="panel-head">
        <h2 className={broken > 0 ? 'attention-bad' : 'attention-warn'} role="status">
          {t('overview.attention', { count: found.length })}
        </h2>
        <span className="quiet">{t('overview.others-well', { count: tasks.size - found.length })}</span>
      </div>
      <ul>
        {found.slice(0, SHOWN).map(({ task, attention }) => (
          <AttentionLine key={task.name} task={task} attention={attention} />
        ))}
      </ul>
      {found.length > SHOWN && (
        <div className="panel-body">
          <Link to="/tasks">{t('overview.more', { count: found.length - SHOWN })}</Link>
        </div>
      )}
    </section>
  );
}

interface Wanting {
  readonly task: TaskSummary;
  readonly attention: Attention;
}

function wanting(tasks: Iterable<TaskSummary>): Wanting[] {
  const rank = ({ attention }: Wanting): number => (attention.urgency === 'broken' ? 0 : 1);
  return [...tasks]
    .map((task) => ({ task, attention: attentionOf(task) }))
    .filter(({ attention }) => attention.urgency !== 'well')
    .sort(
      (a, b) =>
        rank(a) - rank(b) || (a.task.since ?? 0) - (b.task.since ?? 0) || a.task.name.localeCompare(b.task.name),
    );
}

function AllWell({ count, paused }: { readonly count: number; readonly paused: number }): ReactNode {
  const { t } = useMessages();
  return (
    <section className="panel well" role="status" data-testid="all-well">
      <span className="state good">
        <StateShape state="RUNNING" />
      </span>
      <span className="strong">{t('overview.well', { count: count - paused })}</span>
      {paused > 0 && (
        <Link className="quiet" to="/tasks?state=PAUSED">
          {t('overview.paused', { count: paused })}
        </Link>
      )}
    </section>
  );
}

function AttentionLine({ task, attention }: Wanting): ReactNode {
  const { name, state, since, failure } = task;
  return (
    <li>
      <StateMark state={state} />
      <span className="stack close">
        <Link to={`/tasks/${encodeURIComponent(name)}`} className="strong break">
          {name}
        </Link>
        <span className={state === 'RUNNING' ? 'lacking small break' : 'quiet small break'}>
          <What task={task} concern={attention.concern ?? 'state'} />
        </span>
        {failure?.remedy !== undefined && state === 'STOPPED' && <Remedy text={failure.remedy} />}
      </span>
      <span className="quiet small">{since !== undefined && <Since at={since} />}</span>
    </li>
  );
}

function Remedy({ text }: { readonly text: string }): ReactNode {
  const { t } = useMessages();
  return (
    <span className="row tight">
      <code className="break">{text}</code>
      <CopyButton text={text} what={t('problem.remedy')} />
    </span>
  );
}

interface WhatProps {
  readonly task: TaskSummary;
  readonly concern: NonNullable<Attention['concern']>;
}

/** In a sentence, what is wrong. */
function What({ task, concern }: WhatProps): ReactNode {
  const { t } = useMessages();
  const format = useFormat();
  const { failure, state, reason, lagMs, standbys, instancesWanted, unreadable } = task;
  switch (concern) {
    case 'behind':
      return t('concern.behind', { lag: format.duration(lagMs ?? 0) });
    case 'no-standby':
      return t('concern.no-standby', { there: standbys + 1, wanted: instancesWanted ?? '?' });
    case 'unreadable':
      return unreadable?.[0]?.message ?? t('trouble.unreadable');
    case 'state':
      if (failure !== undefined && (state === 'STOPPED' || state === 'WAITING'))
        return `${t(`failure.${failure.kind}`)}: ${failure.message}`;
      return reason ?? t(`state.${state}`);
  }
}
