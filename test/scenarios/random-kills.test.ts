import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startProxy, type TcpProxy } from '../stack/proxy.js';
import { Load } from './load.js';
import { cutAtRandom, killAtRandom } from './random-faults.js';
import { World } from './world.js';

/** Faults at moments that nobody chose, under load: the runner is killed, its connection to the source is reset. */
const KILLS = 10;
const CUTS = 10;
/** Longer than `lastCommit` takes to be written, so that a kill may come before, in, or after that. */
const LONGEST_PAUSE_MS = 2_500;

let world: World;
let source: TcpProxy;
let load: Load;

before(async () => {
  world = await World.open();
  source = await startProxy(world.stack.mysql[0]!);
  await world.register(world.spec({ mysql: { host: source.host, port: source.port } }));
  world.core('core-1');
  world.core('core-2');
  await world.running();
  load = new Load(world.stack.mysql[0]!);
});
after(async () => {
  await source.close();
  await world.close();
});

test('the source connection is reset at random moments: the runner goes on', () =>
  cutAtRandom(world, source, 'source-unreachable', { times: CUTS, longestPauseMs: LONGEST_PAUSE_MS / 4 }));

test('the runner is killed at random moments: the standby goes on', async (t) => {
  const moments = await killAtRandom(world, { times: KILLS, longestPauseMs: LONGEST_PAUSE_MS });
  t.diagnostic(`killed ${moments.join(', ')} ms after RUNNING`);
});

test('after all of it every committed row is in the topic and each last state is right', async (t) => {
  const committed = await load.stop();
  await world.running();
  await world.settle();
  const { records, doubled } = await world.audit.compare(world.sql, committed);
  t.diagnostic(`${records} records for ${committed.versions.size} committed versions, ${doubled} delivered twice`);
  t.diagnostic(`peak memory of a Core ${Math.round(world.peakMegabytes)} MB`);
  assert.ok(records >= committed.versions.size);
  assert.equal(doubled, 0);
});
