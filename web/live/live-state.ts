import type {
  Change,
  CoreSummary,
  GroupSummary,
  Snapshot,
  TaskSummary,
  TaskVitals,
} from '../../server/api/schema/task-summary.js';
import type { ConnectionAnswer } from '../../server/api/schema/values.js';

/** How this page and the Server stand, and the Server and ZooKeeper. */
export type LinkState = 'connecting' | 'live' | 'reconnecting';

export interface LiveState {
  readonly link: LinkState;
  /** Server time at which the link took its state. */
  readonly linkSince: number;
  readonly zookeeper: ConnectionAnswer | undefined;
  /** Nothing was heard for so long that no state can be told any more; whoever looks sees UNKNOWN. */
  readonly stale: boolean;
  /** Whether a snapshot has come at all. */
  readonly known: boolean;
  /** Server time of the newest word from the Server. */
  readonly heardAt: number;
  /** Server clock minus this machine's. */
  readonly clockOffset: number;
  readonly tasks: ReadonlyMap<string, TaskSummary>;
  readonly cores: ReadonlyMap<string, CoreSummary>;
  readonly groups: ReadonlyMap<string, GroupSummary>;
  readonly alerts: readonly unknown[];
  readonly monitors: readonly unknown[];
}

export type LiveMessage =
  | { readonly kind: 'snapshot'; readonly body: Snapshot }
  | { readonly kind: 'change'; readonly body: Change }
  | { readonly kind: 'connection'; readonly body: ConnectionAnswer & { readonly now?: number } }
  | { readonly kind: 'tick'; readonly body: { readonly now: number } };

export function emptyLiveState(now: number): LiveState {
  return {
    link: 'connecting',
    linkSince: now,
    zookeeper: undefined,
    stale: false,
    known: false,
    heardAt: now,
    clockOffset: 0,
    tasks: new Map(),
    cores: new Map(),
    groups: new Map(),
    alerts: [],
    monitors: [],
  };
}

/** The state after a message. `clock` is this machine's time when it came. */
export function afterMessage(state: LiveState, message: LiveMessage, clock: number): LiveState {
  const heard = heardNow(state, message.body.now, clock);
  switch (message.kind) {
    case 'snapshot': {
      const { body } = message;
      return {
        ...heard,
        known: true,
        stale: false,
        zookeeper: body.zookeeper,
        tasks: byName(body.tasks),
        cores: byName(body.cores),
        groups: byName(body.groups),
        alerts: body.alerts,
        monitors: body.monitors,
      };
    }
    case 'change': {
      const { body } = message;
      return {
        ...heard,
        tasks: withSparks(withVitals(patched(state.tasks, body.tasks), body.vitals), body.sparks),
        cores: patched(state.cores, body.cores),
        groups: patched(state.groups, body.groups),
        alerts: body.alerts ?? state.alerts,
        monitors: body.monitors ?? state.monitors,
      };
    }
    case 'connection':
      return { ...heard, zookeeper: { state: message.body.state, since: message.body.since } };
    case 'tick':
      return heard;
  }
}

/** The state when the Server is not heard any more; what was known stays, as the past. */
export function afterSilence(state: LiveState, clock: number): LiveState {
  if (state.link === 'reconnecting') return state;
  return { ...state, link: 'reconnecting', linkSince: clock + state.clockOffset };
}

/** The Server speaks every 5 s. After three of these periods in silence the last known state of a task is not its state. */
export const STALE_MS = 15_000;

/** The state once silence has lasted for so long: every task is UNKNOWN until a snapshot tells otherwise. */
export function afterLoss(state: LiveState): LiveState {
  if (state.stale || !state.known || state.link === 'live') return state;
  const tasks = [...state.tasks].map(([name, task]): [string, TaskSummary] => [
    name,
    task.state === 'UNKNOWN' ? task : { ...task, state: 'UNKNOWN', lastKnown: task.state, since: state.heardAt },
  ]);
  return { ...state, stale: true, tasks: new Map(tasks) };
}

function heardNow(state: LiveState, now: number | undefined, clock: number): LiveState {
  const clockOffset = now === undefined ? state.clockOffset : steady(state, now - clock);
  const heardAt = clock + clockOffset;
  if (state.link === 'live') return { ...state, heardAt, clockOffset };
  return { ...state, link: 'live', linkSince: heardAt, heardAt, clockOffset };
}

/** A late message makes the Server's clock look slow: within a second the larger offset is nearer to the truth. */
function steady({ clockOffset, known }: LiveState, measured: number): number {
  if (!known || Math.abs(measured - clockOffset) > 1000) return measured;
  return Math.max(clockOffset, measured);
}

function byName<T extends { readonly name: string }>(items: readonly T[]): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [item.name, item]));
}

function patched<T>(
  map: ReadonlyMap<string, T>,
  changes: Readonly<Record<string, T | null>> | undefined,
): ReadonlyMap<string, T> {
  if (changes === undefined) return map;
  const next = new Map(map);
  for (const [name, item] of Object.entries(changes)) {
    if (item === null) next.delete(name);
    else next.set(name, item);
  }
  return next;
}

/** Numbers that moved; those that are not told any more are gone. */
function withVitals(
  tasks: ReadonlyMap<string, TaskSummary>,
  vitals: Readonly<Record<string, TaskVitals>> | undefined,
): ReadonlyMap<string, TaskSummary> {
  if (vitals === undefined) return tasks;
  const next = new Map(tasks);
  for (const [name, numbers] of Object.entries(vitals)) {
    const task = next.get(name);
    if (task === undefined) continue;
    const { lagMs: _lag, lagBytes: _bytes, idleSince: _idle, position: _position, updatedAt: _updated, ...rest } = task;
    next.set(name, { ...rest, ...numbers });
  }
  return next;
}

/** A minute is over: each spark gets its newest point and loses its oldest. */
function withSparks(
  tasks: ReadonlyMap<string, TaskSummary>,
  sparks: Readonly<Record<string, number | null>> | undefined,
): ReadonlyMap<string, TaskSummary> {
  if (sparks === undefined) return tasks;
  const next = new Map(tasks);
  for (const [name, point] of Object.entries(sparks)) {
    const task = next.get(name);
    if (task !== undefined) next.set(name, { ...task, spark: [...task.spark.slice(1), point] });
  }
  return next;
}

/**
 * Whether what is shown is the present: the Server is heard, and it has ZooKeeper. `reconnecting` for less than the grace is
 * taken for the present, so that a short break does not flicker.
 */
export function isPresent(state: LiveState, serverNow: number): boolean {
  if (state.link !== 'live') return serverNow - state.heardAt < GRACE_MS && state.known;
  if (state.zookeeper === undefined) return false;
  return (
    state.zookeeper.state === 'live' ||
    (state.zookeeper.state === 'reconnecting' && serverNow - state.zookeeper.since < GRACE_MS)
  );
}

const GRACE_MS = 2000;
