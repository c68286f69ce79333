import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Load } from './load.js';
import { World } from './world.js';

const OUTAGE_MS = 30_000;

/** Every server that the task needs goes away and comes back, under load. */
let world: World;
let load: Load;

before(async () => {
  world = await World.open({ zookeeper: 3 });
  await world.register();
  world.core('core-1');
  world.core('core-2');
  await world.running();
  load = new Load(world.stack.mysql[0]!);
});
after(() => world.close());

test('the ZooKeeper leader is killed', async () => {
  const leader = await world.stack.zookeeper.leader();
  await leader.kill();
  await world.settle();
  await leader.start();
  await world.running();
});

test('the whole ensemble goes down and comes back', async () => {
  const { servers } = world.stack.zookeeper;
  await Promise.all(servers.map((server) => server.kill()));
  await Promise.all(servers.map((server) => server.start()));
  await world.running();
  await world.settle();
});

test('Kafka goes down for half a minute and comes back', async () => {
  const broker = world.stack.kafka[0]!;
  await broker.kill();
  await world.until(
    'WAITING for the sink',
    ({ progress }) => progress.kind === 'present' && progress.value.failure?.kind === 'sink-unreachable',
  );
  await sleep(OUTAGE_MS); // changes heap up at the source
  await broker.start();
  await world.running();
  await world.settle();
});

test('the schema changes in mid-stream, the binlog rotates, a large transaction passes', async () => {
  await world.sql.run(`
    ALTER TABLE shop.hot_item ADD COLUMN note VARCHAR(40) DEFAULT NULL, ALGORITHM=INSTANT;
    FLUSH BINARY LOGS;
    ALTER TABLE shop.hot_item DROP COLUMN note, ALGORITHM=INSTANT;
    SET SESSION cte_max_recursion_depth = 1000000;
    INSERT INTO shop.hot_item
      WITH RECURSIVE n (i) AS (SELECT 500000001 UNION ALL SELECT i + 1 FROM n WHERE i < 500200000)
      SELECT i, 1, CONCAT('bulk ', i), 1 FROM n;
  `);
  await world.settle();
});

test('after all of it every committed row is in the topic and each last state is right', async (t) => {
  const committed = await load.stop();
  await world.settle();
  const { records, doubled } = await world.audit.compare(world.sql, committed);
  t.diagnostic(`${records} records for ${committed.versions.size} committed versions, ${doubled} delivered twice`);
  assert.ok(records >= committed.versions.size);
  assert.equal(doubled, 0);
});

test('the source restarts: the task waits, then goes on', async () => {
  const mysql = world.stack.mysql[0]!;
  await mysql.kill();
  await world.until(
    'WAITING for the source',
    ({ progress }) => progress.kind === 'present' && progress.value.failure?.kind === 'source-unreachable',
  );
  await mysql.start();
  await world.running();
});
