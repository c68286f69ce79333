import { Failure } from '../../coordination/failure.js';
import type { Position } from '../../coordination/position.js';
import { formatPosition } from '../../coordination/position.js';
import { GtidSet } from './gtid-set.js';
import type { BinlogFile, GtidState } from './server-facts.js';
import type { DumpStart } from './zongji-stream.js';

/** How a server is asked for what follows a position. */
export interface ResumePlan {
  readonly start: DumpStart;
  /** The file and offset of the position are this server's. */
  readonly sameServer: boolean;
  /** The dump begins at the file's start, so that the GTID set at the position becomes known; what is before it is passed over. */
  readonly passOver: boolean;
}

export interface ResumeServer {
  readonly uuid: string | undefined;
  /** Only where GTIDs are on. */
  readonly gtids: GtidState | undefined;
  /** Its GTIDs are of another kind, and always on. */
  readonly mariadb?: boolean;
  readonly files: readonly BinlogFile[];
}

const PROTOCOL_LIMIT = 2 ** 32;

/**
 * Decides whether and how a server can go on from a position.
 * @throws Failure 'source-changed' when it is another server that does not know the position, 'position-purged' when it no
 * longer has what follows, 'source-misconfigured' when only GTIDs could name the place
 */
export function planResume(task: string, from: Position, server: ResumeServer): ResumePlan {
  const sameServer = from.serverUuid === undefined || from.serverUuid === server.uuid;
  if (from.gtidSet !== undefined && server.gtids)
    return { start: byGtid(task, from, server.gtids), sameServer, passOver: false };
  if (server.mariadb && from.gtidSet !== undefined && !holdsRows(from)) {
    const here = sameServer && from.offset > 4 && server.files.some(({ name }) => name === from.file);
    // The server itself says if it does not have what follows.
    if (!here && from.events === 0) return { start: { gtidSet: from.gtidSet }, sameServer, passOver: false };
  }
  if (!sameServer) {
    throw new Failure('source-changed', `the position belongs to server ${from.serverUuid}, this is ${server.uuid}`, {
      place: formatPosition(from),
      remedy: `connect the task to the former server, or choose a place on this one: ${choices(task)}`,
    });
  }
  return byFile(task, from, server);
}

function byGtid(task: string, from: Position, gtids: GtidState): DumpStart {
  let done = GtidSet.parse(from.gtidSet ?? '');
  const unknown = done.minus(gtids.executed);
  if (!unknown.isEmpty()) {
    throw new Failure(
      'source-changed',
      `the source has not executed transactions that the task has read: ${unknown.toString()}`,
      {
        place: formatPosition(from),
        remedy: `connect the task to a server that has them (this one may be behind, reset, or restored from a backup), or choose a place on this one: ${choices(task)}`,
      },
    );
  }
  // The rows of prepared XA transactions are read again.
  for (const { gtid, empty } of from.prepared ?? []) if (gtid && !empty) done = done.minus(GtidSet.parse(gtid));
  const lost = gtids.purged.minus(done);
  if (!lost.isEmpty()) {
    throw purged(task, from, `${lost.size()} transactions that the task has not read: ${lost.toString()}`);
  }
  return { gtidSet: done.toString() };
}

/** Whether an XA transaction with rows is prepared at the position. */
function holdsRows(from: Position): boolean {
  return from.prepared?.some(({ empty }) => !empty) ?? false;
}

function byFile(task: string, from: Position, server: ResumeServer): ResumePlan {
  const earlier = from.prepared?.find(({ empty }) => !empty);
  // They were prepared in the order of the binlog, so the first is the earliest.
  if (earlier) {
    const at = { file: earlier.file, offset: earlier.offset, events: 0 };
    return { ...byFile(task, at, { ...server, gtids: undefined }), passOver: true };
  }
  const file = server.files.find(({ name }) => name === from.file);
  if (!file) {
    const oldest = server.files[0]?.name ?? 'none';
    throw purged(task, from, `${from.file} (the oldest binlog file that it has is ${oldest})`);
  }
  if (from.offset > file.size) {
    throw purged(
      task,
      from,
      `anything at offset ${from.offset} of ${from.file}, which ends at ${file.size} (was it reset or restored?)`,
    );
  }
  if (server.gtids && from.offset > 4) {
    return { start: { file: from.file, offset: 4 }, sameServer: true, passOver: true };
  }
  if (from.offset >= PROTOCOL_LIMIT) {
    throw new Failure('source-misconfigured', 'a place beyond 4 GiB in a binlog file can only be named by GTID', {
      place: formatPosition(from),
      remedy:
        'turn on gtid_mode, and keep transactions smaller than max_binlog_size; then choose a place: ' + choices(task),
    });
  }
  return { start: { file: from.file, offset: from.offset }, sameServer: true, passOver: false };
}

function purged(task: string, from: Position, what: string): Failure {
  return new Failure('position-purged', `the source no longer has ${what}`, {
    place: formatPosition(from),
    remedy:
      `changes between ${formatPosition(from)} and the place you choose are not in this source's binlog any more and will be missing in the sink: ` +
      choices(task),
  });
}

function choices(task: string): string {
  return [
    `mysql-replicator task resume ${task} --from earliest (the oldest that the source has)`,
    `mysql-replicator task resume ${task} --from latest (from now on)`,
    `mysql-replicator task resume ${task} --from FILE:OFFSET (a place you know)`,
  ].join('; ');
}
