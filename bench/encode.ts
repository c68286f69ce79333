/**
 * From binlog bytes to batches of Debezium JSON ready for the socket, in one thread and with no server in the way: `npm run bench -- --only encode`. A real
 * server writes the binlog, which is read into memory first; then it is gone through from bytes to bytes and by way of values in turn.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDebeziumFormat } from '../core/format/debezium.js';
import { BatchBuffers } from '../core/sink/batch-buffers.js';
import { Outbox, type Lane } from '../core/sink/outbox.js';
import { RecordBatchBuilder, stampBatch } from '../core/sink/record-batch.js';
import { RecordMarks } from '../core/sink/record-marks.js';
import { BinlogReader } from '../core/source/binlog-reader.js';
import { ChunkQueue } from '../core/source/chunk-queue.js';
import { PositionTracker } from '../core/source/position-tracker.js';
import { withoutImages } from '../test/core/format/collected.js';
import { connectSql } from '../test/core/source/sql.js';
import { fill, TABLE } from './fill.js';
import type { Figure } from './report.js';

const CHUNK_BYTES = 2 ** 19;
const ROUND_BYTES = 2 ** 20 - 2 ** 16;
/** The first runs compile. */
const RUNS = 8;
const BAR = 1_000_000;

/** The whole binlog file that has the bench's rows and nothing else. */
async function binlogOfRows(
  server: { host: string; port: number },
  rows: number,
  perTransaction: number,
): Promise<Buffer> {
  const sql = await connectSql(server);
  try {
    await sql.run(
      `DROP DATABASE IF EXISTS encode; CREATE DATABASE encode; CREATE TABLE encode.t (${TABLE}); FLUSH BINARY LOGS`,
    );
    const [status] = await sql.cells('SHOW BINARY LOG STATUS');
    await fill(server, 'encode.t', rows, perTransaction);
    await sql.run('FLUSH BINARY LOGS'); // only a closed file has its first event's right checksum
    return readFileSync(join(await sql.one('SELECT @@datadir'), String(status![0])));
  } finally {
    await sql.close();
  }
}

/** The best of some runs each, 10 rows and one row a transaction. */
export async function measureEncode(server: { host: string; port: number }, share: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const perTransaction of [10, 1]) {
    const rows = 200_000 / share;
    const file = await binlogOfRows(server, rows, perTransaction);
    const best = { 'bytes to bytes': 0, 'by values': 0 };
    for (let i = 0; i < RUNS; i++) {
      for (const way of ['bytes to bytes', 'by values'] as const)
        best[way] = Math.max(best[way], await encodeFile(file, way));
    }
    const part = `binlog bytes to batches of Debezium JSON, ${rows} rows, ${perTransaction} a transaction`;
    const bar = perTransaction === 10 ? { bar: { atLeast: BAR } } : {};
    const unit = 'rows per CPU second';
    figures.push(
      { part, name: 'from bytes to bytes', value: best['bytes to bytes'], unit, ...bar },
      { part, name: 'by way of values', value: best['by values'], unit },
      { part, name: 'times that', value: best['bytes to bytes'] / best['by values'], unit: '×' },
    );
  }
  return figures;
}

type Way = 'bytes to bytes' | 'by values';

/** Rows per second of CPU time, the garbage collector's included. */
export async function encodeFile(file: Buffer, way: Way): Promise<number> {
  const starts = [4];
  for (let at = 4; at < file.length;) starts.push((at += file.readUInt32LE(at + 9)));
  const from = { file: 'binlog.000001', offset: 4, events: 0 };
  const tracker = new PositionTracker({ from, serverUuid: undefined, sameServer: true, passOver: false });
  tracker.rotate(from.file, from.offset);
  const nothing = (): void => undefined;
  const queue = new ChunkQueue({
    maxChunkBytes: CHUNK_BYTES,
    maxQueuedBytes: 2 * CHUNK_BYTES,
    onFull: nothing,
    onRoom: nothing,
    committed: () => tracker.committed(),
  });
  const reader = new BinlogReader({ tracker, queue, filter: () => true });
  const format = createDebeziumFormat({ task: 'encode', tombstones: true });
  const marks = new RecordMarks();
  marks.term(1);
  const buffers = new BatchBuffers();
  const outbox = new Outbox({ batchBytes: 2 ** 20, marks, wireSize: () => 0 });
  const topic = { name: 'encode', partitions: 1, maxBatchBytes: 1_048_588 };
  const lane: Lane = { topic, partition: 0, full: [], open: new RecordBatchBuilder(buffers) };
  outbox.to({ topic, keyless: 0, lanes: [lane] });
  let [sequence, seen] = [0, 0];
  const seal = (): void => {
    for (const { batch } of outbox.take()) {
      stampBatch(batch, { producerId: 1n, producerEpoch: 0, sequence }, 0);
      sequence += batch.count;
      buffers.give(batch.bytes);
    }
  };
  const { signal } = new AbortController();
  const cpu = process.cpuUsage();
  for (let i = 0; i + 1 < starts.length;) {
    const chunkEnd = starts[i]! + CHUNK_BYTES;
    for (; i + 1 < starts.length && starts[i]! < chunkEnd; i++) reader.event(file, starts[i]!, starts[i + 1]!);
    const chunk = await queue.next(signal);
    seen += chunk.rows;
    for (const change of chunk.changes) {
      marks.at(change.place);
      format.encode(way === 'by values' && change.kind !== 'schema' ? withoutImages(change) : change, outbox);
      if (outbox.bytes > ROUND_BYTES) seal();
    }
  }
  while (outbox.bytes > 0) seal();
  const { user, system } = process.cpuUsage(cpu);
  return (seen * 1e6) / (user + system);
}
