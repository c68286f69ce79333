import type { FailureKind } from './failure.js';
import { groupRoom } from './cores.js';
import { PHASES, type CoreInfo, type Progress } from './schema/znodes.js';
import type { TaskOverview } from './task-list.js';

/**
 * UNREGISTERED: a Core waits for its configuration. IDLE: no Core serves it. UNSERVED: no Core of its group can.
 * ELECTING: Cores are there, none leads yet.
 */
export const TASK_STATES = [...PHASES, 'UNREGISTERED', 'UNREADABLE', 'IDLE', 'UNSERVED', 'ELECTING'] as const;
export type TaskState = (typeof TASK_STATES)[number];

/** Why no Core of its group can serve a task. */
export type UnservedKind = 'no-core' | 'cores-full';

export interface TaskSummary {
  readonly task: string;
  readonly state: TaskState;
  /** Why it is WAITING, STOPPED or UNSERVED. */
  readonly kind?: FailureKind | UnservedKind;
  /** The same of UNSERVED as a sentence, with what mends it. */
  readonly reason?: string;
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

/**
 * Says in a few words how a task is. What a past term wrote of itself is not taken for the present.
 * @param cores those that live
 */
export function summarise(overview: TaskOverview, cores: readonly CoreInfo[]): TaskSummary {
  const present = overview.instances.flatMap(({ reading }) => (reading.kind === 'present' ? [reading] : []));
  const leader = present.find(({ value }) => value.state === 'RUNNING');
  const progress = progressOf(overview, leader?.value.term ?? leader?.stat.czxid);
  const position =
    progress?.position ?? (overview.lastCommit.kind === 'present' ? overview.lastCommit.value.position : undefined);
  const unserved = whyUnserved(overview, cores);
  const state = stateOf(overview, leader !== undefined, progress, unserved !== undefined);
  return {
    task: overview.name,
    state,
    ...(progress?.failure !== undefined && (state === 'WAITING' || state === 'STOPPED')
      ? { kind: progress.failure.kind }
      : {}),
    ...(state === 'UNSERVED' && unserved),
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

/** The living Cores that would take a task of this group if they had room. */
export function coresOfGroup(group: string, cores: readonly CoreInfo[]): CoreInfo[] {
  return cores.filter(({ groups }) => groups.includes(group));
}

function whyUnserved(
  { spec }: TaskOverview,
  cores: readonly CoreInfo[],
): { kind: UnservedKind; reason: string } | undefined {
  const group = spec.kind === 'present' ? spec.value.group : undefined;
  if (group === undefined) return undefined;
  const able = coresOfGroup(group, cores);
  const start = `mysql-replicator core --group ${group}`;
  if (able.length === 0) {
    return { kind: 'no-core', reason: `no Core of group ${group} lives; start one with: ${start}` };
  }
  if (able.some((core) => groupRoom(core) > 0)) return undefined;
  const all =
    able.length === 1 ? `the only Core of group ${group} is` : `all ${able.length} Cores of group ${group} are`;
  return { kind: 'cores-full', reason: `${all} full; start another with: ${start}, or one with a larger --capacity` };
}

function stateOf(overview: TaskOverview, led: boolean, progress: Progress | undefined, unserved: boolean): TaskState {
  if (overview.spec.kind === 'absent') return 'UNREGISTERED';
  if (overview.spec.kind === 'unreadable' || overview.control.kind === 'unreadable') return 'UNREADABLE';
  if (overview.control.kind === 'present' && overview.control.value.desired === 'PAUSED') return 'PAUSED';
  if (!led && overview.instances.length > 0) return 'ELECTING';
  if (!led) return unserved ? 'UNSERVED' : 'IDLE';
  return progress?.phase ?? 'STARTING';
}
