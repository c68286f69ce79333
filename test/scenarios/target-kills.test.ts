import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { taskSpecSchema } from '../../coordination/schema/task-spec.js';
import { connectSql, type Sql } from '../core/source/sql.js';
import { startProxy, type TcpProxy } from '../stack/proxy.js';
import { Load } from './load.js';
import { cutAtRandom, killAtRandom } from './random-faults.js';
import { TASK, World } from './world.js';

/** Into another MySQL, exactly once: nobody chose the moments of these faults, and in the end both have the same rows. */
const KILLS = 8;
const CUTS = 8;
const LONGEST_PAUSE_MS = 1_500;
const CAUGHT_UP_MS = 60_000;

let world: World;
let target: Sql;
let proxy: TcpProxy;
let load: Load;

before(async () => {
  world = await World.open({ mysql: 2, kafka: 0 });
  const server = world.stack.mysql[1]!;
  target = await connectSql(server);
  await target.run(`CREATE DATABASE archive;
    CREATE TABLE archive.hot_item (id BIGINT PRIMARY KEY, version INT NOT NULL, name VARCHAR(200) NOT NULL, price DECIMAL(10,2) NOT NULL)`);
  proxy = await startProxy(server);
  const { host, port } = world.stack.mysql[0]!;
  const mysql = { host: proxy.host, port: proxy.port, user: 'root', tables: { 'shop.*': 'archive.*' } };
  const source = { mysql: { host, port, user: 'repl', password: 'env:SOURCE_PASSWORD' }, tables: ['shop.*'] };
  await world.register(taskSpecSchema.parse({ name: TASK, source, sink: { mysql } }));
  world.core('core-1');
  world.core('core-2');
  await world.running();
  load = new Load(world.stack.mysql[0]!);
});

after(async () => {
  await load?.stop();
  await proxy?.close();
  await target?.close().catch(() => undefined);
  await world?.close();
});

async function checksum(sql: Sql, table: string): Promise<string> {
  return (await sql.cells(`CHECKSUM TABLE ${table}`)).map((row) => String(row[1])).join();
}

test('the target’s connections are reset at random moments: the runner goes on', () =>
  cutAtRandom(world, proxy, 'sink-unreachable', { times: CUTS, longestPauseMs: LONGEST_PAUSE_MS / 4 }));

test('the runner is killed at random moments: the standby goes on', async (t) => {
  const moments = await killAtRandom(world, { times: KILLS, longestPauseMs: LONGEST_PAUSE_MS });
  t.diagnostic(`killed ${moments.join(', ')} ms after RUNNING`);
});

test('the target is killed and started again: the runner goes on', async () => {
  await world.stack.mysql[1]!.kill();
  await world.until(
    'WAITING for the target',
    ({ progress }) => progress.kind === 'present' && progress.value.phase === 'WAITING',
  );
  await world.stack.mysql[1]!.start();
  await world.running();
  target = await connectSql(world.stack.mysql[1]!);
});

test('after all of it both have the same rows', async (t) => {
  const committed = await load.stop();
  await world.sql.run("INSERT INTO shop.hot_item (id, version, name, price) VALUES (900000001, 1, 'last', 1)");
  const end = performance.now() + CAUGHT_UP_MS;
  while ((await target.one('SELECT COUNT(*) FROM archive.hot_item WHERE id = 900000001')) === '0') {
    assert.ok(performance.now() < end, 'the last row has not arrived');
    await sleep(20);
  }
  const rows = await world.sql.one('SELECT COUNT(*) FROM shop.hot_item');
  t.diagnostic(`${rows} rows after ${committed.versions.size} committed versions`);
  assert.equal(await target.one('SELECT COUNT(*) FROM archive.hot_item'), rows);
  assert.equal(await checksum(target, 'archive.hot_item'), await checksum(world.sql, 'shop.hot_item'));
});
