import type { Lease } from '../../coordination/lease.js';
import { Failure } from '../../coordination/failure.js';
import type { Position } from '../../coordination/position.js';
import type { Sink } from '../sink/sink.js';
import type { Source } from '../source/source.js';

/** What is durable in the sink now. */
export interface Delivered {
  readonly position: Position;
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
 * The loop: everything a task does passes here. The source fills the next chunk while the sink writes this one; a chunk
 * counts as delivered only when the sink has it durably. Resolves after an orderly stop, with nothing in flight.
 * @throws Failure of the source, of the sink, or `lead-lost`
 */
export async function runPipeline(parts: PipelineParts, from: Position, signals: PipelineSignals): Promise<void> {
  const { source, sink, lease } = parts;
  const reading = AbortSignal.any([signals.lost, signals.stopping]);
  try {
    await sink.open(reading);
    for await (const chunk of source.read(from, reading)) {
      if (chunk.changes.length > 0) {
        // The last look before something becomes durable: also a process that was frozen until now finds its lease over.
        if (!lease.holds()) throw new Failure('lead-lost', 'the session lease is over, so nothing more was written');
        parts.delivering(chunk.eventTime);
        await sink.write({ changes: chunk.changes, end: chunk.end }, signals.lost);
      }
      parts.delivered({ position: chunk.end, eventTime: chunk.eventTime, rows: chunk.rows, bytes: chunk.bytes });
      if (reading.aborted) break;
    }
  } catch (error) {
    await sink.close();
    if (signals.lost.aborted) throw new Failure('lead-lost', 'the lead was lost while changes were in flight');
    // Told to stop while waiting for changes or for the sink's connection: nothing was in flight.
    if (signals.stopping.aborted && (error === signals.stopping.reason || isAbort(error))) return;
    throw error;
  }
  if (signals.lost.aborted) throw new Failure('lead-lost', 'the lead was lost while changes were in flight');
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
