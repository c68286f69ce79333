import assert from 'node:assert/strict';
import { connect, createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { Failure } from '../../../coordination/failure.js';
import type { Row } from '../../../core/change.js';
import type { Sink } from '../../../core/sink/sink.js';
import type { KafkaBroker } from '../../stack/kafka-broker.js';
import type { TcpProxy } from '../../stack/proxy.js';
import { startProxy } from '../../stack/proxy.js';
import type { Stack } from '../../stack/stack.js';
import { startStack } from '../../stack/stack.js';
import { end, insert, never, table, testSink } from './fixtures.js';
import { readTopic } from './read-topic.js';

const PATIENCE_MS = 1_500;
const ROWS = 50;

let stack: Stack;
let broker: KafkaBroker;
let proxy: TcpProxy;
let proxied: string[];

before(async () => {
  stack = await startStack({ kafka: 1 });
  broker = stack.kafka[0]!;
  proxy = await startProxy(broker.behindProxy.target, { port: broker.behindProxy.listen.port });
  proxied = [`${broker.behindProxy.listen.host}:${broker.behindProxy.listen.port}`];
});
after(async () => {
  await proxy.close();
  await stack.stop();
});

/** Writes chunk after chunk of numbered rows, as the pipeline does: after a failure it closes, opens and repeats the chunk. */
class Stream {
  readonly failures: Failure[] = [];
  readonly #sink: Sink;
  readonly #table;
  /** Chunks that are durable. */
  chunks = 0;
  #look: (() => void) | undefined;

  constructor(sink: Sink, topic: string) {
    this.#sink = sink;
    this.#table = table(topic);
  }

  async run(chunks: number): Promise<void> {
    while (this.chunks < chunks) {
      const first = this.chunks * ROWS;
      const rows = Array.from({ length: ROWS }, (_, i): Row => [first + i, 0, 'x'.repeat(200)]);
      try {
        await this.#sink.open(never);
        await this.#sink.write({ changes: [insert(this.#table, ...rows)], end }, never);
        this.chunks++;
      } catch (error) {
        assert.ok(error instanceof Failure && error.then === 'retry', String(error));
        this.failures.push(error);
        await this.#sink.close();
      }
      this.#look?.();
    }
    await this.#sink.close();
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => (this.#look = resolve));
  }
}

async function idsOf(topic: string): Promise<number[]> {
  const records = await readTopic(broker.brokers, `shop.${topic}`);
  return records.map(({ key }) => (JSON.parse(key!) as { id: number }).id);
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** Nothing lost, and no late copy after a newer record: the last copies stand in the order of the stream. */
function assertComplete(ids: readonly number[], count: number): void {
  const last = new Map(ids.map((id, at) => [id, at]));
  assert.deepEqual(
    [...last].sort(([, a], [, b]) => a - b).map(([id]) => id),
    numbers(count),
  );
}

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const thrown: unknown = await promise.then(
    () => assert.fail('it did not fail'),
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof Failure, String(thrown));
  return thrown;
}

test('a broker restarted in mid-stream: each record once, in order, without a failure', async () => {
  const stream = new Stream(testSink(broker.brokers, {}, { patienceMs: 60_000 }), 'restarted');
  const running = stream.run(400);
  for (let i = 1; i <= 2; i++) {
    await stream.until(() => stream.chunks >= i * 100);
    await broker.restart();
  }
  await running;
  assert.deepEqual(stream.failures, []);
  assert.deepEqual(await idsOf('restarted'), numbers(400 * ROWS));
});

test('a broker killed in mid-stream and back later: failures meanwhile, and nothing lost after', async () => {
  const stream = new Stream(testSink(broker.brokers, {}, { patienceMs: PATIENCE_MS }), 'killed');
  const running = stream.run(300);
  await stream.until(() => stream.chunks >= 100);
  await broker.kill();
  await stream.until(() => stream.failures.length >= 2);
  await broker.start();
  await running;
  assert.deepEqual([...new Set(stream.failures.map(({ kind }) => kind))], ['sink-unreachable']);
  assertComplete(await idsOf('killed'), 300 * ROWS);
});

test('a frozen broker: a failure in bounded time, a close that settles, and no late copy after it thaws', async () => {
  const stream = new Stream(testSink(broker.brokers, {}, { patienceMs: PATIENCE_MS }), 'frozen');
  const running = stream.run(600);
  for (let i = 1; i <= 3; i++) {
    await stream.until(() => stream.chunks >= i * 100);
    const start = performance.now();
    const before_ = stream.failures.length;
    await broker.pause();
    await stream.until(() => stream.failures.length > before_);
    assert.ok(performance.now() - start < 2 * PATIENCE_MS + 1_000, 'the failure came late');
    await broker.resume();
  }
  await running;
  assertComplete(await idsOf('frozen'), 600 * ROWS);
});

test('connections reset again and again: each record once, in order', async () => {
  const stream = new Stream(testSink(proxied, {}, { patienceMs: 60_000 }), 'reset');
  const running = stream.run(300);
  for (let chunk = 10; chunk < 300; chunk += 10) {
    await stream.until(() => stream.chunks >= chunk);
    proxy.reset();
  }
  await running;
  assert.deepEqual(stream.failures, []);
  assert.deepEqual(await idsOf('reset'), numbers(300 * ROWS));
});

test('an answer that is lost after the broker has stored the records: they are sent again and stored once', async () => {
  const sink = testSink(proxied, {}, { patienceMs: 2_000 });
  await sink.open(never);
  try {
    const rows = (first: number): Row[] => numbers(10).map((i) => [first + i, 0, 'x']);
    await sink.write({ changes: [insert(table('lost'), ...rows(0))], end }, never);
    proxy.blackhole('to-client');
    const writing = sink.write({ changes: [insert(table('lost'), ...rows(10))], end }, never);
    await untilStored('lost', 20);
    proxy.reset();
    proxy.resume();
    await writing;
    await sink.write({ changes: [insert(table('lost'), ...rows(20))], end }, never);
  } finally {
    proxy.resume();
    await sink.close();
  }
  assert.deepEqual(await idsOf('lost'), numbers(30));
});

async function untilStored(topic: string, count: number): Promise<void> {
  while ((await idsOf(topic)).length < count);
}

test('nobody listens: opening fails soon with sink-unreachable', async () => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  const start = performance.now();
  const failure = await failureOf(testSink([`127.0.0.1:${port}`]).open(never));
  assert.equal(failure.kind, 'sink-unreachable');
  assert.equal(failure.place, `127.0.0.1:${port}`);
  assert.ok(performance.now() - start < 5_000);
});

test('a listener that never answers: opening fails in bounded time, and leaves no connection', async () => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as { port: number };
    const start = performance.now();
    const failure = await failureOf(testSink([`127.0.0.1:${port}`], {}, { patienceMs: 1_000 }).open(never));
    assert.equal(failure.kind, 'sink-unreachable');
    assert.ok(performance.now() - start < 5_000);
    while (sockets.size > 0) await new Promise(setImmediate);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});

test('aborting a write that waits for a dead broker ends it at once', async () => {
  const sink = testSink(proxied);
  await sink.open(never);
  await sink.write({ changes: [insert(table('abort'), [0, 0, 'x'])], end }, never);
  await proxy.cut();
  const abort = new AbortController();
  const reason = new Error('lead lost');
  try {
    const writing = sink.write({ changes: [insert(table('abort'), [1, 0, 'x'])], end }, abort.signal);
    const start = performance.now();
    setImmediate(() => abort.abort(reason));
    await assert.rejects(writing, reason);
    assert.ok(performance.now() - start < 2_000);
  } finally {
    await proxy.restore();
    await sink.close();
  }
});

test('after close no connection is left', async () => {
  const sink = testSink(proxied);
  await sink.open(never);
  assert.ok(proxy.connections() > 0);
  await sink.close();
  while (proxy.connections() > 0) await new Promise(setImmediate);
  connect(proxy.port).destroy();
});
