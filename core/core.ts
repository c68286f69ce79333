import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { registerCore } from '../coordination/cores.js';
import type { Logger } from '../coordination/log.js';
import { HEALTH_PACE_MS, tellHealth } from '../coordination/own-health.js';
import { ProcessVitals } from '../coordination/process-vitals.js';
import type { CoreInfo } from '../coordination/schema/znodes.js';
import { CoordinationError, type Session } from '../coordination/session.js';
import type { ZookeeperAuth } from '../coordination/zookeeper-auth.js';
import { connectSession } from '../coordination/zookeeper-session.js';
import type { CoreMetrics } from './core-metrics.js';
import type { SecretSources } from './secrets.js';
import { runGroupScan, type Serve } from './standby/group-scan.js';
import { DrainOrder } from './standby/drain-order.js';
import { persistently } from './standby/persistently.js';
import { servePinned } from './standby/pinned-task.js';
import { serveTask } from './standby/task-instance.js';

/** What it takes to end a session that somebody else holds. */
export interface OpenSession {
  readonly servers: string;
  readonly credentials: { readonly id: string; readonly password: string };
  readonly auth?: ZookeeperAuth | undefined;
  readonly timeoutMs: number;
}

export interface CoreOptions {
  /** `host:port,…[/root]` of ZooKeeper. */
  readonly servers: string;
  /** Unique among living Cores. */
  readonly name: string;
  readonly host: string;
  /** Served whoever else does. */
  readonly tasks: readonly string[];
  /** Whose tasks are served as far as they want it. */
  readonly groups: readonly string[];
  /** How many tasks it serves by group at most. */
  readonly capacity: number;
  readonly version: string;
  /** How to sign in at ZooKeeper. */
  readonly auth?: ZookeeperAuth | undefined;
  /** Milliseconds; 4,000 when absent. */
  readonly sessionTimeoutMs?: number;
  readonly log: Logger;
  /** What the tasks' secrets are read from. */
  readonly secrets: SecretSources;
  /** Told of each session that begins, and (`undefined`) that it is over. */
  readonly onSession?: (session: OpenSession | undefined) => void;
  /** Where tasks say how they are, for Prometheus. */
  readonly metrics?: CoreMetrics;
}

const RECONNECT_MS = 1000;

/**
 * Runs a Core until the signal aborts: one ZooKeeper session after the other, and in each one instance of every task by name, and
 * those of its groups that fall to it. A lost
 * ensemble is waited for. Settles when every task has handed over and the session is closed.
 * @throws CoordinationError when ZooKeeper cannot be used at all: wrong sign-in, a Core's name that is taken
 */
export async function runCore(options: CoreOptions, signal: AbortSignal): Promise<void> {
  const { log } = options;
  setMaxListeners(0, signal); // every task listens
  const { name, tasks, groups, capacity, version } = options;
  log.info({ core: name, tasks, ...(groups.length > 0 && { groups, capacity }), version }, 'Core starts');
  while (!signal.aborted) {
    try {
      await runSession(options, signal);
    } catch (error) {
      if (signal.aborted) break;
      if (!(error instanceof CoordinationError) || !isPassing(error)) throw error;
      log.warn({ err: error }, 'ZooKeeper cannot be used now; tries again');
    }
    if (!signal.aborted) await sleep(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
  }
  log.info('Core has stopped');
}

function isPassing(error: CoordinationError): boolean {
  return error.kind === 'connect-timeout' || error.kind === 'session-over' || error.kind === 'unresolvable-host';
}

async function runSession(options: CoreOptions, signal: AbortSignal): Promise<void> {
  const { name, host, tasks, groups, capacity, version, log, secrets } = options;
  const { sessionTimeoutMs: timeoutMs, servers, auth } = options;
  const session = await connectSession({ servers, auth, log, ...(timeoutMs !== undefined && { timeoutMs }) }, signal);
  const unlisten = session.onState((state) => log.info({ session: session.id, state }, `ZooKeeper session ${state}`));
  options.metrics?.session(
    () => session.state === 'connected',
    () => session.lease.leftMs(),
  );
  const { credentials } = session;
  if (credentials) options.onSession?.({ servers, credentials, auth, timeoutMs: session.timeoutMs });
  const identity = { core: name, host, pid: process.pid };
  const serve: Serve = (task, onNode, stop) =>
    serveTask({ session, task, identity, version, secrets, log, onNode, observe: options.metrics }, stop);
  const info: CoreInfo = {
    ...identity,
    version,
    since: Date.now(),
    groups: [...groups],
    tasks: [...tasks],
    ...(groups.length > 0 && { capacity }),
    load: tasks.length,
  };
  let farewell = (): void => undefined;
  const vitals = tellVitals(session, name, log, signal);
  try {
    const drain = new DrainOrder();
    const following = persistently(session, log, () => drain.follow(session, name, log, signal), signal);
    const parts = tasks.map((task) => {
      const own = log.child({ task });
      return persistently(session, own, () => servePinned({ session, task, serve, drain, log: own }, signal), signal);
    });
    parts.push(following);
    const register = await registerCore(session, info);
    let latest = info;
    // Who goes in order says so: that it is gone is then no fault.
    const publish = (next: CoreInfo): Promise<void> => {
      latest = next;
      return register(signal.aborted ? { ...next, leaving: true } : next);
    };
    farewell = () => void publish(latest).catch(() => undefined);
    signal.addEventListener('abort', farewell);
    if (groups.length > 0) {
      const scan = () => runGroupScan({ session, info, publish, serve, drain, log }, signal);
      parts.push(persistently(session, log, scan, signal));
    } else {
      drain.onChange(() => {
        const next = drain.ordered ? { ...info, drained: { groups: [] } } : info;
        void publish(next).catch((error: unknown) => {
          if (!session.over.aborted) log.warn({ err: error }, 'that this Core is drained could not be published');
        });
      });
    }
    await Promise.all(parts);
  } finally {
    unlisten();
    signal.removeEventListener('abort', farewell);
    await session.close();
    await vitals;
    options.onSession?.(undefined);
  }
}

/** Says every 10 s how the process is, until the session or the Core ends. What fails is only logged: nothing rests on it. */
async function tellVitals(session: Session, core: string, log: Logger, signal: AbortSignal): Promise<void> {
  const vitals = new ProcessVitals();
  const ended = AbortSignal.any([signal, session.over]);
  while (!ended.aborted) {
    await tellHealth(session, { core, ...vitals.measure() }).catch((error: unknown) => {
      if (!ended.aborted) log.warn({ err: error }, 'the Core cannot say how it is');
    });
    await sleep(HEALTH_PACE_MS, undefined, { signal: ended }).catch(() => undefined);
  }
  vitals.close();
}
