import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Failure } from '../../../coordination/failure.js';
import type { Row } from '../../../core/change.js';
import type { Durable } from '../../../core/sink/sink.js';
import type { Stack } from '../../stack/stack.js';
import { startStack } from '../../stack/stack.js';
import { end, insert, never, table, testSink } from './fixtures.js';
import { readTopic, withAdmin } from './read-topic.js';

let stack: Stack;
let brokers: readonly string[];

before(async () => {
  stack = await startStack({ kafka: 3 });
  brokers = stack.kafka[0]!.brokers;
});
after(() => stack.stop());

test('leaders killed one after the other in mid-stream: each record once, each key in order, without a failure', async () => {
  const wide = table('wide');
  const sink = testSink(brokers, { partitions: 6, replicationFactor: 3 }, { patienceMs: 60_000 });
  await sink.open(never);
  const write = async (version: number): Promise<void> => {
    const rows = Array.from({ length: 60 }, (_, id): Row => [id, version, 'x'.repeat(100)]);
    await sink.write({ changes: [insert(wide, ...rows)], end }, never);
  };
  try {
    for (let version = 0; version < 300; version++) {
      const victim = stack.kafka[version / 100]; // at 0, 100 and 200
      if (victim === undefined || version === 0) {
        await write(version);
        continue;
      }
      const writing = (async () => {
        for (let i = 0; i < 20; i++) await write(version + i);
      })();
      await Promise.all([writing, victim.kill()]);
      version += 19;
      await victim.start();
    }
  } finally {
    await sink.close();
  }
  const { topics } = await withAdmin(brokers, (admin) => admin.fetchTopicMetadata({ topics: ['shop.wide'] }));
  assert.equal(topics[0]!.partitions.length, 6);
  assert.ok(topics[0]!.partitions.every(({ replicas }) => replicas.length === 3));
  const versions = new Map<string, number[]>();
  for (const { key, value } of await readTopic(brokers, 'shop.wide')) {
    const { version } = (JSON.parse(value!) as { after: { version: number } }).after;
    versions.set(key!, [...(versions.get(key!) ?? []), version]);
  }
  assert.equal(versions.size, 60);
  for (const seen of versions.values())
    assert.deepEqual(
      seen,
      Array.from({ length: 300 }, (_, i) => i),
    );
});

test('exactly once: brokers killed one after the other, a new producer for each failure: each record is seen once, each key in order', async (t) => {
  const wide = table('once');
  const delivery = 'exactly-once';
  const options = { delivery, partitions: 6, replicationFactor: 3 } as const;
  const at = (version: number) => ({ file: 'binlog.000012', offset: 100 + version, events: 0 });
  let sink = testSink(brokers, options, { patienceMs: 4_000 });
  let done: Durable = { position: at(0) };
  let failures = 0;
  let term = 0;
  const claim = async (): Promise<void> => {
    await sink.open(never);
    const claimed = { term: ++term, ...done, sink: done.sink, order: undefined, adoptTerm: undefined };
    done = await sink.claim(claimed, never);
  };
  const step = async (): Promise<void> => {
    const version = done.position.offset - 100;
    const rows = Array.from({ length: 60 }, (_, id): Row => [id, version, 'x'.repeat(100)]);
    done = await sink.write({ changes: [insert(wide, ...rows)], end: at(version + 1) }, never);
  };
  await claim();
  const until = async (version: number): Promise<void> => {
    while (done.position.offset < 100 + version) {
      try {
        await step();
      } catch (error) {
        failures++;
        assert.ok(error instanceof Failure && error.then === 'retry' && error.kind !== 'internal', String(error));
        for (;;) {
          await sink.close();
          sink = testSink(brokers, options, { patienceMs: 4_000 });
          if (await claim().then(() => true, () => false)) break; // prettier-ignore
        }
      }
    }
  };
  try {
    await until(50);
    for (const [i, victim] of stack.kafka.entries()) {
      await Promise.all([until(100 * (i + 1) - 30), victim.kill()]);
      await victim.start();
      await until(100 * (i + 1));
    }
  } finally {
    await sink.close();
  }
  t.diagnostic(`${failures} writes failed and were looked up`);
  const versions = new Map<string, number[]>();
  for (const { key, value } of await readTopic(brokers, 'shop.once')) {
    const { version } = (JSON.parse(value!) as { after: { version: number } }).after;
    versions.set(key!, [...(versions.get(key!) ?? []), version]);
  }
  assert.equal(versions.size, 60);
  for (const seen of versions.values())
    assert.deepEqual(
      seen,
      Array.from({ length: 300 }, (_, i) => i),
    );
});
