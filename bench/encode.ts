/**
 * From binlog bytes to batches of Debezium JSON ready for the socket, in one thread and with no server in the way:
 * `node dist/bench/encode.js [rows] [rows per transaction] [runs] [FILE]`. A real server writes the binlog, which is read into memory first; with a FILE it is
 * kept there, and taken from there the next time. Runs go from bytes to bytes and by way of values in turn; one JSON line for each.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Change } from '../core/change.js';
import { createDebeziumFormat } from '../core/format/debezium.js';
import { BatchBuffers } from '../core/sink/batch-buffers.js';
import { Outbox, type Lane } from '../core/sink/outbox.js';
import { RecordBatchBuilder, stampBatch } from '../core/sink/record-batch.js';
import { RecordMarks } from '../core/sink/record-marks.js';
import { BinlogReader } from '../core/source/binlog-reader.js';
import { ChunkQueue } from '../core/source/chunk-queue.js';
import { PositionTracker } from '../core/source/position-tracker.js';
import { connectSql } from '../test/core/source/sql.js';
import { startStack } from '../test/stack/stack.js';
import { fill, TABLE } from './fill.js';

const [rows = '200000', perTransaction = '10', runs = '5', kept] = process.argv.slice(2);
const CHUNK_BYTES = 2 ** 19;
const ROUND_BYTES = 2 ** 20;

/** The whole binlog file that has the rows. */
async function binlog(): Promise<Buffer> {
  if (kept !== undefined && existsSync(kept)) return readFileSync(kept);
  const stack = await startStack({ mysql: 1 }, { onProgress: (line) => console.error(line) });
  try {
    const [mysql] = stack.mysql;
    const sql = await connectSql(mysql!);
    await sql.run(
      `CREATE DATABASE encode; CREATE TABLE encode.t (${TABLE}); SET GLOBAL max_binlog_size = 1073741824; FLUSH BINARY LOGS`,
    );
    const [status] = await sql.cells('SHOW BINARY LOG STATUS');
    await fill(mysql!, 'encode.t', Number(rows), Number(perTransaction));
    await sql.run('FLUSH BINARY LOGS'); // only a closed file has its first event's right checksum
    const folder = await sql.one('SELECT @@datadir');
    await sql.close();
    const file = readFileSync(join(folder, String(status![0])));
    if (kept !== undefined) writeFileSync(kept, file);
    return file;
  } finally {
    await stack.stop();
  }
}

async function run(file: Buffer, way: 'bytes to bytes' | 'by values'): Promise<object> {
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
  let [bytes, sequence, seen] = [0, 0, 0];
  const seal = (): void => {
    for (const { batch } of outbox.take()) {
      bytes += stampBatch(batch, { producerId: 1n, producerEpoch: 0, sequence }, 0).length;
      sequence += batch.count;
      buffers.give(batch.bytes);
    }
  };
  const { signal } = new AbortController();
  const began = performance.now();
  const cpu = process.cpuUsage();
  for (let i = 0; i + 1 < starts.length;) {
    const chunkEnd = starts[i]! + CHUNK_BYTES;
    for (; i + 1 < starts.length && starts[i]! < chunkEnd; i++) reader.event(file, starts[i]!, starts[i + 1]!);
    const chunk = await queue.next(signal);
    seen += chunk.rows;
    for (const change of chunk.changes) {
      marks.at(change.place);
      format.encode(way === 'by values' ? withoutImages(change) : change, outbox);
      if (outbox.bytes > ROUND_BYTES) seal();
    }
  }
  while (outbox.bytes > 0) seal();
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return {
    way,
    rows: seen,
    rowsPerTransaction: Number(perTransaction),
    rowsPerSecond: Math.round(seen / seconds),
    cpuMicrosPerRow: Number(((user + system) / seen).toFixed(3)),
    rowsPerCpuSecond: Math.round((seen * 1e6) / (user + system)),
    bytesPerRecord: Math.round(bytes / seen),
  };
}

function withoutImages(change: Change): Change {
  if (change.kind === 'schema') return change;
  const { kind, table, place, rows } = change;
  return kind === 'update' ? { kind, table, place, rows, before: change.before } : { kind, table, place, rows };
}

const file = await binlog();
/** Where its events begin, and the end. */
const starts = [4];
for (let at = 4; at < file.length;) starts.push((at += file.readUInt32LE(at + 9)));
for (let i = 0; i < Number(runs); i++) {
  for (const way of ['bytes to bytes', 'by values'] as const) console.log(JSON.stringify(await run(file, way)));
}
