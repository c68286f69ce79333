import type { Position } from '../../coordination/position.js';
import type { Change } from '../change.js';

/**
 * A piece of the stream: whatever was ready, bounded by bytes. `end` is the position from which a restart continues once
 * the chunk is durable: after a transaction, or after a rows event inside one.
 */
export interface Chunk {
  readonly changes: readonly Change[];
  /** Size of the chunk's events in the binlog; 0 when it only moves the position. */
  readonly bytes: number;
  readonly rows: number;
  readonly end: Position;
  /** When its last event happened at the source, ms since 1970; also set by an idle source's heartbeat. */
  readonly eventTime: number;
}

/**
 * Where changes come from.
 *
 * Contract: `read` yields every committed change of the selected tables after `from`, in binlog order, none twice within one
 * call, and finishes only by throwing: a `Failure` of a `source-…` or `position-…` kind, or the signal's reason. A chunk
 * without changes moves the position (filtered transactions, an idle source's heartbeats). At most `maxBytes` of events
 * are waiting besides the chunk handed out (plus one event); beyond that the connection is paused, not buffered. A change of which any byte cannot be
 * decoded is an error at its place, never left out. When the iterator is returned or the signal aborts, the connection is really closed before that settles.
 */
export interface Source {
  /**
   * Connects as far as can be without reading (a standby is warm), and logs what of the preflight is not well.
   * @throws Failure when the task could not run
   */
  prepare(signal: AbortSignal): Promise<void>;
  /** Finds the position that a task without `lastCommit` begins at. @throws Failure */
  start(signal: AbortSignal): Promise<Position>;
  read(from: Position, signal: AbortSignal): AsyncIterable<Chunk>;
  /** Bytes of the log behind a position now; undefined where they cannot be told (another server's position). @throws Failure */
  behind(position: Position, signal: AbortSignal): Promise<number | undefined>;
  close(): Promise<void>;
}
