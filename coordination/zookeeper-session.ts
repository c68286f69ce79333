import { setMaxListeners } from 'node:events';
import { parseConnectString, type ConnectString } from './connect-string.js';
import { Lease } from './lease.js';
import type { Logger } from './log.js';
import {
  CoordinationError,
  type CreatedZnode,
  type CreateMode,
  type Session,
  type SessionState,
  type WatchKind,
  type Znode,
  type ZnodeStat,
} from './session.js';
import { SessionWatches } from './session-watches.js';
import type { Protection, ZookeeperAuth } from './zookeeper-auth.js';
import { findConnection } from './zookeeper-connect.js';
import { ReplyCode, type ConnectionEnd, type Credentials, type ZookeeperConnection } from './zookeeper-connection.js';
import {
  asCoordinationError,
  requireSize,
  tryCreate,
  tryOpenRoot,
  tryProtect,
  tryProtection,
  tryRemove,
  trySet,
  wasCut,
  type Try,
} from './zookeeper-requests.js';

export interface SessionOptions {
  /** `host:port,host:port[/root]` */
  readonly servers: string;
  /** Session timeout to ask for, in milliseconds; 4,000 when absent. The servers may grant another. */
  readonly timeoutMs?: number;
  /** How long the first connection may take, in milliseconds; three session timeouts when absent. */
  readonly connectDeadlineMs?: number;
  /** How to sign in; nobody does when absent, and all nodes are open to the world. */
  readonly auth?: ZookeeperAuth | undefined;
  readonly log: Logger;
}

const DEFAULT_TIMEOUT_MS = 4000;

/**
 * The lease is carried on by `sync`, the one cheap request that the ensemble's leader answers, who is also the one to expire
 * sessions. A read would prove nothing: a follower cut off from the leader goes on answering reads for some ticks.
 *
 * The leader hears of this session when the follower reports whom it has heard, every half tick. When `sync` was answered
 * and the follower dies right then, the last report may be half a tick old, and what it reported one heartbeat older. By
 * ZooKeeper's default a session timeout is at least two ticks. So of the timeout, counted from the sending of an answered
 * `sync`, this much is certain: all, less a heartbeat, less a quarter.
 */
const HEARTBEATS_PER_TIMEOUT = 6;
const LEASE_PART = 1 - 1 / HEARTBEATS_PER_TIMEOUT - 1 / 4;
/** A request with which the connection breaks every time is not sent for ever: perhaps the servers cut it for its size. */
const MOST_CUTS = 10;
const CUT_AT_ONCE_MS = 1000;
/** How long a server may take to answer before the session is closed, which else blocks the thread for 1.5 s. */
const LAST_WORD_MS = 500;

/**
 * Opens one ZooKeeper session and makes the root node where it is missing. `signal` ends the attempt only; an open session
 * is ended by `close`, and after an expiry the caller opens another.
 * @throws CoordinationError `invalid-argument`, `unresolvable-host`, `connect-timeout`, `auth-failed`; the signal's reason
 */
export async function connectSession(options: SessionOptions, signal: AbortSignal): Promise<ZookeeperSession> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const session = new ZookeeperSession(parseConnectString(options.servers), timeoutMs, options.log, options.auth);
  const deadline = AbortSignal.timeout(options.connectDeadlineMs ?? timeoutMs * 3);
  const stop = AbortSignal.any([signal, deadline]);
  try {
    await session.open(stop);
    return session;
  } catch (error) {
    await session.close();
    signal.throwIfAborted();
    if (!deadline.aborted) throw error;
    throw new CoordinationError('connect-timeout', `no ZooKeeper server could be reached: ${session.refusals()}`);
  }
}

/** A session that another process can end: see end-session.ts. */
export class ZookeeperSession implements Session {
  readonly lease = new Lease();
  readonly protects: boolean;
  readonly #target: ConnectString;
  readonly #askedTimeoutMs: number;
  readonly #auth: ZookeeperAuth | undefined;
  readonly #over = new AbortController();
  readonly #watches = new SessionWatches((path, kind) => this.#arm(path, kind));
  readonly #listeners = new Set<(state: SessionState) => void>();
  readonly #refusals = new Map<string, string>();
  /** Ephemeral nodes that requests of this session made. */
  readonly #owned = new Set<string>();
  /** The last create of each path: an ambiguous one must be settled before the next. */
  readonly #creates = new Map<string, Promise<unknown>>();
  #log: Logger;
  /** Of the first connection; each later one takes its session up. */
  #first: ZookeeperConnection | undefined;
  #connection: ZookeeperConnection | undefined;
  #back = newGate();
  #closing: Promise<void> | undefined;

  constructor(target: ConnectString, timeoutMs: number, log: Logger, auth?: ZookeeperAuth) {
    this.#auth = auth;
    this.protects = auth?.protect === true;
    this.#target = target;
    this.#askedTimeoutMs = timeoutMs;
    this.#log = log;
    // Every task of a Core listens; that is no leak.
    setMaxListeners(0, this.#over.signal);
  }

  get id(): string {
    return this.#first?.credentials.id ?? '';
  }

  /** With these anybody can take the session up, so they are a secret; `undefined` before the first connection. */
  get credentials(): Credentials | undefined {
    return this.#first?.credentials;
  }

  get timeoutMs(): number {
    return this.#first?.timeoutMs ?? this.#askedTimeoutMs;
  }

  get state(): SessionState {
    if (this.#over.signal.aborted) return 'over';
    return this.#connection === undefined ? 'suspended' : 'connected';
  }

  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Finds a first server and makes the root and what is above it, so that every path below has a parent. */
  async open(stop: AbortSignal): Promise<void> {
    const first = await this.#find(stop);
    this.#first = first;
    this.#log = this.#log.child({ session: this.id });
    void this.#live(first);
    const end = () => void this.close();
    stop.addEventListener('abort', end);
    try {
      if (stop.aborted) end();
      await this.#request('/', (attempt) => tryOpenRoot(attempt, this.#target.root));
    } finally {
      stop.removeEventListener('abort', end);
    }
  }

  /** What the servers said that were asked last, for a person. */
  refusals(): string {
    return [...this.#refusals].map(([server, why]) => `${server} (${why})`).join(', ');
  }

  async create(path: string, data: string, mode: CreateMode): Promise<CreatedZnode> {
    requireSize(path, data);
    const full = this.#full(path);
    const before = this.#creates.get(full);
    const mine = (async () => {
      await before;
      return this.#request(path, (attempt) => tryCreate(attempt, full, data, mode, this.#owned));
    })();
    const settled = mine.catch(() => undefined);
    this.#creates.set(full, settled);
    try {
      const created = await mine;
      if (mode !== 'persistent') this.#owned.add(created.path);
      return { path: created.path.slice(this.#target.root.length), stat: created.stat };
    } finally {
      if (this.#creates.get(full) === settled) this.#creates.delete(full);
    }
  }

  read(path: string): Promise<Znode | undefined> {
    return this.#request(path, ({ connection }) => connection.get(this.#full(path)));
  }

  async set(path: string, data: string, version: number): Promise<ZnodeStat> {
    requireSize(path, data);
    return this.#request(path, (attempt) => trySet(attempt, this.#full(path), data, version));
  }

  async remove(path: string, version = -1): Promise<boolean> {
    const full = this.#full(path);
    const removed = await this.#request(path, (attempt) => tryRemove(attempt, full, version));
    this.#owned.delete(full);
    return removed;
  }

  children(path: string): Promise<string[] | undefined> {
    return this.#request(path, ({ connection }) => connection.children(this.#full(path)));
  }

  protection(path: string): Promise<Protection | undefined> {
    return this.#request(path, (attempt) => tryProtection(attempt, this.#full(path)));
  }

  protect(path: string): Promise<boolean> {
    return this.#request(path, (attempt) => tryProtect(attempt, this.#full(path)));
  }

  watch(path: string, kind: WatchKind, listener: () => void): () => void {
    return this.#watches.add(this.#full(path), kind, listener);
  }

  onState(listener: (state: SessionState) => void): () => void {
    const own = (state: SessionState) => listener(state);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** From connection to connection until the session is over. */
  async #live(first: ZookeeperConnection): Promise<void> {
    let connection = first;
    for (;;) {
      const beat = await this.#connected(connection);
      const end = await connection.ended;
      clearInterval(beat);
      this.#connection = undefined;
      if (this.#over.signal.aborted) return;
      if (end !== 'lost') return this.#end(endError(end));
      if (beat !== undefined) {
        this.#back = newGate();
        this.#tell('suspended');
      }
      try {
        connection = await this.#find(this.#over.signal);
      } catch (error) {
        return this.#end(error);
      }
      // Closed while it came back: only a live connection can end the session.
      if (this.#over.signal.aborted) return connection.close();
    }
  }

  /** Makes a new connection the session's; `undefined` when it is lost again before it could be. */
  async #connected(connection: ZookeeperConnection): Promise<NodeJS.Timeout | undefined> {
    // This server may be behind the one before, and the new handle does not know how far that was.
    const usable = await this.#heartbeat(connection);
    if (!usable || this.#over.signal.aborted) {
      if (this.#over.signal.aborted) await connection.close();
      return undefined;
    }
    this.#connection = connection;
    this.#back.open();
    this.#watches.reconnected();
    this.#tell('connected');
    let waiting = false;
    return setInterval(() => {
      if (waiting) return;
      waiting = true;
      void this.#heartbeat(connection).then(() => (waiting = false));
    }, this.timeoutMs / HEARTBEATS_PER_TIMEOUT);
  }

  /** Extends the lease, counted from the moment of sending. False when the connection broke. */
  async #heartbeat(connection: ZookeeperConnection): Promise<boolean> {
    const sent = process.hrtime.bigint();
    try {
      await connection.sync('/');
    } catch (error) {
      return !wasCut(error);
    }
    if (!this.#over.signal.aborted) this.lease.renew(sent + BigInt(Math.round(this.timeoutMs * LEASE_PART * 1e6)));
    return true;
  }

  #find(stop: AbortSignal): Promise<ZookeeperConnection> {
    return findConnection(
      {
        servers: this.#target.servers,
        timeoutMs: this.#askedTimeoutMs,
        credentials: this.#first?.credentials,
        auth: this.#auth,
        onEvent: (_event, path) => this.#watches.changed(path),
        onRefusal: (server, why) => {
          this.#refusals.set(server, why);
          this.#log.debug({ server, why }, 'ZooKeeper server does not answer');
        },
      },
      stop,
    );
  }

  #end(reason: unknown): void {
    if (this.#over.signal.aborted) return;
    this.lease.end();
    this.#connection = undefined;
    this.#watches.clear();
    this.#over.abort(reason);
    this.#back.open();
    this.#tell('over');
  }

  async #close(): Promise<void> {
    const connection = this.#connection;
    this.#end(new CoordinationError('session-over', 'the ZooKeeper session was closed'));
    if (connection === undefined) return;
    // A server that is silent now may answer the native client's goodbye no sooner: one bounded wait, then goodbye.
    await Promise.race([connection.exists('/').catch(() => undefined), connection.ended, delay(LAST_WORD_MS)]);
    await connection.close();
  }

  async #request<T>(path: string, attempt: (attempt: Try) => Promise<T>): Promise<T> {
    let doubtful = false;
    let cuts = 0;
    for (;;) {
      const connection = await this.#available();
      const sent = performance.now();
      try {
        return await attempt({ connection, doubtful, auth: this.#auth });
      } catch (error) {
        if (!wasCut(error)) throw asCoordinationError(error, path);
        doubtful = true;
        await connection.ended;
        if (performance.now() - sent < CUT_AT_ONCE_MS) cuts++;
        if (cuts >= MOST_CUTS) {
          throw new CoordinationError('unexpected', 'the servers cut the connection at this request', path);
        }
      }
    }
  }

  /** The connection, waited for while the session is suspended. */
  async #available(): Promise<ZookeeperConnection> {
    for (;;) {
      if (this.#over.signal.aborted) throw this.#overError();
      if (this.#connection !== undefined) return this.#connection;
      await this.#back.opened;
    }
  }

  #overError(): CoordinationError {
    const cause: unknown = this.#over.signal.reason;
    const message = cause instanceof Error ? cause.message : 'the ZooKeeper session is over';
    return new CoordinationError('session-over', message);
  }

  async #arm(path: string, kind: WatchKind): Promise<boolean> {
    const connection = this.#connection;
    if (connection === undefined) return false;
    try {
      await connection.arm(path, kind);
      return true;
    } catch (error) {
      // Without permission the reader learns of it by reading; without a connection the next one arms again.
      return error instanceof ReplyCode && error.answered;
    }
  }

  #tell(state: SessionState): void {
    this.#log.info({ state }, `ZooKeeper session ${state}`);
    for (const listener of this.#listeners) listener(state);
  }

  #full(path: string): string {
    if (!path.startsWith('/')) throw new CoordinationError('invalid-argument', 'not a znode path', path);
    return path === '/' ? this.#target.root || '/' : `${this.#target.root}${path}`;
  }
}

function endError(end: Exclude<ConnectionEnd, 'lost'>): CoordinationError {
  if (end === 'auth-failed') return new CoordinationError('auth-failed', 'ZooKeeper refuses the sign-in');
  return new CoordinationError('session-over', `the ZooKeeper session has ${end === 'expired' ? 'expired' : 'ended'}`);
}

function newGate(): { opened: Promise<void>; open: () => void } {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
