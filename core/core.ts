import { setTimeout as sleep } from 'node:timers/promises';
import { registerCore } from '../coordination/cores.js';
import type { Logger } from '../coordination/log.js';
import { CoordinationError } from '../coordination/session.js';
import { connectSession } from '../coordination/zookeeper-session.js';
import { serveTask } from './standby/task-instance.js';

/** What it takes to end a session that somebody else holds. */
export interface OpenSession {
  readonly servers: string;
  readonly credentials: { readonly id: string; readonly password: string };
  readonly timeoutMs: number;
}

export interface CoreOptions {
  /** `host:port,…[/root]` of ZooKeeper. */
  readonly servers: string;
  /** Unique among living Cores. */
  readonly name: string;
  readonly host: string;
  readonly tasks: readonly string[];
  readonly version: string;
  /** Milliseconds; 4,000 when absent. */
  readonly sessionTimeoutMs?: number;
  readonly log: Logger;
  /** Where `env:NAME` secrets are looked up. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Told of each session that begins, and (`undefined`) that it is over. */
  readonly onSession?: (session: OpenSession | undefined) => void;
}

const RECONNECT_MS = 1000;

/**
 * Runs a Core until the signal aborts: one ZooKeeper session after the other, and in each one instance per task. A lost
 * ensemble is waited for. Settles when every task has handed over and the session is closed.
 * @throws CoordinationError when ZooKeeper cannot be used at all: wrong sign-in, a Core's name that is taken
 */
export async function runCore(options: CoreOptions, signal: AbortSignal): Promise<void> {
  const { log } = options;
  log.info({ core: options.name, tasks: options.tasks, version: options.version }, 'Core starts');
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
  const { name, host, tasks, version, log, environment } = options;
  const { sessionTimeoutMs: timeoutMs, servers } = options;
  const session = await connectSession({ servers, log, ...(timeoutMs !== undefined && { timeoutMs }) }, signal);
  const unlisten = session.onState((state) => log.info({ session: session.id, state }, `ZooKeeper session ${state}`));
  const { credentials } = session;
  if (credentials) options.onSession?.({ servers, credentials, timeoutMs: session.timeoutMs });
  const identity = { core: name, host, pid: process.pid };
  try {
    await registerCore(session, { ...identity, version, since: Date.now(), groups: [], tasks: [...tasks] });
    const instances = tasks.map((task) =>
      serveTask({ session, task, identity, version, environment, log }, signal).catch((error: unknown) => {
        // One task's fault stays with that task.
        if (!session.over.aborted) log.error({ task, err: error }, 'the task can no longer be served in this session');
      }),
    );
    await Promise.all(instances);
    // Every instance has given up while the session lives: an unexpected error in each. A new session is a new try.
  } finally {
    unlisten();
    await session.close();
    options.onSession?.(undefined);
  }
}
