import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Failure } from '../../../coordination/failure.js';
import type { Change, Row } from '../../../core/change.js';
import { partitionOfKey } from '../../../core/sink/murmur2.js';
import type { Sink } from '../../../core/sink/sink.js';
import type { Stack } from '../../stack/stack.js';
import { startStack } from '../../stack/stack.js';
import { end, insert, never, place, table, testSink } from './fixtures.js';
import { readTopic, withAdmin, type ReadRecord } from './read-topic.js';

let stack: Stack;
let brokers: readonly string[];

before(async () => {
  stack = await startStack(
    { kafka: 1 },
    { kafkaSettings: { 'message.max.bytes': '100000', 'auto.create.topics.enable': 'false' } },
  );
  brokers = stack.kafka[0]!.brokers;
});
after(() => stack.stop());

async function using(sink: Sink, use: () => Promise<unknown>): Promise<void> {
  await sink.open(never);
  try {
    await use();
  } finally {
    await sink.close();
  }
}

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const thrown: unknown = await promise.then(
    () => assert.fail('it did not fail'),
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof Failure, String(thrown));
  return thrown;
}

function after_(record: ReadRecord): Record<string, unknown> {
  return (JSON.parse(record.value!) as { after: Record<string, unknown> }).after;
}

test('an idle connection sets no timers', async (t) => {
  const sink = testSink(brokers);
  await using(sink, async () => {
    await sink.claim({ term: 7, position: end, order: undefined, sink: undefined, adoptTerm: undefined }, never);
    await sink.write({ changes: [insert(table('idle'), [1, 1, 'a'])], end }, never);
    const set = t.mock.method(globalThis, 'setTimeout');
    await pause(200);
    assert.deepEqual(set.mock.calls.length, 0);
  });
});

test('what is written is there for a consumer: keys, values, tombstones, headers, in order', async () => {
  const orders = table('orders');
  const changes: Change[] = [
    insert(orders, [1, 1, 'größe 漢 😀'], [2, 1, null]),
    { kind: 'update', table: orders, place: place(), before: [[1, 1, 'a']], rows: [[1, 2, 'b']] },
    { kind: 'update', table: orders, place: place(), before: [[2, 1, null]], rows: [[3, 1, null]] },
    { kind: 'delete', table: orders, place: place(), rows: [[1, 2, 'b']] },
  ];
  const at = (row: number) => ({ term: '7', file: 'binlog.000012', pos: '4711', row: String(row) });
  const sink = testSink(brokers);
  await using(sink, async () => {
    const claim = { term: 7, position: end, order: undefined, sink: undefined, adoptTerm: undefined };
    assert.deepEqual(await sink.claim(claim, never), { position: end });
    await sink.write({ changes, end }, never);
  });
  const records = await readTopic(brokers, 'shop.orders');
  const seen = records.map(({ key, value, headers }) => [
    key,
    value === null ? null : (JSON.parse(value) as { op: string }).op,
    headers,
  ]);
  assert.deepEqual(seen, [
    ['{"id":1}', 'c', at(0)],
    ['{"id":2}', 'c', at(1)],
    ['{"id":1}', 'u', at(0)],
    ['{"id":2}', 'd', { '__debezium.newkey': '{"id":3}', ...at(0) }],
    ['{"id":2}', null, at(0)],
    ['{"id":3}', 'c', { '__debezium.oldkey': '{"id":2}', ...at(0) }],
    ['{"id":1}', 'd', at(0)],
    ['{"id":1}', null, at(0)],
  ]);
  assert.equal(after_(records[0]!).note, 'größe 漢 😀');
});

test('topics are made with the chosen partitions; records go where the Java client puts them, each key in order', async () => {
  const keyed = table('keyed');
  const keyless = table('keyless', []);
  const sink = testSink(brokers, { partitions: 5 });
  await using(sink, async () => {
    for (let version = 0; version < 20; version++) {
      const rows: Row[] = Array.from({ length: 300 }, (_, id) => [id, version, 'n']);
      await sink.write({ changes: [insert(keyed, ...rows), insert(keyless, ...rows)], end }, never);
    }
  });
  const records = await readTopic(brokers, 'shop.keyed');
  assert.equal(records.length, 6000);
  const versions = new Map<string, number>();
  for (const { key, partition, ...record } of records) {
    const bytes = Buffer.from(key!);
    assert.equal(partition, partitionOfKey(bytes, bytes.length, 5));
    const { version } = after_({ key, partition, ...record });
    assert.equal(version, (versions.get(key!) ?? -1) + 1);
    versions.set(key!, version);
  }
  assert.equal(new Set(records.map(({ partition }) => partition)).size, 5);
  const ordered = await readTopic(brokers, 'shop.keyless');
  assert.equal(new Set(ordered.map(({ partition }) => partition)).size, 1);
  assert.deepEqual(
    ordered.map((record) => after_(record).version),
    Array.from({ length: 6000 }, (_, i) => Math.trunc(i / 300)),
  );
});

test('a topic that is there is used as it is', async () => {
  await withAdmin(brokers, (admin) =>
    admin.createTopics({ topics: [{ topic: 'shop.there', numPartitions: 3 }], waitForLeaders: true }),
  );
  const sink = testSink(brokers, { partitions: 7 });
  const rows: Row[] = Array.from({ length: 100 }, (_, id) => [id, 0, 'n']);
  await using(sink, () => sink.write({ changes: [insert(table('there'), ...rows)], end }, never));
  const records = await readTopic(brokers, 'shop.there');
  assert.equal(records.length, 100);
  assert.deepEqual([...new Set(records.map(({ partition }) => partition))], [0, 1, 2]);
});

test('a write of any size is cut into batches that the broker takes', async () => {
  const wide = table('wide');
  const changes = Array.from({ length: 300 }, (_, i) =>
    insert(wide, ...Array.from({ length: 10 }, (_, j): Row => [i * 10 + j, 0, 'x'.repeat((i * 97 + j * 7919) % 9000)])),
  );
  for (const compression of ['none', 'gzip'] as const) {
    const sink = testSink(brokers, { compression, topic: `cut-${compression}` });
    await using(sink, () => sink.write({ changes, end }, never));
    const records = await readTopic(brokers, `cut-${compression}`);
    assert.deepEqual(
      records.map((record) => after_(record).id),
      Array.from({ length: 3000 }, (_, i) => i),
    );
    assert.ok(
      records.every(
        (record) =>
          (after_(record).note as string).length ===
          (Math.trunc(record.offset / 10) * 97 + (record.offset % 10) * 7919) % 9000,
      ),
    );
  }
});

test('a record that is too large stops there: all before it is delivered, nothing after, and its place is told', async () => {
  const big = table('big');
  const other = table('other');
  const secret = 'secret'.repeat(20_000);
  const rows: Row[] = [[1, 0, 'before'], [2, 0, 'before'], [3, 0, secret], [4, 0, 'after']]; // prettier-ignore
  const sink = testSink(brokers);
  await sink.open(never);
  const changes = [
    insert(other, [1, 0, 'before']),
    { ...insert(big, ...rows), place: place(777) },
    insert(other, [2, 0, 'after']),
  ];
  const failure = await failureOf(sink.write({ changes, end }, never));
  await failureOf(sink.write({ changes: [insert(other, [3, 0, 'x'])], end }, never));
  await sink.close();
  assert.equal(failure.kind, 'record-too-large');
  assert.match(failure.message, /shop\.big has 1\d{5} bytes, and the topic shop\.big takes 100000/);
  assert.equal(failure.place, 'task test, binlog.000012:777, row 2 of the event, table shop.big, primary key (id)');
  assert.match(failure.remedy!, /kafka-configs\.sh .*--entity-name shop\.big --add-config max\.message\.bytes=131072/);
  assert.doesNotMatch(`${failure.message} ${failure.place} ${failure.remedy}`, /secret|before/);
  assert.deepEqual(
    (await readTopic(brokers, 'shop.big')).map(({ key }) => key),
    ['{"id":1}', '{"id":2}'],
  );
  assert.deepEqual(
    (await readTopic(brokers, 'shop.other')).map(({ key }) => key),
    ['{"id":1}'],
  );
});

test('when the limit of the topic is raised as the failure says, the same write goes through after opening again', async () => {
  const big = table('raised');
  const changes = [insert(big, [1, 0, 'x'.repeat(150_000)], [2, 0, 'small'])];
  const sink = testSink(brokers);
  await sink.open(never);
  const { remedy } = await failureOf(sink.write({ changes, end }, never));
  await sink.close();
  const value = /max\.message\.bytes=(\d+)/.exec(remedy!)![1]!;
  await withAdmin(brokers, (admin) =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: 2, name: 'shop.raised', configEntries: [{ name: 'max.message.bytes', value }] }],
    }),
  );
  await using(sink, () => sink.write({ changes, end }, never));
  assert.deepEqual(
    (await readTopic(brokers, 'shop.raised')).map(({ key }) => key),
    ['{"id":1}', '{"id":2}'],
  );
});

test('compression lets a large record through that fits when compressed', async () => {
  const sink = testSink(brokers, { compression: 'gzip' });
  const changes = [insert(table('packed'), [1, 0, 'a'], [2, 0, 'x'.repeat(500_000)], [3, 0, 'b'])];
  await using(sink, () => sink.write({ changes, end }, never));
  assert.deepEqual(
    (await readTopic(brokers, 'shop.packed')).map((r) => (after_(r).note as string).length),
    [1, 500_000, 1],
  );
});

test('a limit lowered under way: batches are split, and order and number stay', async () => {
  const lowered = table('lowered');
  const sink = testSink(brokers);
  await using(sink, async () => {
    await sink.write({ changes: [insert(lowered, [0, 0, 'first'])], end }, never);
    await withAdmin(brokers, (admin) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: 2, name: 'shop.lowered', configEntries: [{ name: 'max.message.bytes', value: '5000' }] }],
      }),
    );
    const rows: Row[] = Array.from({ length: 500 }, (_, i) => [i + 1, 0, 'x'.repeat(i % 400)]);
    await sink.write({ changes: [insert(lowered, ...rows)], end }, never);
    await sink.write({ changes: [insert(lowered, [501, 0, 'last'])], end }, never);
    const failure = await failureOf(sink.write({ changes: [insert(lowered, [502, 0, 'x'.repeat(6000)])], end }, never));
    assert.equal(failure.kind, 'record-too-large');
    assert.match(failure.place!, /topic shop\.lowered, partition 0/);
  });
  const ids = (await readTopic(brokers, 'shop.lowered')).map((record) => after_(record).id);
  assert.deepEqual(
    ids,
    Array.from({ length: 502 }, (_, i) => i),
  );
});

test('a compacted topic refuses records without a key, and the failure says why', async () => {
  await withAdmin(brokers, (admin) =>
    admin.createTopics({
      topics: [{ topic: 'shop.compacted', configEntries: [{ name: 'cleanup.policy', value: 'compact' }] }],
      waitForLeaders: true,
    }),
  );
  const sink = testSink(brokers);
  await using(sink, async () => {
    const failure = await failureOf(sink.write({ changes: [insert(table('compacted', []), [1, 0, 'a'])], end }, never));
    assert.equal(failure.kind, 'sink-misconfigured');
    assert.match(failure.remedy!, /primary key/);
  });
});

test('a topic that cannot be made is a misconfiguration', async () => {
  const sink = testSink(brokers, { replicationFactor: 3 });
  await using(sink, async () => {
    const failure = await failureOf(sink.write({ changes: [insert(table('replicas'), [1, 0, 'a'])], end }, never));
    assert.equal(failure.kind, 'sink-misconfigured');
    assert.match(failure.remedy!, /replicationFactor/);
  });
});

test('an aborted signal stops a write before it sends', async () => {
  const sink = testSink(brokers);
  await using(sink, async () => {
    const reason = new Error('hand-over');
    await assert.rejects(
      sink.write({ changes: [insert(table('aborted'), [1, 0, 'a'])], end }, AbortSignal.abort(reason)),
      reason,
    );
  });
});

test('a write without changes resolves; closing twice, and opening twice, does nothing', async () => {
  const sink = testSink(brokers);
  await using(sink, async () => {
    await sink.open(never);
    await sink.write({ changes: [], end }, never);
  });
  await sink.close();
});
