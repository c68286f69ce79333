import type { History } from '../../coordination/schema/znodes.js';
import type { TaskEvent } from '../api/schema/task-summary.js';

const DAY_MS = 86_400_000;

/** All that the history says happened to a task, oldest first: its terms, and between them what was ordered and what failed. Pure. */
export function timelineOf(history: History | undefined): TaskEvent[] {
  if (history === undefined) return [];
  const terms = history.terms.map(({ term, core, began }, i): TaskEvent => {
    const before = history.terms[i - 1];
    if (before === undefined || before.core === core) {
      return { at: began, kind: 'term', text: `${core} leads`, core, term };
    }
    return {
      at: began,
      kind: 'take-over',
      text: `${core} took over from ${before.core}`,
      core,
      from: before.core,
      term,
    };
  });
  return [...terms, ...(history.events ?? [])].sort((a, b) => a.at - b.at) as TaskEvent[];
}

/** How often another Core took over within the last 24 hours. */
export function takeOvers24h(events: readonly TaskEvent[], now: number): number {
  return events.filter(({ kind, at }) => kind === 'take-over' && at > now - DAY_MS).length;
}
