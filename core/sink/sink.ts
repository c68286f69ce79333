import type { Position } from '../../coordination/position.js';
import type { StoredAt } from '../../coordination/schema/znodes.js';
import type { Change } from '../change.js';

export interface Batch {
  /** May be empty: then only the position moves. */
  readonly changes: readonly Change[];
  readonly end: Position;
  /** Milliseconds since 1970, of the last change. */
  readonly eventTime?: number;
}

/** What a new lead knows when it takes the sink over. */
export interface Claim {
  readonly term: number;
  /** Where the task goes on by `lastCommit`. */
  readonly position: Position;
  /** The operator's order that `position` follows, if any. */
  readonly order: number | undefined;
  /** Where the sink's own record was by `lastCommit`; undefined when the runs before this one did not keep it there. */
  readonly sink: StoredAt | undefined;
  /** A later term in the sink that an operator wants followed. */
  readonly adoptTerm: number | undefined;
}

/** What is durable in the sink. */
export interface Durable {
  readonly position: Position;
  /** Where the sink itself has this position, when it keeps it with the data. */
  readonly sink?: StoredAt | undefined;
  /** Rows that were overwritten or left out since the claim because the sink had others than expected. */
  readonly conflicts?: number | undefined;
}

/**
 * Where changes go.
 *
 * Contract: `write` resolves only when every record of the batch is durable (acknowledged by all in-sync replicas), and is not called again before
 * it has settled. All records of one key arrive in the order of the changes. When it rejects, any prefix of the batch (per partition) may be durable and the sink
 * must be closed, opened and claimed again before anything else is written; the pipeline then repeats from the position that `claim` says. It never leaves a record out.
 *
 * A sink that delivers exactly once keeps the position with the data: a batch and its end become visible together or not at all, also
 * when nobody knows which. It refuses what a lead before the last claim still writes (`sink-fenced`).
 *
 * A sink belongs to one lead. Within it the same object is opened again after a failure (not replaced), so that it can first
 * settle what a broker may still hold of the failed write: a late copy of it must not come after newer records. A new lead makes
 * a new sink, since what an older one left open must not be sent after another leader's records.
 */
export interface Sink {
  /** Connects and makes ready (a standby is warm); a leader elsewhere does not notice. Idempotent. @throws Failure */
  open(signal: AbortSignal): Promise<void>;
  /**
   * Takes the opened sink over for a term, before its first write; may be done again. Resolves to where the task goes on: at the
   * sink's own position where it keeps one, else at the claim's.
   * @throws Failure `term-behind` when a later term has written
   */
  claim(claim: Claim, signal: AbortSignal): Promise<Durable>;
  /**
   * Resolves to the last position that is durable: the batch's end, or, for a batch without changes or one that ends inside a transaction, perhaps
   * an earlier one.
   */
  write(batch: Batch, signal: AbortSignal): Promise<Durable>;
  /** Closes every connection; settles also when the sink cannot be reached. */
  close(): Promise<void>;
}
