import type { FailureKind } from '../coordination/failure.js';
import type { Phase, Progress } from '../coordination/schema/znodes.js';
import type { TaskOverview } from '../coordination/task-list.js';

/** UNREGISTERED: a Core waits for its configuration. IDLE: no Core serves it. ELECTING: Cores are there, none leads yet. */
export type TaskState = Phase | 'UNREGISTERED' | 'UNREADABLE' | 'IDLE' | 'ELECTING';

export interface TaskSummary {
  readonly task: string;
  readonly state: TaskState;
  /** Why it is WAITING or STOPPED. */
  readonly kind?: FailureKind;
  readonly running: number;
  readonly standby: number;
  /** The Core that leads. */
  readonly core?: string;
  readonly host?: string;
  readonly position?: Progress['position'];
  readonly lagMs?: number;
  readonly rowsPerSecond?: number;
}

/** Whether a name in the tree is a task, or what a deletion left for a Core that was just joining. */
export function isThere(overview: TaskOverview): boolean {
  return overview.spec.kind !== 'absent' || overview.instances.length > 0;
}

/** Says in a few words how a task is. What a past term wrote of itself is not taken for the present. */
export function summarise(overview: TaskOverview): TaskSummary {
  const present = overview.instances.flatMap(({ reading }) => (reading.kind === 'present' ? [reading] : []));
  const leader = present.find(({ value }) => value.state === 'RUNNING');
  const progress = progressOf(overview, leader?.value.term ?? leader?.stat.czxid);
  const position =
    progress?.position ?? (overview.lastCommit.kind === 'present' ? overview.lastCommit.value.position : undefined);
  const state = stateOf(overview, leader !== undefined, progress);
  return {
    task: overview.name,
    state,
    ...(progress?.failure !== undefined && (state === 'WAITING' || state === 'STOPPED')
      ? { kind: progress.failure.kind }
      : {}),
    running: present.filter(({ value }) => value.state === 'RUNNING').length,
    standby: present.filter(({ value }) => value.state === 'STANDBY').length,
    ...(leader === undefined ? {} : { core: leader.value.core, host: leader.value.host }),
    ...(position === undefined ? {} : { position }),
    ...(progress === undefined ? {} : { lagMs: progress.lagMs, rowsPerSecond: progress.rowsPerSecond }),
  };
}

function progressOf({ progress }: TaskOverview, term: number | undefined): Progress | undefined {
  if (progress.kind !== 'present' || term === undefined || progress.value.term !== term) return undefined;
  return progress.value;
}

function stateOf(overview: TaskOverview, led: boolean, progress: Progress | undefined): TaskState {
  if (overview.spec.kind === 'absent') return 'UNREGISTERED';
  if (overview.spec.kind === 'unreadable' || overview.control.kind === 'unreadable') return 'UNREADABLE';
  if (overview.control.kind === 'present' && overview.control.value.desired === 'PAUSED') return 'PAUSED';
  if (!led) return overview.instances.length === 0 ? 'IDLE' : 'ELECTING';
  return progress?.phase ?? 'STARTING';
}
