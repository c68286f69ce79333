/**
 * Where a row's milliseconds go: `node dist/bench/stages.js [rate] [seconds] [exactly-once|at-least-once]`. Source and sink run in a thread as in a
 * Core, with a clock at each of their steps; nothing of this is in the product. One line per stage.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { createLogger } from '../coordination/log.js';
import { kafkaSink, type KafkaSink } from '../coordination/schema/task-spec.js';
import { KafkaClient } from '../core/sink/kafkajs-client.js';
import { createKafkaSink } from '../core/sink/kafka-sink.js';
import { TransactionCoordinator } from '../core/sink/kafkajs-transactions.js';
import { ChunkQueue } from '../core/source/chunk-queue.js';
import { createMysqlSource } from '../core/source/mysql-source.js';
import { connectSql } from '../test/core/source/sql.js';
import { startStack } from '../test/stack/stack.js';
import { CommittedReader } from './committed-reader.js';
import { rowSql, TABLE } from './fill.js';
import { percentile } from './report.js';

const TASK = 'stages';
const TOPIC = 'stages.stages.t';
const CONNECTIONS = 4;

interface Setup {
  readonly mysql: { readonly host: string; readonly port: number };
  readonly kafka: KafkaSink;
}

/** What the thread saw of one chunk; times in ms of the machine's clock. */
interface ChunkTimes {
  /** When each row was read from the binlog, by id. */
  readonly read: readonly (readonly [id: number, at: number])[];
  readonly taken: number;
  readonly durable: number;
  /** Requests made for it, as name, start, end. */
  readonly requests: readonly (readonly [string, number, number])[];
}

const now = (): number => performance.timeOrigin + performance.now();

async function pipeline({ mysql, kafka }: Setup): Promise<void> {
  let requests: [string, number, number][] = [];
  const timed = <T extends object>(of: T, name: keyof T & string, as: (args: unknown[]) => string): void => {
    const original = of[name] as (...args: unknown[]) => Promise<unknown>;
    of[name] = async function (this: T, ...args: unknown[]) {
      const began = now();
      const mine = requests;
      try {
        return await original.apply(this, args);
      } finally {
        mine.push([as(args), began, now()]);
      }
    } as T[keyof T & string];
  };
  timed(KafkaClient.prototype, 'produce', () => 'produce');
  timed(TransactionCoordinator.prototype, 'add', () => 'add partitions');
  timed(TransactionCoordinator.prototype, 'end', () => 'end');
  const read = new Map<object, number>();
  const queue = ChunkQueue.prototype as { add: (...args: Parameters<ChunkQueue['add']>) => void };
  const { add } = queue;
  queue.add = function (change, ...rest) {
    read.set(change, now());
    add.call(this, change, ...rest);
  };
  const log = createLogger({ level: 'warn', pretty: false });
  const spec = { mysql: { ...mysql, user: 'root' }, tables: ['stages.*'], from: 'latest' as const };
  const source = createMysqlSource({ task: TASK, spec, log });
  const sink = createKafkaSink({ task: TASK, spec: kafka, log });
  const { signal } = new AbortController();
  const from = await source.start(signal);
  await sink.open(signal);
  await sink.claim({ term: 1, position: from, order: undefined, sink: undefined, adoptTerm: undefined }, signal);
  const chunks = source.read(from, signal)[Symbol.asyncIterator]();
  parentPort!.postMessage('ready');
  for (;;) {
    const { value: chunk } = (await chunks.next()) as { value: Parameters<typeof sink.write>[0] };
    const taken = now();
    requests = [];
    await sink.write(chunk, signal);
    const ids = chunk.changes.flatMap((change) =>
      change.kind === 'schema' ? [] : change.rows.map((row) => [Number(row[0]), read.get(change)!] as const),
    );
    for (const change of chunk.changes) read.delete(change);
    if (ids.length > 0) parentPort!.postMessage({ read: ids, taken, durable: now(), requests } satisfies ChunkTimes);
  }
}

async function main(rate: number, seconds: number, delivery: 'exactly-once' | 'at-least-once'): Promise<void> {
  const stack = await startStack({ mysql: 1, kafka: 1 }, { onProgress: (line) => console.error(line) });
  try {
    const { host, port } = stack.mysql[0]!;
    const brokers = [...stack.kafka[0]!.brokers];
    const sql = await connectSql(stack.mysql[0]!);
    await sql.run(`CREATE DATABASE stages; CREATE TABLE stages.t (${TABLE})`);
    const kafka = kafkaSink.parse({ brokers, delivery, partitions: 1 });
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { mysql: { host, port }, kafka } });
    const chunks: ChunkTimes[] = [];
    const sent = new Map<number, number>();
    const committed = new Map<number, number>();
    const arrived = new Map<number, number>();
    await new Promise<void>((resolve, reject) => {
      worker.once('error', reject);
      worker.on('message', (message: ChunkTimes | 'ready') => {
        if (message === 'ready') resolve();
        else chunks.push(message);
      });
    });
    const writers = await Promise.all(Array.from({ length: CONNECTIONS }, () => connectSql(stack.mysql[0]!)));
    let lastId = 0;
    const insert = async (): Promise<void> => {
      const id = ++lastId;
      sent.set(id, now());
      await writers[id % CONNECTIONS]!.run(`INSERT INTO stages.t VALUES ${rowSql(id)}`);
      committed.set(id, now());
    };
    await insert();
    while (chunks.length === 0) await sleep(5); // the topic is there now
    const reader = await CommittedReader.open(brokers[0]!, TOPIC, (key) => {
      arrived.set((JSON.parse(key.toString()) as { id: number }).id, now());
    });
    for (const [measured, length] of [
      [false, 3],
      [true, seconds],
    ] as const) {
      // prettier-ignore
      const began = performance.now();
      const first = lastId + 1;
      const inserts: Promise<void>[] = [];
      while (lastId + 1 - first < rate * length) {
        const due = first + Math.min(rate * length, Math.floor(((performance.now() - began) / 1000) * rate) + 1);
        while (lastId + 1 < due) inserts.push(insert());
        await sleep(1);
      }
      await Promise.all(inserts);
      while (arrived.size < lastId) await sleep(5);
      if (measured) report(first, chunks, { sent, committed, arrived });
    }
    await reader.close();
    await worker.terminate();
    await Promise.all([...writers, sql].map((one) => one.close()));
  } finally {
    await stack.stop();
  }
}

function report(
  first: number,
  chunks: readonly ChunkTimes[],
  seen: Record<'sent' | 'committed' | 'arrived', ReadonlyMap<number, number>>,
): void {
  const stages = new Map<string, number[]>();
  const note = (name: string, ms: number): void => {
    const list = stages.get(name);
    if (list) list.push(ms);
    else stages.set(name, [ms]);
  };
  for (const { read, taken, durable, requests } of chunks) {
    const ids = read.filter(([id]) => id >= first);
    if (ids.length === 0) continue;
    note('rows of a chunk (no time)', ids.length);
    note('chunk: taken to durable', durable - taken);
    for (const [name, start, end] of requests) note(`chunk: ${name}`, end - start);
    const inRequests = requests.reduce((sum, [, start, end]) => sum + (end - start), 0);
    note('chunk: besides its requests', durable - taken - inRequests);
    for (const [id, at] of ids) {
      note('row: statement sent to read from the binlog', at - seen.sent.get(id)!);
      note('row: waits for the chunk before', taken - at);
      note('row: durable to read by the consumer', seen.arrived.get(id)! - durable);
      note('row: commit answered to read by the consumer', seen.arrived.get(id)! - seen.committed.get(id)!);
    }
  }
  for (const [name, times] of [...stages].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [p50, p90, p99, max] = [0.5, 0.9, 0.99, 1].map((share) => percentile(times, share).toFixed(2).padStart(8));
    console.log(
      `${name.padEnd(48)} ${String(times.length).padStart(6)}  p50 ${p50}  p90 ${p90}  p99 ${p99}  max ${max}`,
    );
  }
}

if (!isMainThread) {
  await pipeline(workerData as Setup);
} else {
  const [rate = '500', seconds = '10', delivery = 'exactly-once'] = process.argv.slice(2);
  await main(Number(rate), Number(seconds), delivery === 'at-least-once' ? delivery : 'exactly-once');
  process.exit();
}
