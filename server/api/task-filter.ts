import type { TaskListQuery } from './schema/task-list.js';
import type { TaskSummary } from './schema/task-summary.js';

/** What needs somebody first. */
const ATTENTION: readonly TaskSummary['state'][] = [
  'STOPPED',
  'UNREADABLE',
  'UNSERVED',
  'UNKNOWN',
  'WAITING',
  'ELECTING',
  'STARTING',
  'IDLE',
  'UNREGISTERED',
  'PAUSED',
  'RUNNING',
];

export interface Filtered {
  readonly matching: TaskSummary[];
  /** Tasks by state, of those that pass all but the state filter. */
  readonly states: Record<string, number>;
}

/** Filters and sorts. Pure. `onCore` says whether a task has an instance on the Core that is asked for. */
export function filterTasks(
  tasks: readonly TaskSummary[],
  query: Pick<TaskListQuery, 'q' | 'state' | 'group' | 'core' | 'sort'>,
  onCore: (task: string, core: string) => boolean,
): Filtered {
  const words = (query.q ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const states: Record<string, number> = {};
  const matching: TaskSummary[] = [];
  for (const task of tasks) {
    if (query.group !== undefined && !query.group.includes(task.group ?? '')) continue;
    if (query.core !== undefined && !onCore(task.name, query.core)) continue;
    if (words.length > 0) {
      const text = textOf(task);
      if (!words.every((word) => text.includes(word))) continue;
    }
    states[task.state] = (states[task.state] ?? 0) + 1;
    if (query.state !== undefined && !query.state.includes(task.state)) continue;
    matching.push(task);
  }
  return { matching: matching.sort(order(query.sort)), states };
}

/** One page of a sorted list, after the task of that name; from the beginning where it is gone. */
export function pageOf(
  tasks: readonly TaskSummary[],
  after: string | undefined,
  limit: number,
): { tasks: TaskSummary[]; next: string | undefined } {
  const at = after === undefined ? 0 : tasks.findIndex(({ name }) => name === after) + 1;
  const page = tasks.slice(at, at + limit);
  return { tasks: page, next: at + limit < tasks.length ? page.at(-1)?.name : undefined };
}

function textOf({ name, group, source, sink, tables, runner, state }: TaskSummary): string {
  return [name, group, source, sink, runner?.core, runner?.host, state, ...(tables ?? [])].join(' ').toLowerCase();
}

/** Ties by name, so that a page's end is the same twice. */
function order(sort: TaskListQuery['sort']): (a: TaskSummary, b: TaskSummary) => number {
  const backwards = sort.startsWith('-') ? -1 : 1;
  const key = sort.replace('-', '');
  const byName = (a: TaskSummary, b: TaskSummary): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  if (key === 'name') return (a, b) => backwards * byName(a, b);
  const value = (task: TaskSummary): number => {
    if (key === 'state') return ATTENTION.indexOf(task.state);
    if (key === 'lag') return task.lagMs ?? -1;
    if (key === 'rate') return task.rowsPerSecond;
    return task.lastChange?.at ?? 0;
  };
  return (a, b) => backwards * (value(a) - value(b)) || byName(a, b);
}
