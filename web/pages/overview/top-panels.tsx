import { useMemo, type ReactNode } from 'react';
import { Link } from 'react-router';
import type { TaskSummary } from '../../../server/api/schema/task-summary.js';
import { useFormat } from '../../format/use-format.js';
import { useLive } from '../../live/use-live.js';
import { useMessages } from '../../messages/language.js';
import { Ago } from '../../parts/age.js';
import { Panel } from '../../parts/panel.js';
import { Sparkline } from '../../parts/sparkline.js';
import { EventText } from '../../tasks/event-text.js';
import { LagText } from '../../tasks/lag-text.js';

const SHOWN = 5;

/** Where it lags most, where most passes, and what happened last. */
export function TopPanels(): ReactNode {
  const { t } = useMessages();
  const format = useFormat();
  const tasks = useLive((state) => state.tasks);
  const lists = useMemo(() => topOf([...tasks.values()]), [tasks]);
  return (
    <div className="trio">
      <Panel title={t('overview.top-lag')} extra={<Link to="/tasks?sort=lag">{t('overview.all')}</Link>} flush>
        <ul className="top-list">
          {lists.lag.map((task) => (
            <li key={task.name}>
              <TaskLink task={task} />
              <Sparkline values={task.spark} label={t('tasks.spark')} />
              <span className="number">
                <LagText task={task} />
              </span>
            </li>
          ))}
        </ul>
        {lists.lag.length === 0 && <p className="panel-body quiet">{t('overview.no-lag')}</p>}
      </Panel>
      <Panel title={t('overview.top-rate')} extra={<Link to="/tasks?sort=rate">{t('overview.all')}</Link>} flush>
        <ul className="top-list">
          {lists.rate.map((task) => (
            <li key={task.name}>
              <TaskLink task={task} />
              <span className="number">{t('unit.rows-per-second', { value: format.number(task.rowsPerSecond) })}</span>
            </li>
          ))}
        </ul>
        {lists.rate.length === 0 && <p className="panel-body quiet">{t('overview.no-rate')}</p>}
      </Panel>
      <Panel title={t('overview.latest')} extra={<Link to="/tasks?sort=changed">{t('overview.all')}</Link>} flush>
        <ul className="top-list">
          {lists.changed.map((task) => (
            <li key={task.name}>
              <span className="stack close">
                <TaskLink task={task} />
                <span className="small quiet ellipsis">
                  <EventText event={task.lastChange!} />
                </span>
              </span>
              <span className="quiet small">
                <Ago at={task.lastChange!.at} />
              </span>
            </li>
          ))}
        </ul>
      </Panel>
    </div>
  );
}

function TaskLink({ task: { name } }: { readonly task: TaskSummary }): ReactNode {
  return (
    <Link className="ellipsis top-name" to={`/tasks/${encodeURIComponent(name)}`} title={name}>
      {name}
    </Link>
  );
}

function topOf(tasks: readonly TaskSummary[]): Readonly<Record<'lag' | 'rate' | 'changed', TaskSummary[]>> {
  const top = (value: (task: TaskSummary) => number): TaskSummary[] =>
    tasks
      .filter((task) => value(task) > 0)
      .sort((a, b) => value(b) - value(a))
      .slice(0, SHOWN);
  return {
    lag: top(({ lagMs }) => lagMs ?? 0),
    rate: top(({ rowsPerSecond }) => rowsPerSecond),
    changed: top(({ lastChange }) => lastChange?.at ?? 0),
  };
}
