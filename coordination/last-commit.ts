import { Failure } from './failure.js';
import type { Lease } from './lease.js';
import { paths } from './paths.js';
import { comparePositions, formatPosition, type Position } from './position.js';
import { lastCommitSchema, type LastCommit, type LastCommitNode, type StoredAt } from './schema/znodes.js';
import { CoordinationError, type Session, type ZnodeStat } from './session.js';
import { createOrFill, readTyped, writeTyped, type Typed } from './znode.js';

export interface LastCommitWriter {
  /** Where the writers before this one got to; `undefined` when nothing was ever delivered. */
  readonly stored: LastCommit | undefined;
  /** The last order that was carried out, now too. */
  readonly order: number | undefined;
  /** Where the sink's own record of the position is; undefined unless the sink keeps one. */
  readonly sink: StoredAt | undefined;
  /**
   * Moves the stored position; `eventTime` (milliseconds since 1970) is when its last change happened at the source. Calls
   * are done one after another. Resolves when the ensemble has it.
   * @throws Failure `lead-lost` when the lease is over or another term has written; then no later call writes either.
   *   `internal` for a position before the stored one.
   */
  commit(position: Position, eventTime: number | undefined, options?: CommitOptions): Promise<void>;
}

export interface CommitOptions {
  /** The operator's order (`control.resumes`) that names this position: it may lie before the stored one. */
  readonly order?: number;
  /** Where the sink keeps this position with its data; left out, it does not. */
  readonly sink?: StoredAt | undefined;
  /** The position is the one that the sink keeps, which wins: it may lie before the stored one. */
  readonly sinkWins?: boolean;
}

/** Reads where a task is; for everybody but its writer. @throws ZnodeUnreadable, CoordinationError */
export async function readLastCommit(session: Session, task: string): Promise<LastCommit | undefined> {
  return reached((await readTyped(session, paths.lastCommit(task), lastCommitSchema))?.value);
}

/**
 * Opens `lastCommit` for the term that leads now, and claims it: our term is written at once, with the position as it
 * was. From then on a past writer's next compare-and-set fails, whatever it believes about its session.
 * @throws Failure `lead-lost` when a later term has written already, or the lease is over; ZnodeUnreadable
 */
export async function openLastCommit(
  session: Session,
  task: string,
  writer: { readonly term: number; readonly core: string; readonly lease: Lease },
): Promise<LastCommitWriter> {
  const path = paths.lastCommit(task);
  for (;;) {
    const found = await readTyped(session, path, lastCommitSchema);
    const past = found?.value;
    if (past !== undefined && past.term > writer.term) throw overtaken(path, writer.term, past.term);
    const claim: LastCommitNode = {
      ...past,
      committedAt: past?.committedAt ?? Date.now(),
      term: writer.term,
      core: writer.core,
    };
    requireLease(writer.lease, path);
    const stat = await claimed(session, path, found, claim);
    if (stat !== undefined) return newWriter(session, path, writer, claim, stat);
  }
}

/** `undefined` when somebody wrote in between: look again, the term decides. */
async function claimed(
  session: Session,
  path: string,
  found: Typed<LastCommitNode> | undefined,
  claim: LastCommitNode,
): Promise<ZnodeStat | undefined> {
  try {
    if (found !== undefined) return await writeTyped(session, path, lastCommitSchema, claim, found.stat.version);
    return await createOrFill(session, path, lastCommitSchema, claim);
  } catch (error) {
    if (isConflict(error)) return undefined;
    throw error;
  }
}

function newWriter(
  session: Session,
  path: string,
  writer: { readonly term: number; readonly core: string; readonly lease: Lease },
  claim: LastCommitNode,
  claimStat: ZnodeStat,
): LastCommitWriter {
  let held = claim;
  let version = claimStat.version;
  let lost: Failure | undefined;
  let last: Promise<void> = Promise.resolve();

  async function write(position: Position, eventTime: number | undefined, options: CommitOptions): Promise<void> {
    if (lost !== undefined) throw lost;
    if (options.order === undefined && options.sinkWins !== true) refuseBackwards(path, held.position, position);
    const order = options.order ?? held.order;
    const { term, core } = writer;
    const next: LastCommitNode = {
      position,
      committedAt: Date.now(),
      term,
      core,
      ...(order !== undefined && { order }),
      ...(options.sink !== undefined && { sink: options.sink }),
    };
    if (eventTime !== undefined) next.eventTime = eventTime;
    try {
      requireLease(writer.lease, path);
      version = (await writeTyped(session, path, lastCommitSchema, next, version)).version;
      held = next;
    } catch (error) {
      if (isConflict(error)) lost = await conflict(session, path, writer.term);
      else if (error instanceof Failure && error.kind === 'lead-lost') lost = error;
      throw lost ?? error;
    }
  }

  return {
    stored: reached(claim),
    get order() {
      return held.order;
    },
    get sink() {
      return held.sink;
    },
    commit(position, eventTime, options = {}) {
      const mine = last.then(() => write(position, eventTime, options));
      last = mine.catch(() => undefined);
      return mine;
    },
  };
}

function reached(node: LastCommitNode | undefined): LastCommit | undefined {
  return node?.position === undefined ? undefined : { ...node, position: node.position };
}

function isConflict(error: unknown): boolean {
  if (!(error instanceof CoordinationError)) return false;
  // no-node: deleted under us, with the task or by hand; making it again would forget whose turn it is.
  return error.kind === 'version-conflict' || error.kind === 'node-exists' || error.kind === 'no-node';
}

function requireLease(lease: Lease, path: string): void {
  if (lease.holds()) return;
  throw new Failure('lead-lost', 'the session lease is over, so nothing was written', { place: path });
}

function refuseBackwards(path: string, held: Position | undefined, next: Position): void {
  if (held === undefined) return;
  // Another server's files cannot be compared; going on there was decided when the source was opened.
  if (held.serverUuid !== undefined && next.serverUuid !== undefined && held.serverUuid !== next.serverUuid) return;
  if (comparePositions(next, held) >= 0) return;
  throw new Failure(
    'internal',
    `lastCommit would go back from ${formatPosition(held)} to ${formatPosition(next)}; nothing was written`,
    { place: path },
  );
}

async function conflict(session: Session, path: string, ours: number): Promise<Failure> {
  const theirs = await readTyped(session, path, lastCommitSchema).catch(() => undefined);
  return overtaken(path, ours, theirs?.value.term);
}

function overtaken(path: string, ours: number, theirs: number | undefined): Failure {
  const who = theirs === undefined ? 'somebody (the node is gone or cannot be read)' : `term ${theirs}`;
  return new Failure('lead-lost', `${who} has written, this is term ${ours}; nothing was written`, { place: path });
}
