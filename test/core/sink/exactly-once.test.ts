import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Kafka, logLevel } from 'kafkajs';
import type { Position } from '../../../coordination/position.js';
import type { RecordAt, StoredAt } from '../../../coordination/schema/znodes.js';
import { createKafkaSink, type KafkaSinkOptions } from '../../../core/sink/kafka-sink.js';
import type { Change } from '../../../core/change.js';
import { KafkaClient } from '../../../core/sink/kafkajs-client.js';
import type { Claim, Sink } from '../../../core/sink/sink.js';
import { startProxy } from '../../stack/proxy.js';
import type { Stack } from '../../stack/stack.js';
import { startStack } from '../../stack/stack.js';
import { insert, never, quiet, spec, table } from './fixtures.js';
import { readTopic, withAdmin } from './read-topic.js';

/** The sink that keeps its position with the data: what a consumer that reads committed sees, whatever happens to producers. */
let stack: Stack;
let brokers: readonly string[];

before(async () => {
  stack = await startStack({ kafka: 1 }, { kafkaSettings: { 'log.cleaner.backoff.ms': '200' } });
  brokers = stack.kafka[0]!.brokers;
});
after(() => stack.stop());

const POSITIONS = '__mysql_replicator_positions';

function at(offset: number): Position {
  return { file: 'binlog.000012', offset, events: 0, gtidSet: `3e11fa47-71ca-11e1-9e33-c80aa9429562:1-${offset}` };
}

function claimOf(term: number, offset: number, more: Partial<Claim> = {}): Claim {
  return { term, position: at(offset), order: undefined, sink: undefined, adoptTerm: undefined, ...more };
}

function sinkOf(
  task: string,
  options: Partial<KafkaSinkOptions> & { brokers?: readonly string[]; partitions?: number } = {},
): Sink {
  const { brokers: by = brokers, partitions = 3, ...more } = options;
  const delivery = 'exactly-once';
  return createKafkaSink({ task, spec: spec(by, { delivery, partitions, topic: '{task}' }), log: quiet, ...more });
}

/** One row per id, in a chunk that ends at this offset. */
function chunk(ids: readonly number[], offset: number) {
  return {
    changes: [insert(table('orders'), ...ids.map((id) => [id, offset, 'x']))],
    end: at(offset),
    eventTime: offset,
  };
}

const range = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);

/** The ids that a read-committed consumer sees, in order of their numbers, doubles included. */
async function committed(task: string): Promise<number[]> {
  const ids = (await readTopic(brokers, task))
    .filter(({ value }) => value !== null)
    .map(({ value }) => (JSON.parse(value!) as { after: { id: number } }).after.id);
  return ids.sort((a, b) => a - b);
}

/** A sink of a later term, which settles what was open; where it goes on. */
async function takeOver(task: string, claim: Claim): Promise<{ position: Position; sink: StoredAt }> {
  const next = sinkOf(task);
  await next.open(never);
  try {
    const { position, sink } = await next.claim(claim, never);
    assert.ok(sink);
    return { position, sink };
  } finally {
    await next.close();
  }
}

test('a chunk and its end become visible together; the next lead goes on exactly there', async () => {
  const first = sinkOf('plain');
  await first.open(never);
  const claimed = await first.claim(claimOf(5, 100), never);
  assert.deepEqual(claimed.position, at(100));
  let durable = claimed;
  for (let i = 0; i < 20; i++) {
    durable = await first.write(chunk(range(i * 100, 100), 101 + i), never);
    assert.deepEqual(durable.position, at(101 + i));
  }
  await first.close();
  const next = await takeOver('plain', claimOf(6, 110, { sink: claimed.sink }));
  assert.deepEqual(next.position, at(120), 'the sink wins over lastCommit');
  assert.deepEqual(await committed('plain'), range(0, 2000));
});

test('a transaction that its producer leaves open is not seen, and the next lead repeats it', async () => {
  const first = sinkOf('left-open');
  await first.open(never);
  const claimed = await first.claim(claimOf(5, 100), never);
  const { sink } = await first.write(chunk(range(0, 10), 101), never);
  // Several requests of a chunk go out before its end; the lead ends between two of them.
  const ending = new AbortController();
  const changes = range(0, 300).map((i) =>
    insert(table('orders'), ...range(10 + i * 100, 100).map((id) => [id, 0, 'x'.repeat(300)])),
  );
  const one = changes.values();
  changes[Symbol.iterator] = function* (): ArrayIterator<Change> {
    for (let i = 0; i < 250; i++) yield one.next().value!;
    ending.abort(new Error('lead lost'));
    yield* one;
    return undefined;
  };
  await assert.rejects(first.write({ changes, end: at(102) }, ending.signal), /lead lost/);
  const standing = await standingIn('left-open');
  assert.ok(standing > 10_000, `${standing} records stand in the topic`);
  await first.close();
  const next = await takeOver('left-open', claimOf(6, 100, { sink: sink ?? claimed.sink }));
  assert.deepEqual(next.position, at(101));
  assert.deepEqual(await committed('left-open'), range(0, 10));
});

/** How many records and markers stand in a topic, seen or not. */
async function standingIn(topic: string): Promise<number> {
  const client = new KafkaClient({
    clientId: 'counter',
    brokers,
    connectTimeoutMs: 3_000,
    requestTimeoutMs: 3_000,
    log: quiet,
  });
  try {
    await client.connect();
    const { partitions } = (await client.findTopic(topic))!;
    const ends = range(0, partitions).map((partition) => client.logBound(topic, partition, 'end'));
    return (await Promise.all(ends)).reduce((sum, end) => sum + end, 0);
  } finally {
    await client.close();
  }
}

test('a zombie is fenced: nothing that it writes after the take-over is seen; it cannot come back either', async () => {
  const zombie = sinkOf('zombie');
  await zombie.open(never);
  await zombie.claim(claimOf(5, 100), never);
  const { sink } = await zombie.write(chunk([1], 101), never);
  const leader = sinkOf('zombie');
  await leader.open(never);
  assert.deepEqual((await leader.claim(claimOf(9, 100, { sink }), never)).position, at(101));
  await leader.write(chunk([2], 102), never);
  await assert.rejects(zombie.write(chunk([666], 102), never), { kind: 'sink-fenced' });
  await zombie.close();
  await zombie.open(never);
  await assert.rejects(zombie.claim(claimOf(5, 101, { sink }), never), { kind: 'term-behind' });
  // By asking it has fenced the leader, which asks whether it still leads, and claims again.
  await assert.rejects(leader.write(chunk([3], 103), never), { kind: 'sink-fenced' });
  await leader.close();
  await leader.open(never);
  assert.deepEqual((await leader.claim(claimOf(9, 100, { sink }), never)).position, at(102));
  await leader.write(chunk([3], 103), never);
  await Promise.all([leader.close(), zombie.close()]);
  assert.deepEqual(await committed('zombie'), [1, 2, 3]);
  const terms = (await readTopic(brokers, 'zombie')).map(({ headers }) => headers.term);
  assert.deepEqual(new Set(terms), new Set(['5', '9']));
});

test('a standby that only warms up fences nobody', async () => {
  const leader = sinkOf('warm');
  const standby = sinkOf('warm');
  await leader.open(never);
  await leader.claim(claimOf(5, 100), never);
  await leader.write(chunk([1], 101), never);
  await standby.open(never);
  await leader.write(chunk([2], 102), never);
  await assert.rejects(standby.write(chunk([666], 102), never), { kind: 'internal' });
  await Promise.all([leader.close(), standby.close()]);
  assert.deepEqual(await committed('warm'), [1, 2]);
});

test('commits in doubt: whether the answer or the request is lost, each chunk is seen once', async (t) => {
  const { target, listen } = stack.kafka[0]!.behindProxy;
  const proxy = await startProxy(target, { port: listen.port });
  try {
    const sink = sinkOf('doubt', { brokers: [`${listen.host}:${listen.port}`], patienceMs: 2_000, partitions: 1 });
    let position = at(100);
    let hint: StoredAt | undefined;
    let doubts = 0;
    let resets = 0;
    let open = false;
    while (position.offset < 400) {
      try {
        if (!open) {
          await sink.open(never);
          const claimed = await sink.claim(claimOf(5, position.offset, { sink: hint }), never);
          ({ position } = claimed);
          hint = claimed.sink;
          open = true;
        }
        const { offset } = position;
        const writing = sink.write(chunk([offset], offset + 1), never);
        // A reset at a moment that moves over the whole of a transaction.
        if (resets < 150 && resets * 2 <= offset - 100) {
          const wait = setTimeout(() => proxy.reset(), 1 + (resets++ % 12) / 2);
          await writing.finally(() => clearTimeout(wait));
        }
        const durable = await writing;
        ({ position } = durable);
        hint = durable.sink ?? hint;
      } catch (error) {
        assert.ok(['sink-unreachable', 'sink-fenced'].includes((error as { kind: string }).kind), String(error));
        doubts++;
        open = false;
        await sink.close();
      }
    }
    await sink.close();
    t.diagnostic(`${doubts} writes failed and were looked up`);
    assert.ok(doubts > 0);
  } finally {
    await proxy.close();
  }
  assert.deepEqual(await committed('doubt'), range(100, 300));
});

test('the stored record is found among those of many tasks, behind open transactions of others, and after compaction', async () => {
  const names = range(0, 40).map((i) => `many-${i}`);
  const sinks = names.map((name) => sinkOf(name, { partitions: 1 }));
  const claims: (StoredAt | undefined)[] = [];
  for (const [i, sink] of sinks.entries()) {
    await sink.open(never);
    claims[i] = (await sink.claim(claimOf(5, 100), never)).sink;
  }
  // A stranger leaves its transaction open in every partition: a consumer that reads committed gets nothing that comes later.
  const stranger = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).producer({
    transactionalId: 'stranger',
    maxInFlightRequests: 1,
    idempotent: true,
  });
  await stranger.connect();
  const open = await stranger.transaction();
  const messages = range(0, 16).map((partition) => ({ partition, key: 'stranger', value: '{}' }));
  await open.send({ topic: POSITIONS, messages });
  try {
    for (let round = 1; round <= 5; round++) {
      for (const sink of sinks) await sink.write(chunk([round], 100 + round), never);
    }
    await Promise.all(sinks.map((sink) => sink.close()));
    for (const [i, name] of names.entries()) {
      const { position } = await takeOver(name, claimOf(6, 100, { sink: claims[i] }));
      assert.deepEqual(position, at(105), name);
    }
  } finally {
    await open.abort();
    await stranger.disconnect();
  }
  // Segments end at once and are compacted; hints that point at what is gone still lead to what is left.
  await withAdmin(brokers, (admin) =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: 2,
          name: POSITIONS,
          configEntries: [
            { name: 'cleanup.policy', value: 'compact' },
            { name: 'segment.ms', value: '100' },
            { name: 'min.cleanable.dirty.ratio', value: '0.001' },
            { name: 'delete.retention.ms', value: '0' },
          ],
        },
      ],
    }),
  );
  const kept = await compacted(names);
  assert.ok(kept > 0);
  for (const [i, name] of names.entries()) {
    const { position } = await takeOver(name, claimOf(7, 0, { sink: claims[i] }));
    assert.deepEqual(position, at(105), name);
    const beyond = { ...(claims[i] as RecordAt), offset: 1_000_000 };
    assert.deepEqual((await takeOver(name, claimOf(8, 0, { sink: beyond }))).position, at(105), name);
  }
});

/** Resolves when the topic of positions has lost records to compaction, to the number that is left of these tasks. */
async function compacted(names: readonly string[]): Promise<number> {
  const of = new Set(names);
  const movers = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).producer();
  await movers.connect();
  const messages = range(0, 16).map((partition) => ({ partition, key: `mover-${partition}`, value: '{}' }));
  for (let round = 0; ; round++) {
    // A segment ends when something comes after its time.
    await movers.sendBatch({ topicMessages: [{ topic: POSITIONS, messages }] });
    const records = (await readTopic(brokers, POSITIONS)).filter(({ key }) => key !== null && of.has(key));
    if (records.length < names.length * 3) {
      await movers.disconnect();
      return records.length;
    }
    assert.ok(round < 100, `${records.length} records are left`);
  }
}

test('lastCommit governs when its runs kept no record in the sink, and when an order has come since', async () => {
  await takeOver('orders', claimOf(5, 100));
  const switched = await takeOver('orders', claimOf(6, 200));
  assert.deepEqual(switched.position, at(200), 'the runs before were at least once');
  const ordered = await takeOver('orders', claimOf(7, 50, { sink: switched.sink, order: 3 }));
  assert.deepEqual(ordered.position, at(50));
  const again = await takeOver('orders', claimOf(8, 40, { sink: ordered.sink, order: 3 }));
  assert.deepEqual(again.position, at(50), 'the order is known to the sink now');
});

test('a later term in the sink is named, and can be adopted: the task goes on where the sink is', async () => {
  await takeOver('rebuilt', claimOf(900, 500));
  const behind = takeOver('rebuilt', claimOf(5, 4));
  await assert.rejects(behind, (failure: { kind: string; remedy: string }) => {
    assert.equal(failure.kind, 'term-behind');
    assert.match(failure.remedy, /task resume rebuilt --adopt-term 900/);
    return true;
  });
  const adopted = await takeOver('rebuilt', claimOf(5, 4, { adoptTerm: 900 }));
  assert.deepEqual(adopted.position, at(500));
  // The one that adopted it died before its lastCommit knew: the next one comes to the same end.
  const next = await takeOver('rebuilt', claimOf(6, 4, { adoptTerm: 900 }));
  assert.deepEqual(next.position, at(500));
});

test('chunks without changes move the position, now and then', async () => {
  const sink = sinkOf('idle');
  await sink.open(never);
  const claimed = await sink.claim(claimOf(5, 100), never);
  assert.deepEqual((await sink.write({ changes: [], end: at(101) }, never)).position, at(100));
  const began = performance.now();
  let last = at(100);
  for (let i = 102; last.offset === 100; i++) last = (await sink.write({ changes: [], end: at(i) }, never)).position;
  assert.ok(performance.now() - began > 500);
  await sink.close();
  assert.deepEqual((await takeOver('idle', claimOf(6, 100, { sink: claimed.sink }))).position, last);
});

test('a record too large aborts its chunk, and consumers do not wait for it', async () => {
  const sink = sinkOf('large');
  await sink.open(never);
  await sink.claim(claimOf(5, 100), never);
  await sink.write(chunk([1], 101), never);
  const changes = [insert(table('orders'), [2, 0, 'x']), insert(table('orders'), [3, 0, 'x'.repeat(3_000_000)])];
  await assert.rejects(sink.write({ changes, end: at(102) }, never), { kind: 'record-too-large' });
  await sink.close();
  assert.deepEqual(await committed('large'), [1]);
});
