import { Failure } from '../../coordination/failure.js';
import type { Position } from '../../coordination/position.js';
import type { MysqlSource } from '../../coordination/schema/task-spec.js';
import { GtidSet } from './gtid-set.js';
import { MariadbGtids } from './mariadb-gtids.js';
import type { MysqlConnection } from './mysql-connection.js';
import type { ServerFacts } from './server-facts.js';
import { binlogFiles, gtidState, logEnd } from './server-facts.js';

/** Turns a task's `from` into a position on this server. @throws Failure */
export async function startPosition(
  from: MysqlSource['from'],
  connection: MysqlConnection,
  facts: ServerFacts,
): Promise<Position> {
  const serverUuid = facts.uuid;
  if (from === 'latest') {
    const { file, offset, gtidSet } = await logEnd(connection, facts);
    return { file, offset, events: 0, serverUuid, ...(facts.gtidOn || facts.mariadb ? { gtidSet } : {}) };
  }
  if (typeof from === 'object' && 'file' in from) {
    return { file: from.file, offset: from.position, events: 0, serverUuid };
  }
  const [oldest] = await binlogFiles(connection);
  if (!oldest) throw new Failure('source-misconfigured', 'the source has no binlog files');
  const beginning = { file: oldest.name, offset: 4, events: 0, serverUuid };
  if (from === 'earliest') {
    return facts.gtidOn ? { ...beginning, gtidSet: (await gtidState(connection)).purged.toString() } : beginning;
  }
  if (facts.mariadb) return { ...beginning, gtidSet: parseSet(from.gtid, MariadbGtids) };
  if (!facts.gtidOn) {
    throw new Failure('configuration-invalid', 'the source does not use GTIDs (gtid_mode is not ON)', {
      place: 'source.from.gtid',
      remedy: 'begin at { file, position } instead, or turn on gtid_mode',
    });
  }
  return { ...beginning, gtidSet: parseSet(from.gtid, GtidSet) };
}

function parseSet(text: string, form: { parse(text: string): { toString(): string } }): string {
  try {
    return form.parse(text).toString();
  } catch (cause) {
    throw new Failure('configuration-invalid', 'not a GTID set', {
      place: 'source.from.gtid',
      remedy: 'expected e.g. 3e11fa47-71ca-11e1-9e33-c80aa9429562:1-23, and of MariaDB 0-1-23',
      cause,
    });
  }
}
