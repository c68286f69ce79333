import type { TaskSummary } from '../../server/api/schema/task-summary.js';
import type { TaskStateWord } from '../../server/api/schema/values.js';
import { urgencyRank } from './attention.js';

export const SORTS = ['attention', 'name', 'lag', 'rate', 'changed'] as const;
export type Sort = (typeof SORTS)[number];

/** What the list shows; it stands in the address, so that a link shows a colleague the same. */
export interface TaskFilter {
  readonly q: string;
  readonly states: readonly TaskStateWord[];
  readonly group: string | undefined;
  readonly core: string | undefined;
  readonly sort: Sort;
}

export function filterFromAddress(address: URLSearchParams): TaskFilter {
  const sort = SORTS.find((name) => name === address.get('sort')) ?? 'attention';
  return {
    q: address.get('q') ?? '',
    states: (address.get('state') ?? '').split(',').filter(Boolean) as TaskStateWord[],
    group: address.get('group') ?? undefined,
    core: address.get('core') ?? undefined,
    sort,
  };
}

/** Only what differs from the plain list, so that addresses stay short. */
export function filterToAddress({ q, states, group, core, sort }: TaskFilter): URLSearchParams {
  const address = new URLSearchParams();
  if (q !== '') address.set('q', q);
  if (states.length > 0) address.set('state', states.join(','));
  if (group !== undefined) address.set('group', group);
  if (core !== undefined) address.set('core', core);
  if (sort !== 'attention') address.set('sort', sort);
  return address;
}

/** The tasks that fit, sorted; thousands of them in some milliseconds. */
export function filtered(tasks: Iterable<TaskSummary>, filter: TaskFilter): TaskSummary[] {
  const words = filter.q.toLowerCase().split(/\s+/).filter(Boolean);
  const states = new Set(filter.states);
  const fitting = [...tasks].filter(
    (task) =>
      (states.size === 0 || states.has(task.state)) &&
      (filter.group === undefined || task.group === filter.group) &&
      (filter.core === undefined || task.runner?.core === filter.core) &&
      words.every((word) => textOf(task).includes(word)),
  );
  const by = ORDERS[filter.sort];
  return fitting.sort((a, b) => by(a, b) || compareNames(a.name, b.name));
}

const texts = new WeakMap<TaskSummary, string>();

function textOf(task: TaskSummary): string {
  let text = texts.get(task);
  if (text === undefined) {
    const { name, group, source, sink, tables, runner, state, kind } = task;
    text = [name, group, source, sink, ...(tables ?? []), runner?.core, runner?.host, state, kind]
      .join(' ')
      .toLowerCase();
    texts.set(task, text);
  }
  return text;
}

const collator = new Intl.Collator('en', { numeric: true });

function compareNames(a: string, b: string): number {
  return collator.compare(a, b);
}

const ORDERS: Readonly<Record<Sort, (a: TaskSummary, b: TaskSummary) => number>> = {
  attention: (a, b) => urgencyRank(a) - urgencyRank(b),
  name: () => 0,
  lag: (a, b) => (b.lagMs ?? -1) - (a.lagMs ?? -1),
  rate: (a, b) => b.rowsPerSecond - a.rowsPerSecond,
  changed: (a, b) => (b.lastChange?.at ?? 0) - (a.lastChange?.at ?? 0),
};

/** How many tasks there are of each state. */
export function countStates(tasks: Iterable<TaskSummary>): Map<TaskStateWord, number> {
  const counts = new Map<TaskStateWord, number>();
  for (const { state } of tasks) counts.set(state, (counts.get(state) ?? 0) + 1);
  return counts;
}
