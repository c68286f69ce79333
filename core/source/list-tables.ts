import type { MysqlSource } from '../../coordination/schema/task-spec.js';
import { MysqlConnection } from './mysql-connection.js';
import { serverFacts } from './server-facts.js';
import { isSystemSchema } from './table-filter.js';

export interface SourceTable {
  readonly name: string;
  /** Columns of the primary key, in its order; empty where there is none. */
  readonly key: readonly string[];
  readonly columns: number;
  /** An estimate of the server's. */
  readonly rows: number | undefined;
  /** Data and indexes, an estimate of the server's. */
  readonly bytes: number | undefined;
  readonly engine: string | undefined;
}

export interface SourceTables {
  /** The server's version. */
  readonly server: string;
  readonly databases: readonly { readonly name: string; readonly tables: readonly SourceTable[] }[];
  /** There are more tables than are listed. */
  readonly truncated: boolean;
}

const TABLES_AT_MOST = 10_000;

/** The tables that an account sees, without MySQL's own. @throws Failure, or the signal's reason */
export async function listSourceTables(
  spec: MysqlSource['mysql'],
  password: string | undefined,
  database: string | undefined,
  signal: AbortSignal,
): Promise<SourceTables> {
  const connection = await MysqlConnection.open({ spec, password }, signal);
  const abort = (): void => void connection.close();
  signal.addEventListener('abort', abort, { once: true });
  try {
    const { version } = await serverFacts(connection);
    const only = database === undefined ? '' : ' AND t.TABLE_SCHEMA = ?';
    const values = database === undefined ? [] : [database];
    const tables = await connection.query(
      `SELECT t.TABLE_SCHEMA AS d, t.TABLE_NAME AS n, t.TABLE_ROWS AS r, t.DATA_LENGTH + t.INDEX_LENGTH AS b, t.ENGINE AS e
       FROM information_schema.TABLES t WHERE t.TABLE_TYPE = 'BASE TABLE'
         AND t.TABLE_SCHEMA NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')${only}
       ORDER BY 1, 2 LIMIT ${TABLES_AT_MOST + 1}`,
      values,
    );
    const columns = await connection.query(
      `SELECT t.TABLE_SCHEMA AS d, t.TABLE_NAME AS n, COUNT(*) AS c FROM information_schema.COLUMNS t
       WHERE t.TABLE_SCHEMA NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')${only} GROUP BY 1, 2`,
      values,
    );
    const keys = await connection.query(
      `SELECT t.TABLE_SCHEMA AS d, t.TABLE_NAME AS n, t.COLUMN_NAME AS c FROM information_schema.STATISTICS t
       WHERE t.INDEX_NAME = 'PRIMARY'
         AND t.TABLE_SCHEMA NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')${only}
       ORDER BY 1, 2, t.SEQ_IN_INDEX`,
      values,
    );
    const counted = new Map(columns.map((row) => [`${row['d']}.${row['n']}`, Number(row['c'])]));
    const keyed = new Map<string, string[]>();
    for (const row of keys) {
      const table = `${row['d']}.${row['n']}`;
      keyed.set(table, [...(keyed.get(table) ?? []), String(row['c'])]);
    }
    const databases = new Map<string, SourceTable[]>();
    for (const row of tables.slice(0, TABLES_AT_MOST)) {
      const schema = String(row['d']);
      if (isSystemSchema(schema)) continue;
      const name = `${schema}.${row['n']}`;
      const listed = databases.get(schema) ?? [];
      databases.set(schema, listed);
      listed.push({
        name: String(row['n']),
        key: keyed.get(name) ?? [],
        columns: counted.get(name) ?? 0,
        rows: row['r'] === null ? undefined : Number(row['r']),
        bytes: row['b'] === null ? undefined : Number(row['b']),
        engine: row['e'] === null ? undefined : String(row['e']),
      });
    }
    return {
      server: version,
      databases: [...databases].map(([name, listed]) => ({ name, tables: listed })),
      truncated: tables.length > TABLES_AT_MOST,
    };
  } finally {
    signal.removeEventListener('abort', abort);
    await connection.close();
  }
}
