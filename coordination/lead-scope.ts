import { asFailure, Failure } from './failure.js';
import type { Lease } from './lease.js';
import type { Session } from './session.js';

/** One unbroken lead. */
export interface Lead {
  /** Creation zxid of the own instance node: grows with every change of leader, and fences everywhere. */
  readonly term: number;
  /** Aborts when the lead is lost: from then on nothing may be written. Its reason is a `Failure('lead-lost')`. */
  readonly signal: AbortSignal;
  /** Aborts when the lead shall be given up in order: finish the chunk, commit, then settle. */
  readonly stopping: AbortSignal;
  /** To be looked at before each durable write; it ends on time even where no signal arrives (a frozen process). */
  readonly lease: Lease;
  readonly instancePath: string;
}

/** How a lead ended. `doubtful`: only the lease ran out, so the node may still be there and the same term may go on. */
export type LeadEnd =
  { readonly how: 'doubtful' } | { readonly how: 'settled' } | { readonly how: 'failed'; readonly failure: Failure };

export interface LeadScopeOptions {
  readonly session: Session;
  readonly instancePath: string;
  readonly term: number;
  readonly lead: (lead: Lead) => Promise<void>;
}

/**
 * How long before the lease's end a lead is over, in milliseconds: a write that was begun just before must be through
 * before another instance may lead.
 */
export function leaseMargin(timeoutMs: number): number {
  return Math.max(200, timeoutMs / 10);
}

/**
 * Calls `lead` and, while it works, watches what its right to do so rests on: the own node, the session, the lease.
 * `stop` is the orderly end. Settles only after `lead` has, whatever happens; does not throw.
 */
export async function runLead(options: LeadScopeOptions, stop: AbortSignal): Promise<LeadEnd> {
  const { session, instancePath, term } = options;
  const lost = new AbortController();
  let doubtful = false;
  const lose = (why: string) => {
    if (!lost.signal.aborted) lost.abort(new Failure('lead-lost', why, { place: instancePath }));
  };
  const unwatchLease = watchLease(session, () => {
    doubtful = !lost.signal.aborted;
    lose('ZooKeeper has not answered for so long that the session may be over');
  });
  const unwatchNode = session.watch(instancePath, 'data', () => void checkNode(session, instancePath, term, lose));
  const onOver = () => lose('the ZooKeeper session is over');
  session.over.addEventListener('abort', onOver);
  if (session.over.aborted) onOver();
  try {
    await options.lead({ term, signal: lost.signal, stopping: stop, lease: session.lease, instancePath });
  } catch (error) {
    // Work that was told to end may do so by throwing the reason it was given.
    const toldTo = lost.signal.aborted || (stop.aborted && isAbort(error, stop));
    if (!toldTo) return { how: 'failed', failure: asFailure(error) };
  } finally {
    unwatchLease();
    unwatchNode();
    session.over.removeEventListener('abort', onOver);
  }
  return { how: doubtful && !session.over.aborted ? 'doubtful' : 'settled' };
}

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError');
}

async function checkNode(session: Session, path: string, term: number, lose: (why: string) => void): Promise<void> {
  try {
    const node = await session.read(path);
    if (node?.stat.czxid !== term) lose('the own instance node was deleted');
  } catch (error) {
    lose(`the own instance node cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Calls `ended` once when the lease has less than its margin left. Each answer prolongs it, so the timer looks again. */
function watchLease(session: Session, ended: () => void): () => void {
  const margin = leaseMargin(session.timeoutMs);
  let timer: NodeJS.Timeout;
  const look = () => {
    const left = session.lease.leftMs() - margin;
    if (left <= 0) ended();
    else timer = setTimeout(look, left);
  };
  timer = setTimeout(look, Math.max(0, session.lease.leftMs() - margin));
  return () => clearTimeout(timer);
}
