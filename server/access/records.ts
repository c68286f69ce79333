import type { z } from 'zod';
import type { Session } from '../../coordination/session.js';
import { look } from '../../coordination/znode.js';

interface Held<T> {
  /** Of the session in which it is watched. */
  readonly session: Session;
  readonly unwatch: () => void;
  value: T | undefined;
  fresh: boolean;
}

const MOST_HELD = 5000;

/**
 * Znodes that nearly every request asks for (who is that?), each read once and then kept as long as its watch has not fired: a change, a
 * revocation for instance, counts within milliseconds on every Server. While ZooKeeper is away what was known last goes on counting, so that
 * the console can still be looked at.
 */
export class Records<S extends z.ZodType> {
  readonly #session: () => Session;
  readonly #path: (id: string) => string;
  readonly #schema: S;
  readonly #held = new Map<string, Held<z.output<S>>>();

  constructor(session: () => Session, path: (id: string) => string, schema: S) {
    this.#session = session;
    this.#path = path;
    this.#schema = schema;
  }

  /** What is there; `undefined` when there is none, or it cannot be read. @throws CoordinationError when that is not known */
  async get(id: string): Promise<z.output<S> | undefined> {
    const held = this.#held.get(id);
    let session: Session;
    try {
      session = this.#session();
    } catch (error) {
      if (held !== undefined) return held.value;
      throw error;
    }
    if (held !== undefined && (session.state !== 'connected' || (held.fresh && held.session === session))) {
      this.#touch(id, held);
      return held.value;
    }
    const mine = held?.session === session ? held : this.#watch(session, id);
    // Before the reading: what changes meanwhile rings, and it is read again.
    mine.fresh = true;
    try {
      const reading = await look(session, this.#path(id), this.#schema);
      mine.value = reading.kind === 'present' ? reading.value : undefined;
    } catch (error) {
      mine.fresh = false;
      throw error;
    }
    // Names that somebody made up shall not be watched.
    if (mine.value === undefined) this.#drop(id, mine);
    else this.#touch(id, mine);
    return mine.value;
  }

  close(): void {
    for (const [id, held] of this.#held) this.#drop(id, held);
  }

  #watch(session: Session, id: string): Held<z.output<S>> {
    const past = this.#held.get(id);
    if (past !== undefined) this.#drop(id, past);
    const held: Held<z.output<S>> = {
      session,
      unwatch: session.watch(this.#path(id), 'data', () => (held.fresh = false)),
      value: undefined,
      fresh: false,
    };
    return held;
  }

  /** The least used are the first in the map. */
  #touch(id: string, held: Held<z.output<S>>): void {
    const past = this.#held.get(id);
    if (past !== held) past?.unwatch();
    this.#held.delete(id);
    this.#held.set(id, held);
    const oldest = this.#held.size > MOST_HELD ? this.#held.entries().next().value : undefined;
    if (oldest !== undefined) this.#drop(...oldest);
  }

  #drop(id: string, held: Held<z.output<S>>): void {
    held.unwatch();
    if (this.#held.get(id) === held) this.#held.delete(id);
  }
}
