/**
 * Decoding alone, ours beside zongji's, in one process on the same bytes: `npm run bench -- --only decode`. A real server writes the binlog;
 * its files are read from the data folder, so nothing but decoding is measured.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createConnection, type Connection } from 'mysql2/promise';
import type { Change } from '../core/change.js';
import { BinlogReader } from '../core/source/binlog-reader.js';
import type { ChangeQueue } from '../core/source/chunk-queue.js';
import { PositionTracker } from '../core/source/position-tracker.js';
import type { Figure } from './report.js';
import { zongjiDecoder } from '../test/core/source/zongji-oracle.js';

export interface DecodeShape {
  readonly name: string;
  /** Column definitions after `id`. */
  readonly columns: string;
  readonly values: (id: number) => string;
  readonly rows: number;
  readonly perTransaction: number;
}

/** Five columns of the usual kinds. */
const FIVE = {
  columns: 'name VARCHAR(40), amount DECIMAL(12,2), created DATETIME(3), state INT',
  values: (id: number) => `'customer number ${id}',${id % 100_000}.25,'2025-10-09 08:53:20.123',${id % 7}`,
};
/** The bench's row. */
const TEN = {
  columns: `customer INT NOT NULL, state ENUM('new','paid','sent'), amount DECIMAL(12,2), rate DOUBLE, note VARCHAR(100),
    created DATETIME(6), updated TIMESTAMP, flags SMALLINT UNSIGNED, token BINARY(16)`,
  values: (id: number) =>
    `${id % 9973},'paid',${id % 100_000}.25,${id}/7,'a note of some length about order ${id} and its customer',NOW(6),NOW(),${id % 65_536},` +
    `UNHEX(LPAD(HEX(${id}),32,'5'))`,
};

export const SHAPES: readonly DecodeShape[] = [
  { name: 'bulk, 5 columns', ...FIVE, rows: 200_000, perTransaction: 1000 },
  { name: 'one-row transactions, 5 columns', ...FIVE, rows: 20_000, perTransaction: 1 },
  { name: 'bulk, 10 columns', ...TEN, rows: 100_000, perTransaction: 1000 },
  { name: 'one-row transactions, 10 columns', ...TEN, rows: 20_000, perTransaction: 1 },
];

/** Writes the rows on the server and returns the whole binlog file that has them and nothing else. */
export async function binlogOf(server: { port: number; dataDir: string }, shape: DecodeShape): Promise<Buffer> {
  const connection = await createConnection({ host: '127.0.0.1', port: server.port, user: 'root' });
  try {
    await connection.query('CREATE DATABASE IF NOT EXISTS decode');
    await connection.query('DROP TABLE IF EXISTS decode.t');
    await connection.query(`CREATE TABLE decode.t (id BIGINT PRIMARY KEY, ${shape.columns})`);
    await connection.query('FLUSH BINARY LOGS');
    const file = await current(connection);
    for (let id = 0; id < shape.rows; id += shape.perTransaction) {
      const rows = Array.from({ length: shape.perTransaction }, (_, i) => `(${id + i},${shape.values(id + i)})`);
      await connection.query(`INSERT INTO decode.t VALUES ${rows.join()}`);
    }
    await connection.query('FLUSH BINARY LOGS');
    return readFileSync(join(server.dataDir, file));
  } finally {
    await connection.end();
  }
}

async function current(connection: Connection): Promise<string> {
  const [rows] = await connection.query('SHOW BINARY LOG STATUS');
  return (rows as { File: string }[])[0]!.File;
}

/** Where each event of a binlog file begins; the last entry is the end. */
export function eventStarts(file: Buffer): number[] {
  const starts = [4];
  for (let at = 4; at < file.length;) starts.push((at += file.readUInt32LE(at + 9)));
  return starts;
}

/** Seconds to decode the file with ours; every row is looked at. */
export function decodeOurs(file: Buffer, starts: readonly number[], rows: number): number {
  const from = { file: 'binlog.000001', offset: 4, events: 0 };
  const tracker = new PositionTracker({ from, serverUuid: undefined, sameServer: true, passOver: false });
  tracker.rotate(from.file, from.offset);
  let seen = 0;
  // As zongji's events here, changes are looked at and dropped.
  const queue: ChangeQueue = {
    add: (change) => {
      seen += rowsOf(change);
    },
    commit: () => undefined,
    idle: () => undefined,
    full: false,
    room: () => Promise.resolve(),
  };
  const reader = new BinlogReader({ tracker, queue, filter: () => true });
  const began = performance.now();
  for (let i = 0; i + 1 < starts.length; i++) reader.event(file, starts[i]!, starts[i + 1]!);
  const seconds = (performance.now() - began) / 1000;
  if (seen !== rows) throw new Error(`${seen} rows instead of ${rows}`);
  return seconds;
}

function rowsOf(change: Change): number {
  return change.kind === 'schema' ? 0 : change.rows.length;
}

/** Seconds to decode the file with zongji's decoder. */
export async function decodeZongji(file: Buffer, starts: readonly number[], rows: number): Promise<number> {
  let seen = 0;
  const feed = await zongjiDecoder((event) => {
    if (event.rows) seen += event.rows.length;
  });
  const began = performance.now();
  for (let i = 0; i + 1 < starts.length; i++) feed(file, starts[i]!, starts[i + 1]!);
  const seconds = (performance.now() - began) / 1000;
  if (seen !== rows) throw new Error(`zongji: ${seen} rows instead of ${rows}`);
  return seconds;
}

const ROUNDS = 4;

/** Both decoders on each shape, in turn; the fastest round of each counts. `share`: of the rows only one in so many. */
export async function measureDecode(server: { port: number; dataDir: string }, share: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const shape of SHAPES) {
    const rows = Math.ceil(shape.rows / share / shape.perTransaction) * shape.perTransaction;
    const file = await binlogOf(server, { ...shape, rows });
    const starts = eventStarts(file);
    let [ours, zongji] = [Infinity, Infinity];
    for (let round = 0; round < ROUNDS; round++) {
      ours = Math.min(ours, decodeOurs(file, starts, rows));
      zongji = Math.min(zongji, await decodeZongji(file, starts, rows));
    }
    const part = `decoding alone, ${shape.name}`;
    figures.push(
      { part, name: 'ours', value: rows / ours, unit: 'rows/s' },
      { part, name: 'zongji’s decoder', value: rows / zongji, unit: 'rows/s' },
      {
        part,
        name: 'times as fast',
        value: zongji / ours,
        unit: '',
        bar: { atLeast: shape.perTransaction === 1 ? 8 : 5 },
      },
    );
  }
  return figures;
}
