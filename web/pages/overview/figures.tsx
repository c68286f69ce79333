import { useMemo, type ReactNode } from 'react';
import { Link } from 'react-router';
import type { TaskSummary } from '../../../server/api/schema/task-summary.js';
import type { TaskStateWord } from '../../../server/api/schema/values.js';
import { useFormat } from '../../format/use-format.js';
import { useLive } from '../../live/use-live.js';
import { useMessages } from '../../messages/language.js';
import { StateMark, toneOf } from '../../parts/state-mark.js';
import { countStates } from '../../tasks/task-filter.js';

/** How many tasks are how, and what passes through all of them now. */
export function Figures(): ReactNode {
  const { t, rich } = useMessages();
  const format = useFormat();
  const tasks = useLive((state) => state.tasks);
  const sums = useMemo(() => sumsOf(tasks.values()), [tasks]);
  const counts = useMemo(() => [...countStates(tasks.values())].sort(([, a], [, b]) => b - a), [tasks]);
  return (
    <div className="figures">
      <section className="panel figure figure-wide" aria-label={t('overview.by-state')}>
        <h2 className="quiet">{t('overview.by-state')}</h2>
        <StateBar counts={counts} total={tasks.size} />
        <ul className="state-counts">
          {counts.map(([state, count]) => (
            <li key={state}>
              <Link to={`/tasks?state=${state}`}>
                <StateMark state={state} /> <span className="strong">{format.number(count)}</span>
              </Link>
            </li>
          ))}
        </ul>
      </section>
      <Figure
        title={t('overview.rows')}
        value={rich('unit.rows-per-second', { value: <b>{format.number(sums.rows)}</b> })}
        exact={format.exactly(sums.rows)}
      />
      <Figure
        title={t('overview.bytes')}
        value={rich('unit.bytes-per-second', { value: <b>{format.bytes(sums.bytes)}</b> })}
        exact={format.exactly(sums.bytes)}
      />
      <Figure
        title={t('overview.worst-lag')}
        value={<b>{sums.worst === undefined ? '–' : format.duration(sums.worst.lagMs ?? 0)}</b>}
        exact={sums.worst === undefined ? '' : `${format.exactly(sums.worst.lagMs ?? 0)} ms`}
        below={
          sums.worst !== undefined &&
          (sums.worst.lagMs ?? 0) > 0 && (
            <Link to={`/tasks/${encodeURIComponent(sums.worst.name)}`}>{sums.worst.name}</Link>
          )
        }
      />
    </div>
  );
}

interface FigureProps {
  readonly title: string;
  readonly value: ReactNode;
  readonly exact: string;
  readonly below?: ReactNode;
}

function Figure({ title, value, exact, below }: FigureProps): ReactNode {
  return (
    <section className="panel figure" aria-label={title}>
      <h2 className="quiet">{title}</h2>
      <span className="figure-value" title={exact}>
        {value}
      </span>
      {below !== undefined && <span className="small ellipsis">{below}</span>}
    </section>
  );
}

function StateBar({
  counts,
  total,
}: {
  readonly counts: readonly (readonly [TaskStateWord, number])[];
  readonly total: number;
}): ReactNode {
  return (
    <div className="state-bar" aria-hidden="true">
      {counts.map(([state, count]) => (
        <span key={state} className={toneOf(state)} style={{ flexGrow: count / total }} />
      ))}
    </div>
  );
}

function sumsOf(tasks: Iterable<TaskSummary>): { rows: number; bytes: number; worst: TaskSummary | undefined } {
  let [rows, bytes] = [0, 0];
  let worst: TaskSummary | undefined;
  for (const task of tasks) {
    rows += task.rowsPerSecond;
    bytes += task.bytesPerSecond;
    if (task.lagMs !== undefined && task.lagMs > (worst?.lagMs ?? -1)) worst = task;
  }
  return { rows, bytes, worst };
}
