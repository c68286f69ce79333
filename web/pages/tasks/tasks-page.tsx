import { Button } from 'antd';
import { useCallback, useDeferredValue, useMemo, useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import { useMay } from '../../api/session.js';
import { useLive } from '../../live/use-live.js';
import { useMessages } from '../../messages/language.js';
import { Empty } from '../../parts/empty.js';
import { Page } from '../../parts/page.js';
import { PageShapes } from '../../parts/shapes.js';
import { filtered, type TaskFilter } from '../../tasks/task-filter.js';
import { useTaskFilter } from '../../tasks/use-task-filter.js';
import { BulkBar } from './bulk-bar.js';
import { ImportTasks } from './import-tasks.js';
import { TaskList } from './task-list.js';
import { TaskToolbar } from './task-toolbar.js';

/** All tasks: thousands of them, found by a word or two. */
export function TasksPage(): ReactNode {
  const { t } = useMessages();
  const known = useLive((state) => state.known);
  const tasks = useLive((state) => state.tasks);
  const operator = useMay('operator');
  const [filter, change] = useTaskFilter();
  const shownFilter = useDeferredValue(filter);
  const shown = useMemo(() => filtered(tasks.values(), shownFilter), [tasks, shownFilter]);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [importing, setImporting] = useState(false);
  const toggle = useCallback((name: string) => setSelected((present) => toggled(present, name)), []);
  if (!known) return <PageShapes />;
  const actions = operator ? (
    <>
      <Button onClick={() => setImporting(true)}>{t('tasks.import')}</Button>
      <Link to="/tasks/new">
        <Button type="primary" tabIndex={-1}>
          {t('tasks.register')}
        </Button>
      </Link>
    </>
  ) : undefined;
  const present = [...selected].filter((name) => tasks.has(name));
  return (
    <Page
      title={t('nav.tasks')}
      subtitle={tasks.size === 0 ? undefined : t('tasks.shown', { count: tasks.size, shown: shown.length })}
      actions={tasks.size === 0 ? undefined : actions}
    >
      {tasks.size === 0 ? (
        <div className="panel">
          <Empty title={t('tasks.none')} actions={actions}>
            {t('tasks.none.next')}
          </Empty>
        </div>
      ) : (
        <>
          <TaskToolbar filter={filter} onChange={change} />
          {shown.length === 0 ? (
            <Nothing onClear={() => change(NO_FILTER)} />
          ) : (
            <TaskList
              tasks={shown}
              selectable={operator}
              selected={selected}
              onToggle={toggle}
              onSelectAll={(all) => setSelected(new Set(all ? shown.map(({ name }) => name) : []))}
            />
          )}
          {present.length > 0 && <BulkBar names={present} onClear={() => setSelected(new Set())} />}
        </>
      )}
      {importing && <ImportTasks onClose={() => setImporting(false)} />}
    </Page>
  );
}

const NO_FILTER: Partial<TaskFilter> = { q: '', states: [], group: undefined, core: undefined };

function toggled(present: ReadonlySet<string>, name: string): ReadonlySet<string> {
  const next = new Set(present);
  if (!next.delete(name)) next.add(name);
  return next;
}

function Nothing({ onClear }: { readonly onClear: () => void }): ReactNode {
  const { t } = useMessages();
  return (
    <div className="panel">
      <Empty title={t('tasks.no-match')} actions={<Button onClick={onClear}>{t('tasks.clear-filter')}</Button>} />
    </div>
  );
}
