import type { TaskSummary } from '../../server/api/schema/task-summary.js';

/** How much a task needs a person: nothing flows and nobody mends it by itself; something is not as wanted; all as wanted. */
export type Urgency = 'broken' | 'troubled' | 'well';

/** Why a task is on the list of what needs attention. */
export type Concern = 'state' | 'no-standby' | 'behind' | 'unreadable';

export interface Attention {
  readonly urgency: Urgency;
  readonly concern?: Concern;
}

export const BEHIND_MS = 60_000;
const WELL: Attention = { urgency: 'well' };

/** What of a task needs attention, the worst first. */
export function attentionOf(task: TaskSummary): Attention {
  switch (task.state) {
    case 'STOPPED':
    case 'UNSERVED':
    case 'UNREADABLE':
    case 'IDLE':
      return { urgency: 'broken', concern: 'state' };
    case 'WAITING':
    case 'UNKNOWN':
    case 'UNREGISTERED':
    case 'ELECTING':
      return { urgency: 'troubled', concern: 'state' };
    case 'PAUSED':
    case 'STARTING':
      return unreadable(task) ?? WELL;
    case 'RUNNING':
      return unreadable(task) ?? behind(task) ?? lacking(task) ?? WELL;
  }
}

function unreadable({ unreadable }: TaskSummary): Attention | undefined {
  return (unreadable?.length ?? 0) > 0 ? { urgency: 'troubled', concern: 'unreadable' } : undefined;
}

function behind({ lagMs }: TaskSummary): Attention | undefined {
  return lagMs !== undefined && lagMs >= BEHIND_MS ? { urgency: 'troubled', concern: 'behind' } : undefined;
}

function lacking({ instancesWanted, standbys, runner }: TaskSummary): Attention | undefined {
  const there = standbys + (runner === undefined ? 0 : 1);
  return instancesWanted !== undefined && there < instancesWanted
    ? { urgency: 'troubled', concern: 'no-standby' }
    : undefined;
}

const RANKS: Readonly<Record<Urgency, number>> = { broken: 0, troubled: 1, well: 2 };

export function urgencyRank(task: TaskSummary): number {
  return RANKS[attentionOf(task).urgency];
}
