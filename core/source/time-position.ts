import { Failure } from '../../coordination/failure.js';
import type { Position } from '../../coordination/position.js';
import { scanBinlog } from './binlog-scan.js';
import type { MysqlConnection, MysqlTarget } from './mysql-connection.js';
import { binlogFiles, type BinlogFile, type ServerFacts } from './server-facts.js';

/** A place that was found by its time. */
export interface TimedPosition {
  readonly position: Position;
  /** When the first transaction from there on was committed, ms since 1970; undefined: there is none yet. */
  readonly at: number | undefined;
  /** The oldest file was begun after the moment that was asked for: what was before is purged. */
  readonly purged: boolean;
}

/**
 * Finds the first transaction that was committed on this server at a moment or later: by binary search over the files' beginnings, then through
 * the one file. Commit times of one server do not go back within its binlog (its clock set back is the exception), so nothing
 * from that moment on is left out.
 * @param time milliseconds since 1970
 * @throws Failure, or the signal's reason
 */
export async function positionAtTime(
  time: number,
  { connection, facts, target }: { connection: MysqlConnection; facts: ServerFacts; target: MysqlTarget },
  signal: AbortSignal,
): Promise<TimedPosition> {
  const files = await binlogFiles(connection);
  if (files.length === 0) throw new Failure('source-misconfigured', 'the source has no binlog files');
  const began = async ({ name }: BinlogFile): Promise<number> => {
    const { began } = await scanBinlog(target, { file: name, offset: 4 }, undefined, signal);
    return began ?? 0;
  };
  // The last file that was begun before the moment; -1: none.
  let [low, high] = [-1, files.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((await began(files[middle]!)) < time) low = middle;
    else high = middle - 1;
  }
  const serverUuid = facts.uuid;
  const first = Math.max(low, 0);
  // Where that file has none so late, the next one begins with it.
  for (const file of files.slice(first)) {
    const { found } = await scanBinlog(target, { file: file.name, offset: 4 }, ({ at }) => at >= time, signal);
    if (found !== undefined) {
      const position = { file: file.name, offset: found.offset, events: 0, serverUuid };
      return { position, at: found.at, purged: low < 0 };
    }
  }
  const last = (await binlogFiles(connection)).at(-1) ?? files.at(-1)!;
  return {
    position: { file: last.name, offset: last.size, events: 0, serverUuid },
    at: undefined,
    purged: false,
  };
}
