/**
 * How fast the source alone reads a backlog: `node dist/bench/source-speed.js HOST:PORT [rows per transaction] [rows]`, against a MySQL server
 * that may be written to (user root without password). Prints one JSON line per run.
 */
import { createConnection } from 'mysql2/promise';
import { createMysqlSource } from '../core/source/mysql-source.js';

const [server = '127.0.0.1:3306', perTransaction = '10', total = '500000'] = process.argv.slice(2);
const [host = '127.0.0.1', port = '3306'] = server.split(':');
const rowsPerTransaction = Number(perTransaction);
const rows = Number(total);

const connection = await createConnection({ host, port: Number(port), user: 'root' });
const source = createMysqlSource({
  task: 'source_speed',
  spec: {
    mysql: { host, port: Number(port), user: 'root' },
    tables: ['source_speed.*'],
    from: 'latest',
  },
  log: { info: () => undefined, warn: () => undefined },
});
const abort = new AbortController();
await connection.query('DROP DATABASE IF EXISTS source_speed');
await connection.query('CREATE DATABASE source_speed');
await connection.query(
  `CREATE TABLE source_speed.t (id BIGINT PRIMARY KEY, customer INT NOT NULL, state ENUM('new','paid','sent'), amount DECIMAL(12,2),
   rate DOUBLE, note VARCHAR(100), created DATETIME(6), updated TIMESTAMP, flags SMALLINT UNSIGNED, token BINARY(16))`,
);
const from = await source.start(abort.signal);
await fill();
for (let run = 0; run < 3; run++) console.log(JSON.stringify(await read()));
await source.close();
await connection.query('DROP DATABASE source_speed');
await connection.end();

async function fill(): Promise<void> {
  const values = (id: number): string =>
    `(${id},${id % 9973},'paid',${id % 100000}.25,${id}/7,'a note of some length about order ${id} and its customer',NOW(6),NOW(),${id % 65536},UNHEX(LPAD(HEX(${id}),32,'5')))`;
  for (let id = 0; id < rows; id += rowsPerTransaction) {
    const lines = Array.from({ length: Math.min(rowsPerTransaction, rows - id) }, (_, i) => values(id + i));
    await connection.query(`INSERT INTO source_speed.t VALUES ${lines.join(',')}`);
  }
}

async function read(): Promise<object> {
  const began = performance.now();
  const cpu = process.cpuUsage();
  let seen = 0;
  let bytes = 0;
  let chunks = 0;
  let peak = 0;
  for await (const chunk of source.read(from, abort.signal)) {
    seen += chunk.rows;
    bytes += chunk.bytes;
    chunks++;
    peak = Math.max(peak, process.memoryUsage.rss());
    if (seen >= rows) break;
  }
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return {
    rows: seen,
    rowsPerTransaction,
    chunks,
    seconds: Number(seconds.toFixed(2)),
    rowsPerSecond: Math.round(seen / seconds),
    megabytesPerSecond: Number((bytes / 1e6 / seconds).toFixed(1)),
    cpuSeconds: Number(((user + system) / 1e6).toFixed(2)),
    peakRssMB: Math.round(peak / 1e6),
  };
}
