import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../coordination/log.js';
import { CoordinationError, type Session } from '../coordination/session.js';
import { connectSession } from '../coordination/zookeeper-session.js';
import type { ConnectionAnswer } from './api/schema/values.js';
import { HttpProblem } from './http/problem.js';

export interface LinkOptions {
  readonly servers: string;
  readonly log: Logger;
  /** Of the session; milliseconds. */
  readonly timeoutMs?: number;
  /** After so long without an answer, what is known is no longer called the present; milliseconds. */
  readonly lostMs?: number;
}

const RECONNECT_MS = 500;

/**
 * The Server's way to ZooKeeper: one session after the other, for as long as the Server runs, and what may be said of it at every moment. A
 * connection that is gone is `reconnecting` at first, `lost` when that lasts.
 */
export class ZookeeperLink {
  readonly #options: LinkOptions;
  readonly #listeners = new Set<(connection: ConnectionAnswer) => void>();
  #session: Session | undefined;
  #connection: ConnectionAnswer = { state: 'reconnecting', since: Date.now() };
  #patience: NodeJS.Timeout | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#worry();
  }

  get connection(): ConnectionAnswer {
    return this.#connection;
  }

  get servers(): string {
    return this.#options.servers;
  }

  /** The session, for an order or a question. @throws HttpProblem 503 at once while ZooKeeper is away: nobody waits for it */
  session(): Session {
    if (this.#session === undefined || this.#connection.state !== 'live') {
      throw new HttpProblem(503, 'zookeeper-away', 'the Server has no connection to ZooKeeper now; nothing was done', {
        remedy: 'see that the ZooKeeper servers are well, then try again',
      });
    }
    return this.#session;
  }

  onChange(listener: (connection: ConnectionAnswer) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Holds a session until the signal aborts; `onSession` is told of each one that begins, and what it returns is called when that one is over.
   * @throws CoordinationError where ZooKeeper cannot be used at all: a refused sign-in
   */
  async run(onSession: (session: Session) => () => void, signal: AbortSignal): Promise<void> {
    const { servers, log, timeoutMs = 10_000 } = this.#options;
    while (!signal.aborted) {
      try {
        const session = await connectSession({ servers, log, timeoutMs }, signal);
        await this.#hold(session, onSession, signal);
      } catch (error) {
        if (signal.aborted) break;
        if (error instanceof CoordinationError && error.kind === 'auth-failed') throw error;
        log.warn({ err: error }, 'ZooKeeper cannot be used now; tries again');
      }
      await sleep(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
    }
    clearTimeout(this.#patience);
  }

  async #hold(session: Session, onSession: (session: Session) => () => void, signal: AbortSignal): Promise<void> {
    this.#session = session;
    this.#tell(session.state === 'connected' ? 'live' : 'reconnecting');
    const off = session.onState((state) => this.#tell(state === 'connected' ? 'live' : 'reconnecting'));
    const end = onSession(session);
    try {
      const ended = AbortSignal.any([signal, session.over]);
      if (!ended.aborted) await new Promise<void>((resolve) => ended.addEventListener('abort', () => resolve()));
    } finally {
      off();
      end();
      this.#session = undefined;
      if (!signal.aborted) this.#tell('reconnecting');
      await session.close();
    }
  }

  #tell(state: ConnectionAnswer['state']): void {
    const now = this.#connection.state;
    // What is lost stays lost until it is back.
    if (state === now || (state === 'reconnecting' && now === 'lost')) return;
    // Lost since it was last live, not since we gave up hope.
    const since = state === 'lost' ? this.#connection.since : Date.now();
    this.#connection = { state, since };
    if (state === 'reconnecting') this.#worry();
    else clearTimeout(this.#patience);
    for (const listener of this.#listeners) listener(this.#connection);
  }

  #worry(): void {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => this.#tell('lost'), this.#options.lostMs ?? 5_000).unref();
  }
}
