import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startStack, type Stack } from '../stack/stack.js';
import { Load } from './load.js';
import { TASK, World } from './world.js';

/** The ensemble is lost with all its data, and another one, which knows nothing, comes up at its addresses. */
let world: World;
let rebuilt: Stack | undefined;
let load: Load;

before(async () => {
  world = await World.open({ zookeeper: 3 });
  // Its second epoch: terms are far above those of an ensemble that begins anew.
  const leader = await world.stack.zookeeper.leader();
  await leader.restart();
  await world.register();
  world.core('core-1');
  world.core('core-2');
  await world.running();
  load = new Load(world.stack.mysql[0]!);
  await world.settle();
});
after(async () => {
  await world.close();
  await rebuilt?.stop();
});

test('the Cores live on, and wait for the task to be registered', async () => {
  const { servers } = world.stack.zookeeper;
  await Promise.all(servers.map((server) => server.kill()));
  rebuilt = await startStack({ zookeeper: 3 }, { ports: { zookeeper: servers.map(({ port }) => port) } });
  await world.joinZookeeper();
  const { spec } = await world.until('two instances in line', ({ instances }) => instances.length === 2);
  assert.equal(spec.kind, 'absent');
});

test('registered again it stops as term-behind, and names the command by which it goes on', async () => {
  const registered = await world.cli(['task', 'register', '-f', '-'], JSON.stringify(world.spec()));
  assert.equal(registered.code, 0, registered.err);
  await world.until('STOPPED by term-behind', ({ progress }) => {
    return progress.kind === 'present' && progress.value.failure?.kind === 'term-behind';
  });
  const shown = await world.cli(['task', 'show', TASK]);
  const [, command = ''] = /mysql-replicator (task resume \S+ --adopt-term \d+)/.exec(shown.out) ?? [];
  assert.notEqual(command, '', shown.out);
  const resumed = await world.cli(command.split(' '));
  assert.equal(resumed.code, 0, resumed.err);
  await world.running();
  await world.settle();
});

test('whoever takes over next needs no further order', async () => {
  const { runner, term } = await world.running();
  runner.kill('SIGKILL');
  assert.ok((await world.running(0)).term > term);
  await world.settle();
});

test('nothing is lost or doubled, what was written meanwhile included', async (t) => {
  const committed = await load.stop();
  await world.settle();
  const { records, doubled, reordered } = await world.audit.compare(world.sql, committed);
  t.diagnostic(`${records} records for ${committed.versions.size} committed versions`);
  assert.deepEqual({ doubled, reordered }, { doubled: 0, reordered: 0 });
});
