import { lookup } from 'node:dns/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatServer, type ServerName } from './connect-string.js';
import { CoordinationError } from './session.js';
import type { ZookeeperAuth } from './zookeeper-auth.js';
import { ZookeeperConnection, type Address, type Credentials, type ZnodeEvent } from './zookeeper-connection.js';

export interface SearchOptions {
  readonly servers: readonly ServerName[];
  readonly timeoutMs: number;
  readonly credentials?: Credentials | undefined;
  readonly auth?: ZookeeperAuth | undefined;
  readonly onEvent: (event: ZnodeEvent, path: string) => void;
  /** Told of each server that did not answer, and why. */
  readonly onRefusal: (server: string, why: string) => void;
}

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 1000;
const SHORTEST_ATTEMPT_MS = 200;

/**
 * Asks one server after another, in random order and round after round, until one gives a connection. Each round is more
 * patient than the one before, so that a slow ensemble is not taken for a dead one.
 * @throws CoordinationError `session-over` (the session to take up has expired), `auth-failed`, `unresolvable-host` (no name
 *   of a new session's servers exists: a mistyped one); the signal's reason
 */
export async function findConnection(options: SearchOptions, signal: AbortSignal): Promise<ZookeeperConnection> {
  // A lost link leaves a third of the session timeout: within it each server shall have been asked once.
  const attemptMs = options.timeoutMs / 3 / options.servers.length;
  for (let round = 0; ; round++) {
    const patience = Math.max(SHORTEST_ATTEMPT_MS, Math.min(attemptMs * 2 ** round, options.timeoutMs));
    let unknownNames = 0;
    for (const server of shuffled(options.servers)) {
      const addresses = await resolve(server, patience);
      if (addresses === 'unknown-name') unknownNames++;
      if (typeof addresses === 'string') options.onRefusal(formatServer(server), addresses);
      else {
        const found = await tryAddresses(options, server, addresses, patience, signal);
        if (found !== undefined) return found;
      }
      signal.throwIfAborted();
    }
    if (unknownNames === options.servers.length && options.credentials === undefined) {
      const names = options.servers.map((server) => server.host).join(', ');
      throw new CoordinationError('unresolvable-host', `no ZooKeeper server of this name: ${names}`);
    }
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** round, LONGEST_PAUSE_MS);
    await sleep(pause * (0.5 + Math.random()), undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

async function tryAddresses(
  options: SearchOptions,
  server: ServerName,
  addresses: readonly Address[],
  deadlineMs: number,
  signal: AbortSignal,
): Promise<ZookeeperConnection | undefined> {
  const { timeoutMs, credentials, auth, onEvent } = options;
  for (const address of addresses) {
    signal.throwIfAborted();
    const outcome = await ZookeeperConnection.open({ address, timeoutMs, credentials, auth, deadlineMs, onEvent });
    if (outcome instanceof ZookeeperConnection) return outcome;
    if (outcome === 'expired') throw new CoordinationError('session-over', 'the ZooKeeper session has expired');
    if (outcome === 'auth-failed') throw new CoordinationError('auth-failed', 'ZooKeeper refuses the sign-in');
    options.onRefusal(formatServer(server), outcome);
  }
  return undefined;
}

async function resolve(server: ServerName, deadlineMs: number): Promise<Address[] | 'unknown-name' | 'no-name-answer'> {
  const late = new AbortController();
  try {
    const found = await Promise.race([
      lookup(server.host, { all: true }),
      sleep(deadlineMs, undefined, { signal: late.signal }),
    ]);
    if (found === undefined) return 'no-name-answer';
    return found.map(({ address }) => ({ ip: address, port: server.port }));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOTFOUND' ? 'unknown-name' : 'no-name-answer';
  } finally {
    late.abort();
  }
}

function shuffled<T>(items: readonly T[]): T[] {
  const order = items.map((item) => ({ item, at: Math.random() }));
  return order.sort((a, b) => a.at - b.at).map(({ item }) => item);
}
