import type { Position } from '../../coordination/position.js';
import type { Change } from '../change.js';

export interface Batch {
  readonly changes: readonly Change[];
  readonly end: Position;
}

/**
 * Where changes go.
 *
 * Contract: `write` resolves only when every record of the batch is durable (acknowledged by all in-sync replicas), and is not called again before
 * it has settled. All records of one key arrive in the order of the changes. When it rejects, any prefix of the batch (per partition) may be durable and the sink
 * must be closed and opened again before anything else is written; the pipeline then repeats from the last durable position. It never leaves a record out.
 *
 * A sink belongs to one lead. Within it the same object is opened again after a failure (not replaced), so that it can first
 * settle what a broker may still hold of the failed write: a late copy of it must not come after newer records. A new lead makes
 * a new sink, since what an older one left open must not be sent after another leader's records.
 */
export interface Sink {
  /** Connects and makes ready (a standby is warm). Idempotent. @throws Failure */
  open(signal: AbortSignal): Promise<void>;
  write(batch: Batch, signal: AbortSignal): Promise<void>;
  /** Closes every connection; settles also when the sink cannot be reached. */
  close(): Promise<void>;
}
