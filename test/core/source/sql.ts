import { createConnection } from 'mysql2/promise';

/** A client of a test's server. Several statements may stand in one call. */
export interface Sql {
  run(statements: string): Promise<void>;
  /** Cells as the bytes of the text that the server sends. */
  cells(query: string): Promise<(Buffer | null)[][]>;
  /** The first row's first cell as text. */
  one(query: string): Promise<string>;
  close(): Promise<void>;
}

export async function connectSql(server: { host: string; port: number }): Promise<Sql> {
  const connection = await createConnection({
    host: server.host,
    port: server.port,
    user: 'root',
    multipleStatements: true,
    charset: 'utf8mb4',
  });
  connection.on('error', () => undefined);
  const cells = async (sql: string): Promise<(Buffer | null)[][]> => {
    const [rows] = await connection.query({ sql, rowsAsArray: true, typeCast: (field) => field.buffer() });
    return rows as unknown as (Buffer | null)[][];
  };
  return {
    run: async (statements) => {
      await connection.query(statements);
    },
    cells,
    one: async (query) => String((await cells(query))[0]?.[0] ?? ''),
    close: async () => {
      await connection.end();
    },
  };
}
