import type { Lease } from '../../coordination/lease.js';
import { Failure } from '../../coordination/failure.js';
import type { StoredAt } from '../../coordination/schema/znodes.js';
import type { Position } from '../../coordination/position.js';
import type { Sink } from '../sink/sink.js';
import type { Source } from '../source/source.js';

/** What is durable in the sink now. */
export interface Delivered {
  readonly position: Position;
  /** Where the sink itself has it, when it keeps it with the data. */
  readonly sink?: StoredAt | undefined;
  /** Rows that were overwritten or left out since the sink was claimed. */
  readonly conflicts?: number | undefined;
  readonly eventTime: number;
  readonly rows: number;
  readonly bytes: number;
}

export interface PipelineParts {
  readonly source: Source;
  readonly sink: Sink;
  readonly lease: Lease;
  /** Called before a chunk's changes are written; `eventTime` as in the chunk. */
  readonly delivering: (eventTime: number) => void;
  /** Called after each chunk, when all of it is durable. */
  readonly delivered: (delivered: Delivered) => void;
}

export interface PipelineSignals {
  /** The lead is lost: nothing may be written from now on. */
  readonly lost: AbortSignal;
  /** Finish the chunk in flight, then settle. */
  readonly stopping: AbortSignal;
}

/**
 * The loop, after the sink was claimed: everything a task does passes here. The source fills the next chunk while the sink writes this one; a chunk
 * counts as delivered only when the sink has it durably. Resolves after an orderly stop, with nothing in flight.
 * @throws Failure of the source, of the sink, or `lead-lost`
 */
export async function runPipeline(parts: PipelineParts, from: Position, signals: PipelineSignals): Promise<void> {
  const { source, sink, lease } = parts;
  const reading = AbortSignal.any([signals.lost, signals.stopping]);
  try {
    await sink.open(reading);
    for await (const chunk of source.read(from, reading)) {
      const { changes, end, eventTime, rows, bytes } = chunk;
      // The last look before something becomes durable: also a process that was frozen until now finds its lease over.
      if (!lease.holds()) throw new Failure('lead-lost', 'the session lease is over, so nothing more was written');
      if (changes.length > 0) parts.delivering(eventTime);
      const durable = await sink.write({ changes, end, eventTime }, signals.lost);
      parts.delivered({ ...durable, eventTime, rows, bytes });
      if (reading.aborted) break;
    }
  } catch (error) {
    await sink.close();
    if (signals.lost.aborted) throw new Failure('lead-lost', 'the lead was lost while changes were in flight');
    // Told to stop while waiting for changes or for the sink's connection: nothing was in flight.
    if (signals.stopping.aborted && (error === signals.stopping.reason || isAbort(error))) return;
    throw unlessStillLeading(error, lease);
  }
  if (signals.lost.aborted) throw new Failure('lead-lost', 'the lead was lost while changes were in flight');
}

/**
 * What the sink refuses because of another producer or a later term means that the lead is lost, unless the lease proves that it is not:
 * then the sink is to be claimed again (the other one was the zombie), or somebody has to look.
 */
export function unlessStillLeading(error: unknown, lease: Lease): unknown {
  const refused = error instanceof Failure && (error.kind === 'sink-fenced' || error.kind === 'term-behind');
  if (!refused || lease.holds()) return error;
  return new Failure('lead-lost', `another lead has the sink: ${error.message}`, {
    ...(error.place !== undefined && { place: error.place }),
    cause: error,
  });
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
