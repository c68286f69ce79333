import type { z } from 'zod';
import { Failure } from '../../coordination/failure.js';
import type { Lead } from '../../coordination/leadership.js';
import { CoordinationError, type Session } from '../../coordination/session.js';
import { createOrFill, look, writeTyped } from '../../coordination/znode.js';

/** The part of a lead that a write needs. */
export type Term = Pick<Lead, 'term' | 'lease' | 'signal'>;

/**
 * One znode that the acting Monitor writes by compare-and-set, and operators may write too. Its content carries the term of the
 * Monitor that wrote it: who finds a later one than its own has been overtaken and writes nothing more. One write at a time.
 */
export class FencedNode<T extends { readonly term: number }> {
  readonly path: string;
  readonly #session: Session;
  readonly #schema: z.ZodType<T>;
  readonly #lead: Term;
  #value: T | undefined;
  #version: number | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(session: Session, path: string, schema: z.ZodType<T>, lead: Term) {
    this.#session = session;
    this.path = path;
    this.#schema = schema;
    this.#lead = lead;
  }

  /** As it was last read or written. */
  get value(): T | undefined {
    return this.#value;
  }

  /** Reads it anew, if it has changed. What cannot be read counts as not there, and is written over. */
  reload(): Promise<void> {
    return this.#queue(() => this.#read());
  }

  /**
   * Replaces the content by what `change` makes of it; `undefined` leaves it as it is. `change` may be called again when somebody else was
   * faster. Resolves to the content then.
   * @throws Failure `lead-lost` when the lease is over or a later term has written
   */
  write(change: (value: T | undefined) => T | undefined): Promise<T | undefined> {
    return this.#queue(async () => {
      for (;;) {
        const next = change(this.#value);
        if (next === undefined) return this.#value;
        this.#requireLease();
        try {
          const stat =
            this.#version === undefined
              ? await createOrFill(this.#session, this.path, this.#schema, next)
              : await writeTyped(this.#session, this.path, this.#schema, next, this.#version);
          this.#version = stat.version;
          this.#value = next;
          return next;
        } catch (error) {
          if (!isConflict(error)) throw error;
          await this.#read();
        }
      }
    });
  }

  /** Deletes the node if nobody has changed it since; whether it is gone. @throws Failure `lead-lost` */
  remove(): Promise<boolean> {
    return this.#queue(async () => {
      if (this.#version === undefined) return true;
      this.#requireLease();
      try {
        await this.#session.remove(this.path, this.#version);
      } catch (error) {
        if (!isConflict(error)) throw error;
        await this.#read();
        return false;
      }
      this.#value = undefined;
      this.#version = undefined;
      return true;
    });
  }

  async #read(): Promise<void> {
    const reading = await look(this.#session, this.path, this.#schema);
    if (reading.kind === 'absent') {
      const node = await this.#session.read(this.path);
      this.#version = node === undefined ? undefined : node.stat.version;
      this.#value = undefined;
      if (node !== undefined && node.data !== '') await this.#read();
      return;
    }
    if (reading.kind === 'unreadable') {
      this.#version = reading.error.stat.version;
      this.#value = undefined;
      return;
    }
    if (reading.value.term > this.#lead.term) {
      throw new Failure('lead-lost', `term ${reading.value.term} has written, this is term ${this.#lead.term}`, {
        place: this.path,
      });
    }
    this.#version = reading.stat.version;
    this.#value = reading.value;
  }

  #requireLease(): void {
    // The same term may lead again after a doubt; what belongs to the lead before must not write then either.
    if (!this.#lead.signal.aborted && this.#lead.lease.holds()) return;
    throw new Failure('lead-lost', 'the session lease is over, so nothing was written', { place: this.path });
  }

  #queue<R>(work: () => Promise<R>): Promise<R> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}

function isConflict(error: unknown): boolean {
  if (!(error instanceof CoordinationError)) return false;
  return error.kind === 'version-conflict' || error.kind === 'node-exists' || error.kind === 'no-node';
}
