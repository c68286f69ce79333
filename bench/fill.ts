import { connectSql } from '../test/core/source/sql.js';

const CONNECTIONS = 6;
const STATEMENTS_PER_CALL = 50;
const NOTE = 'a note of some length about an order, its customer, and what both of them may have wished for; '.repeat(
  2,
);

/** Columns of the bench's table. */
export const TABLE = `id BIGINT PRIMARY KEY, customer INT NOT NULL, state ENUM('new','paid','sent'), amount DECIMAL(12,2), rate DOUBLE,
  note VARCHAR(200), created DATETIME(6), updated TIMESTAMP, flags SMALLINT UNSIGNED, token BINARY(16)`;

/** One row of the bench's table as SQL: about 200 bytes in the binlog. */
export function rowSql(id: number): string {
  return `(${id},${id % 9973},'paid',${id % 100_000}.25,${id}/7,'${NOTE.slice(0, 120)}',NOW(6),NOW(),${id % 65_536},UNHEX(LPAD(HEX(${id}),32,'5')))`;
}

/** Writes rows 1 to `rows`, `perTransaction` to a transaction, through several connections. */
export async function fill(
  server: { host: string; port: number },
  table: string,
  rows: number,
  perTransaction: number,
): Promise<void> {
  let next = 1;
  const insert = (): string => {
    const ids = Array.from({ length: Math.min(perTransaction, rows - next + 1) }, (_, i) => next + i);
    next += ids.length;
    return `INSERT INTO ${table} VALUES ${ids.map(rowSql).join(',')}`;
  };
  const work = async (): Promise<void> => {
    const sql = await connectSql(server);
    try {
      while (next <= rows) {
        const statements: string[] = [];
        while (statements.length < STATEMENTS_PER_CALL && next <= rows) statements.push(insert());
        await sql.run(statements.join(';')); // autocommit: each statement is a transaction
      }
    } finally {
      await sql.close();
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
}
