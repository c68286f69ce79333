import { Failure } from '../../coordination/failure.js';
import { GtidSet } from './gtid-set.js';
import type { MysqlConnection } from './mysql-connection.js';

/** What a source says of itself. */
export interface ServerFacts {
  readonly version: string;
  readonly mariadb: boolean;
  /** `server_uuid`, or MariaDB's `server_uid` (from 10.10 on). */
  readonly uuid: string | undefined;
  readonly serverId: number;
  readonly gtidOn: boolean;
  readonly lowerCaseTableNames: number;
  /** Global variables by lower-case name, of those that matter to a preflight. */
  readonly variables: ReadonlyMap<string, string>;
}

const VARIABLES = [
  'binlog_expire_logs_seconds',
  'binlog_format',
  'binlog_row_image',
  'binlog_row_metadata',
  'binlog_row_value_options',
  'binlog_transaction_compression',
  'expire_logs_days',
  'gtid_mode',
  'log_bin',
  'log_bin_compress',
  'lower_case_table_names',
  'server_id',
  'server_uid',
  'server_uuid',
  'version',
];

/** Asks a server for its settings; works with every flavour, since unknown variables are just absent. @throws Failure */
export async function serverFacts(connection: MysqlConnection): Promise<ServerFacts> {
  const names = VARIABLES.map((name) => `'${name}'`).join(', ');
  const rows = await connection.query(`SHOW GLOBAL VARIABLES WHERE Variable_name IN (${names})`);
  const variables = new Map(rows.map((row) => [String(row['Variable_name']).toLowerCase(), String(row['Value'])]));
  const version = variables.get('version') ?? '';
  return {
    version,
    mariadb: /mariadb/i.test(version),
    uuid: variables.get('server_uuid') ?? variables.get('server_uid'),
    serverId: Number(variables.get('server_id')),
    gtidOn: variables.get('gtid_mode') === 'ON',
    lowerCaseTableNames: Number(variables.get('lower_case_table_names') ?? 0),
    variables,
  };
}

export interface BinlogFile {
  readonly name: string;
  readonly size: number;
}

/** The binlog files that the server still has, oldest first. @throws Failure */
export async function binlogFiles(connection: MysqlConnection): Promise<BinlogFile[]> {
  const rows = await connection.query('SHOW BINARY LOGS');
  return rows.map((row) => ({ name: String(row['Log_name']), size: Number(row['File_size']) }));
}

export interface GtidState {
  readonly executed: GtidSet;
  readonly purged: GtidSet;
}

/** Which transactions the server has executed, and which of them its binlog no longer has. @throws Failure */
export async function gtidState(connection: MysqlConnection): Promise<GtidState> {
  const [row] = await connection.query('SELECT @@GLOBAL.gtid_executed AS executed, @@GLOBAL.gtid_purged AS purged');
  return {
    executed: GtidSet.parse(String(row?.['executed'] ?? '')),
    purged: GtidSet.parse(String(row?.['purged'] ?? '')),
  };
}

export interface LogEnd {
  readonly file: string;
  readonly offset: number;
  readonly gtidSet: string;
}

/** The end of the binlog and the transactions executed up to it, as one answer. @throws Failure */
export async function logEnd(connection: MysqlConnection, facts: ServerFacts): Promise<LogEnd> {
  const [major = 0, minor = 0] = facts.version.split('.').map((part) => Number.parseInt(part, 10));
  const renamed = !facts.mariadb && (major > 8 || (major === 8 && minor >= 2));
  const [row] = await connection.query(renamed ? 'SHOW BINARY LOG STATUS' : 'SHOW MASTER STATUS');
  if (!row) {
    throw new Failure('source-misconfigured', 'the source writes no binlog', {
      remedy: 'start the server with --log-bin (it is on by default; look for skip-log-bin in my.cnf)',
    });
  }
  const end = { file: String(row['File']), offset: Number(row['Position']) };
  if (!facts.mariadb) return { ...end, gtidSet: String(row['Executed_Gtid_Set'] ?? '').replace(/\s/g, '') };
  const [gtids] = await connection.query('SELECT BINLOG_GTID_POS(?, ?) AS gtids', [end.file, end.offset]);
  return { ...end, gtidSet: String(gtids?.['gtids'] ?? '') };
}
