import type { MysqlSource } from '../../../coordination/schema/task-spec.js';
import { MysqlConnection } from '../../source/mysql-connection.js';
import { identifier } from './literal.js';
import type { TableName } from './table-names.js';

/** What a sink that is a database may ask of a source that is one. */
export interface SourceSide {
  /**
   * Whether rows that foreign keys change stand in the binlog, as from MySQL 9.6 on; else the target's foreign keys have to do the same again.
   * @throws Failure
   */
  logsCascades(signal: AbortSignal): Promise<boolean>;
  /** The statement that makes a table, as the source has it now; undefined when it has none of this name. @throws Failure */
  definition(table: TableName, signal: AbortSignal): Promise<string | undefined>;
}

const NO_SUCH_TABLE = 1146;

/** Connects for each question: they are few. */
export function sourceSide(spec: MysqlSource['mysql'], password: string | undefined): SourceSide {
  const ask = async <T>(signal: AbortSignal, question: (connection: MysqlConnection) => Promise<T>): Promise<T> => {
    const connection = await MysqlConnection.open({ spec, password }, signal);
    try {
      return await question(connection);
    } finally {
      await connection.close();
    }
  };
  return {
    logsCascades: (signal) =>
      ask(signal, async (connection) => {
        const [row] = await connection.query("SHOW GLOBAL VARIABLES LIKE 'innodb_native_foreign_keys'");
        return row?.['Value'] === 'OFF';
      }),
    definition: ({ database, name }, signal) =>
      ask(signal, async (connection) => {
        try {
          const [row] = await connection.query(`SHOW CREATE TABLE ${identifier(database)}.${identifier(name)}`);
          return row && String(Object.values(row)[1]);
        } catch (error) {
          const { cause } = error as { cause?: { errno?: number } };
          if (cause?.errno === NO_SUCH_TABLE) return undefined;
          throw error;
        }
      }),
  };
}
