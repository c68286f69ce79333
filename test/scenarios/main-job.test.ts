import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { after, before, test } from 'node:test';
import { handOver, setControl } from '../../coordination/control.js';
import { Load } from './load.js';
import { instances, TASK, World } from './world.js';

/** The main job on real services and real processes: hot standby from a MySQL into a Kafka. */
let world: World;
let load: Load;

before(async () => {
  world = await World.open();
});
after(() => world.close());

test('Cores wait for the configuration, then one runs and the other stands by', async () => {
  world.core('core-1');
  world.core('core-2');
  await world.until('two instances in line', (task) => instances(task).length === 2);
  await world.register();
  await world.running();
  load = new Load(world.stack.mysql[0]!);
  await world.settle();
});

test('the runner is killed, then the machine of the next one dies: the standby goes on where the sink is', async (t) => {
  const { runner, term } = await world.running();
  const killed = performance.now();
  runner.kill('SIGKILL');
  const next = await world.running(0);
  assert.ok(next.term > term);
  t.diagnostic(`the standby was RUNNING ${Math.round(performance.now() - killed)} ms after the kill`);
  assert.deepEqual(await runner.exited, [128 + constants.signals.SIGKILL, null]);
  world.core('core-3');
  await world.running();
  const died = performance.now();
  next.runner.die();
  assert.ok((await world.running(0)).term > next.term);
  t.diagnostic(`the standby was RUNNING ${Math.round(performance.now() - died)} ms after the machine's death`);
  world.core('core-3b');
  await world.running();
  await world.settle();
});

test('a hand-over and a graceful stop repeat nothing', async () => {
  const { runner, term } = await world.running();
  await world.settle();
  const { doubled } = world.audit;
  assert.equal((await handOver(world.session, TASK))?.term, term);
  await world.until('another term runs', (task) => instances(task).some((one) => (one.term ?? 0) > term));
  const second = await world.running();
  assert.notEqual(second.runner.name, runner.name);
  second.runner.kill('SIGTERM');
  const [code] = (await second.runner.exited) as [number];
  assert.equal(code, 0);
  assert.equal((await world.running(0)).runner.name, runner.name);
  world.core('core-4');
  await world.running();
  await world.settle();
  assert.equal(world.audit.doubled, doubled);
});

test('pause stops the stream without giving up the lead; resume goes on', async () => {
  await setControl(world.session, TASK, (control) => ({ ...control, desired: 'PAUSED' }));
  await world.until('PAUSED', ({ progress }) => progress.kind === 'present' && progress.value.phase === 'PAUSED');
  await setControl(world.session, TASK, (control) => ({ ...control, desired: 'RUNNING' }));
  await world.running();
  await world.settle();
});

test('a Core frozen past its session and thawed writes nothing more and joins again', async () => {
  const { runner, term } = await world.running();
  runner.kill('SIGSTOP');
  const next = await world.running(0);
  assert.ok(next.term > term);
  await world.settle();
  runner.kill('SIGCONT');
  const after = await world.running();
  assert.equal(after.term, next.term);
});

test('after all of it every committed row is in the topic and each last state is right', async (t) => {
  const committed = await load.stop();
  await world.settle();
  const { records, doubled } = await world.audit.compare(world.sql, committed);
  t.diagnostic(`${records} records for ${committed.versions.size} committed versions, ${doubled} delivered twice`);
  assert.ok(records >= committed.versions.size);
  assert.equal(doubled, 0);
});
