import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startProxy, type TcpProxy } from '../stack/proxy.js';
import { Load } from './load.js';
import { SourcePair } from './source-pair.js';
import { World } from './world.js';

/** The source's replica takes its place, behind the same address, as MySQL's own replication with GTIDs allows. */
const ROWS = 300_000;
const FIRST_BULK_ID = 500_000_000;

let world: World;
let pair: SourcePair;
let source: TcpProxy;
let kafka: TcpProxy;

before(async () => {
  // The replica cuts its rows into other events than the primary.
  world = await World.open({ mysql: 2 });
  const [primary, replica] = world.stack.mysql;
  pair = await SourcePair.join(primary!, replica!);
  await replica!.restart({ extraArgs: ['--binlog-row-event-max-size=1024', '--super-read-only=ON'] });
  source = await startProxy(primary!);
  const { target, listen } = world.stack.kafka[0]!.behindProxy;
  kafka = await startProxy(target, { port: listen.port });
  const brokers = [`${kafka.host}:${kafka.port}`];
  await world.register(world.spec({ mysql: { host: source.host, port: source.port }, sink: { brokers } }));
  world.core('core-1');
  world.core('core-2');
  await world.running();
});
after(async () => {
  await Promise.all([source.close(), kafka.close()]);
  await world.close();
});

async function failOver(how: 'in order' | 'killed'): Promise<void> {
  await pair.failOver(how, (to, promotion) => {
    world.audit.promoted(promotion);
    world.source = to;
    source.retarget(to);
    source.reset();
  });
  await world.signIn();
}

test('in the middle of a transaction: the task goes on at the very row, on a server with other files, offsets and events', async (t) => {
  await world.settle();
  await world.sql.run(`SET SESSION cte_max_recursion_depth = ${ROWS};
    INSERT INTO shop.hot_item (id, version, name, price)
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
      SELECT ${FIRST_BULK_ID} + i, 1, REPEAT('bulk ', 1 + i % 40), i % 100 FROM n`);
  const { lastCommit } = await world.until(
    'lastCommit inside the transaction',
    ({ lastCommit }) => lastCommit.kind === 'present' && (lastCommit.value.position?.events ?? 0) > 0,
  );
  await kafka.cut();
  assert.ok(lastCommit.kind === 'present');
  t.diagnostic(
    `the source fails over when the task is at event ${lastCommit.value.position!.events} or a little later`,
  );
  await failOver('killed');
  await kafka.restore();
  await world.running();
  await world.settle();
  const versions = new Set(Array.from({ length: ROWS }, (_, i) => `${FIRST_BULK_ID + 1 + i}/1`));
  const { doubled, reordered } = await world.audit.compare(world.sql, { versions, deleted: new Set() });
  assert.deepEqual({ doubled, reordered }, { doubled: 0, reordered: 0 });
});

test('under load, there and back: nothing is lost, doubled or reordered', async (t) => {
  const load = new Load(() => world.source);
  for (const how of ['in order', 'killed', 'in order'] as const) {
    await world.settle();
    await failOver(how);
    await world.settle();
  }
  const committed = await load.stop();
  await world.settle();
  const { records, doubled, reordered } = await world.audit.compare(world.sql, committed);
  t.diagnostic(`${records} records`);
  assert.deepEqual({ doubled, reordered }, { doubled: 0, reordered: 0 });
});
