import { Checkbox } from 'antd';
import { memo, type ReactNode } from 'react';
import { Link } from 'react-router';
import type { TaskSummary } from '../../../server/api/schema/task-summary.js';
import { useFormat } from '../../format/use-format.js';
import { useMessages } from '../../messages/language.js';
import { Ago, Since } from '../../parts/age.js';
import { Sparkline } from '../../parts/sparkline.js';
import { StateMark } from '../../parts/state-mark.js';
import { EventText } from '../../tasks/event-text.js';
import { LagText } from '../../tasks/lag-text.js';
import { PendingMark } from '../../tasks/pending-mark.js';

interface TaskRowProps {
  readonly task: TaskSummary;
  readonly index: number;
  readonly top: number;
  readonly height: number;
  readonly selectable: boolean;
  readonly selected: boolean;
  readonly onToggle: (name: string) => void;
}

/** What one would otherwise open the task for. */
export const TaskRow = memo(function TaskRow(props: TaskRowProps): ReactNode {
  const { task, index, top, height, selectable, selected, onToggle } = props;
  const { t } = useMessages();
  const format = useFormat();
  const { name, source, sink, group, state, kind, since, pending, lagMs, spark, lastChange } = task;
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      data-index={index}
      className={selected ? 'tasks-row selected' : 'tasks-row'}
      style={{ transform: `translateY(${top}px)`, height }}
    >
      <span role="cell" className="tasks-select">
        {selectable && (
          <Checkbox aria-label={t('tasks.select', { task: name })} checked={selected} onChange={() => onToggle(name)} />
        )}
      </span>
      <span role="cell" className="tasks-state">
        <StateMark state={state} />
        <span className="small quiet ellipsis">
          {pending !== undefined ? (
            <PendingMark pending={pending} />
          ) : (
            (kind ?? (since !== undefined && <Since at={since} />))
          )}
        </span>
      </span>
      <span role="cell" className="tasks-name">
        <Link to={`/tasks/${encodeURIComponent(name)}`} className="strong ellipsis" title={name}>
          {name}
        </Link>
        <span className="small quiet ellipsis" title={`${source ?? '?'} → ${sink ?? '?'}`}>
          {group !== undefined && <span className="tag">{group}</span>} {source ?? '?'} → {sink ?? '?'}
        </span>
      </span>
      <span role="cell" className="tasks-where">
        <Where task={task} />
      </span>
      <span role="cell" className="tasks-lag">
        <Sparkline values={spark} label={t('tasks.spark')} />
        <span className="number">
          <LagText task={task} />
          {task.lagBytes !== undefined && lagMs !== undefined && task.lagBytes > 0 && (
            <span className="small quiet"> {format.bytes(task.lagBytes)}</span>
          )}
        </span>
      </span>
      <span role="cell" className="tasks-rate number">
        <span title={format.exactly(task.rowsPerSecond)}>
          {t('unit.rows-per-second', { value: format.number(task.rowsPerSecond) })}
        </span>
        <span className="small quiet">{t('unit.bytes-per-second', { value: format.bytes(task.bytesPerSecond) })}</span>
      </span>
      <span role="cell" className="tasks-change">
        {lastChange !== undefined && (
          <>
            <span className="ellipsis">
              <EventText event={lastChange} />
            </span>
            <span className="small quiet">
              <Ago at={lastChange.at} />
            </span>
          </>
        )}
      </span>
    </div>
  );
});

function Where({ task: { runner, standbys, instancesWanted } }: { readonly task: TaskSummary }): ReactNode {
  const { t } = useMessages();
  const lacking = instancesWanted !== undefined && (runner === undefined ? 0 : 1) + standbys < instancesWanted;
  return (
    <>
      <span className="ellipsis" title={runner === undefined ? undefined : `${runner.core} · ${runner.host}`}>
        {runner === undefined ? <span className="quiet">{t('tasks.nobody')}</span> : runner.core}
      </span>
      <span className={lacking ? 'small lacking' : 'small quiet'}>
        {standbys === 0 ? t('tasks.no-standby') : t('tasks.standbys', { count: standbys })}
      </span>
    </>
  );
}
