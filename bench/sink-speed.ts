/**
 * What the sink costs: `node dist/bench/sink-speed.js [HOST:PORT of a broker] [records]`. Encoding alone needs no broker; with one,
 * the whole sink is measured, beside kafkajs's own producer in the same run. One JSON line per measurement.
 */
import { Kafka, logLevel } from 'kafkajs';
import { createLogger } from '../coordination/log.js';
import { kafkaSink } from '../coordination/schema/task-spec.js';
import type { Change, Table } from '../core/change.js';
import { createDebeziumFormat } from '../core/format/debezium.js';
import { createKafkaSink } from '../core/sink/kafka-sink.js';
import { Outbox } from '../core/sink/outbox.js';
import { RecordBatchBuilder, stampBatch } from '../core/sink/record-batch.js';

const [broker, total = '200000'] = process.argv.slice(2);
const records = Number(total);
const ROWS_PER_EVENT = 10;
const EVENTS_PER_WRITE = 400;
const signal = new AbortController().signal;

const table: Table = {
  database: 'shop',
  name: `orders_${process.pid}`,
  key: [0],
  columns: [
    { name: 'id', type: 8, unsigned: false },
    { name: 'customer', type: 3, unsigned: false },
    { name: 'state', type: 247, unsigned: false },
    { name: 'amount', type: 246, unsigned: false, decimals: 2 },
    { name: 'rate', type: 5, unsigned: false },
    { name: 'note', type: 15, unsigned: false, charset: 'utf8mb4' },
    { name: 'created', type: 18, unsigned: false, decimals: 6 },
    { name: 'updated', type: 17, unsigned: false, decimals: 0 },
    { name: 'flags', type: 2, unsigned: true },
    { name: 'token', type: 254, unsigned: false, charset: 'binary', length: 16 },
  ],
};
const token = Buffer.from('0123456789abcdef');

function change(firstId: number): Change {
  const rows = Array.from({ length: ROWS_PER_EVENT }, (_, i) => {
    const id = firstId + i;
    return [id, id % 9973, 'paid', '12345.25', id / 7, 'a note of some length about an order and its customer',
      '2025-10-09 08:53:20.123456', '2025-10-09 08:53:20', id % 65536, token]; // prettier-ignore
  });
  const place = {
    file: 'binlog.000012',
    offset: firstId,
    serverId: 1,
    time: 1_760_000_000_123,
    thread: 88,
    gtid: 'uuid:1',
  };
  return { kind: 'insert', table, place, rows };
}

function changes(): Change[][] {
  const writes: Change[][] = [];
  for (let id = 0; id < records;) {
    const write: Change[] = [];
    for (let i = 0; i < EVENTS_PER_WRITE && id < records; i++, id += ROWS_PER_EVENT) write.push(change(id));
    writes.push(write);
  }
  return writes;
}

async function measure(name: string, run: () => Promise<void> | void, bytes?: () => number): Promise<void> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await run();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  console.log(
    JSON.stringify({
      name,
      recordsPerSecond: Math.round(records / seconds),
      cpuMicrosPerRecord: Number(((user + system) / records).toFixed(2)),
      ...(bytes ? { bytesPerRecord: Math.round(bytes() / records) } : {}),
    }),
  );
}

const writes = changes();

async function encodeOnly(): Promise<void> {
  const format = createDebeziumFormat({ task: 'bench', tombstones: true });
  let bytes = 0;
  await measure(
    'encode: format only',
    () => {
      const output = {
        record: (_row: number, _key: string | null, value: string | null) => void (bytes += value?.length ?? 0),
      };
      for (const write of writes) for (const one of write) format.encode(one, output);
    },
    () => bytes,
  );
  for (const partitions of [1, 8]) {
    bytes = 0;
    await measure(
      `encode: format, ${partitions} partitions, batches with checksum`,
      () => {
        const topic = { name: 't', partitions, maxBatchBytes: 1_048_588 };
        const outbox = new Outbox({ batchBytes: 2 ** 20, wireSize: () => 0 });
        const lanes = Array.from({ length: partitions }, (_, partition) => ({
          topic,
          partition,
          full: [],
          open: new RecordBatchBuilder(),
        }));
        outbox.to({ topic, keyless: 0, lanes });
        const seal = (): void => {
          for (const { batch } of outbox.take()) {
            bytes += stampBatch(batch, { producerId: 1n, producerEpoch: 0, sequence: 0 }, 0).length;
          }
        };
        for (const write of writes) {
          for (const one of write) {
            format.encode(one, outbox);
            if (outbox.bytes > 2 ** 20) seal();
          }
        }
        while (outbox.bytes > 0) seal();
      },
      () => bytes,
    );
  }
}

async function throughBroker(brokers: string[]): Promise<void> {
  const log = createLogger({ level: 'warn', pretty: false });
  for (const [partitions, compression] of [
    [1, 'none'],
    [8, 'none'],
    [1, 'gzip'],
  ] as const) {
    // prettier-ignore
    const topic = `bench-${process.pid}-${partitions}-${compression}`;
    const spec = kafkaSink.parse({ brokers, topic, partitions, compression, delivery: 'at-least-once' });
    const sink = createKafkaSink({ task: 'bench', spec, log });
    await sink.open(signal);
    const end = { file: 'binlog.000012', offset: 0, events: 0 };
    await sink.write({ changes: writes[0]!, end }, signal);
    await measure(`sink: ${partitions} partitions, ${compression}`, async () => {
      for (const write of writes) await sink.write({ changes: write, end }, signal);
    });
    if (partitions === 1 && compression === 'none')
      await latency(async () => sink.write({ changes: [change(1)], end }, signal));
    await sink.close();
  }
  await kafkajsAlone(brokers);
}

/** One small change after the other, ten records each. */
async function latency(write: () => Promise<unknown>): Promise<void> {
  const times: number[] = [];
  for (let i = 0; i < 3000; i++) {
    const start = performance.now();
    await write();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): number => Number(times[Math.floor(times.length * share)]!.toFixed(2));
  console.log(
    JSON.stringify({ name: 'sink: one small write at a time, ms', p50: at(0.5), p99: at(0.99), max: at(0.9999) }),
  );
}

/** The same records, already encoded, by kafkajs's own producer: 1,000 per send, as more take quadratic time. */
async function kafkajsAlone(brokers: string[]): Promise<void> {
  const producer = new Kafka({ brokers, logLevel: logLevel.NOTHING }).producer({
    idempotent: true,
    createPartitioner: () => () => 0,
  });
  await producer.connect();
  const topic = `bench-${process.pid}-1-none`;
  const format = createDebeziumFormat({ task: 'bench', tombstones: true });
  await measure('kafkajs: 1 partition, none', async () => {
    let messages: { key: string | null; value: string | null }[] = [];
    const output = {
      record: (_row: number, key: string | null, value: string | null) => void messages.push({ key, value }),
    };
    for (const write of writes) {
      for (const one of write) {
        format.encode(one, output);
        if (messages.length < 1000) continue;
        await producer.send({ topic, messages });
        messages = [];
      }
    }
    if (messages.length > 0) await producer.send({ topic, messages });
  });
  await producer.disconnect();
}

for (let run = 0; run < 3; run++) await encodeOnly();
if (broker !== undefined) await throughBroker([broker]);
