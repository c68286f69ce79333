import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { Checkbox } from 'antd';
import { useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import type { TaskSummary } from '../../../server/api/schema/task-summary.js';
import { useMessages } from '../../messages/language.js';
import { useNarrow } from '../../parts/use-narrow.js';
import { TaskRow } from './task-row.js';

interface TaskListProps {
  readonly tasks: readonly TaskSummary[];
  readonly selectable: boolean;
  readonly selected: ReadonlySet<string>;
  readonly onToggle: (name: string) => void;
  readonly onSelectAll: (all: boolean) => void;
}

const ROW_PX = 58;
const CARD_PX = 124;

/** Only what is in sight is in the page. Arrow keys or j and k move from row to row, x selects. */
export function TaskList({ tasks, selectable, selected, onToggle, onSelectAll }: TaskListProps): ReactNode {
  const { t } = useMessages();
  const narrow = useNarrow();
  const body = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  /** The row that gets the focus as soon as it is in the page: after a far jump that takes more than one frame. */
  const wanted = useRef<number>(undefined);
  useLayoutEffect(() => setTop(body.current?.offsetTop ?? 0), [narrow, tasks.length]);
  const size = narrow ? CARD_PX : ROW_PX;
  const rows = useWindowVirtualizer({ count: tasks.length, estimateSize: () => size, overscan: 8, scrollMargin: top });
  useLayoutEffect(() => rows.measure(), [rows, size]);
  useLayoutEffect(focusWanted);
  function focusWanted(): void {
    if (wanted.current === undefined) return;
    const link = body.current?.querySelector<HTMLElement>(`[data-index="${wanted.current}"] a`);
    if (link === null || link === undefined) return;
    wanted.current = undefined;
    link.focus({ preventScroll: true });
  }
  const all = selected.size > 0 && tasks.every(({ name }) => selected.has(name));
  const move = (event: KeyboardEvent<HTMLDivElement>): void => {
    const row = (event.target as HTMLElement).closest<HTMLElement>('[data-index]');
    if (row === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const index = Number(row.dataset['index']);
    const task = tasks[index];
    const to = STEPS[event.key];
    if (to !== undefined) {
      event.preventDefault();
      focusRow(Math.min(tasks.length - 1, Math.max(0, to(index, tasks.length))));
    } else if (event.key === 'x' && selectable && task !== undefined) onToggle(task.name);
  };
  const focusRow = (index: number): void => {
    wanted.current = index;
    rows.scrollToIndex(index, { align: 'auto' });
    focusWanted();
  };
  return (
    <div
      className="panel tasks"
      role="table"
      aria-label={t('nav.tasks')}
      aria-rowcount={tasks.length + 1}
      onKeyDown={move}
    >
      <div role="rowgroup" className="tasks-head">
        <div role="row" aria-rowindex={1} className="tasks-row">
          <span role="columnheader">
            {selectable && (
              <Checkbox
                aria-label={t('tasks.select-all')}
                checked={all}
                indeterminate={!all && selected.size > 0}
                onChange={({ target }) => onSelectAll(target.checked)}
              />
            )}
          </span>
          <span role="columnheader">{t('tasks.state')}</span>
          <span role="columnheader">{t('tasks.task')}</span>
          <span role="columnheader">{t('tasks.where')}</span>
          <span role="columnheader" className="number">
            {t('tasks.lag')}
          </span>
          <span role="columnheader" className="number">
            {t('tasks.rate')}
          </span>
          <span role="columnheader">{t('tasks.last-change')}</span>
        </div>
      </div>
      <div role="rowgroup" ref={body} className="tasks-body" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map((item) => {
          const task = tasks[item.index];
          if (task === undefined) return null;
          return (
            <TaskRow
              key={task.name}
              task={task}
              index={item.index}
              top={item.start - top}
              height={size}
              selectable={selectable}
              selected={selected.has(task.name)}
              onToggle={onToggle}
            />
          );
        })}
      </div>
    </div>
  );
}

const PAGE_ROWS = 10;
const STEPS: Readonly<Record<string, (index: number, count: number) => number>> = {
  ArrowDown: (index) => index + 1,
  j: (index) => index + 1,
  ArrowUp: (index) => index - 1,
  k: (index) => index - 1,
  PageDown: (index) => index + PAGE_ROWS,
  PageUp: (index) => index - PAGE_ROWS,
  Home: () => 0,
  End: (_, count) => count - 1,
};
