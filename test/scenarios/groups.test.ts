import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { handOver } from '../../coordination/control.js';
import { registerTask } from '../../coordination/registry.js';
import type { TaskSpec } from '../../coordination/schema/task-spec.js';
import { listTasks, type TaskOverview } from '../../coordination/task-list.js';
import { Load } from './load.js';
import { instances, TASK, World, type CoreHandle } from './world.js';

/** Cold standby on real processes: a group's tasks find their Cores, survive one's death, and spread when one joins. */
const GROUP = 'shop';
const SESSION_TIMEOUT_MS = 4_000;
const OTHERS = ['copy_users', 'copy_orders'];
const TASKS = [TASK, ...OTHERS];

let world: World;
let load: Load;
const cores = new Map<string, CoreHandle>();

before(async () => {
  world = await World.open();
});
after(() => world.close());

function start(name: string): void {
  cores.set(name, world.core(name, undefined, ['--group', GROUP, '--capacity', '10']));
}

/** The Core that runs each task, once each has one instance and that is RUNNING. */
function runners(overviews: readonly TaskOverview[]): string[] {
  return overviews
    .filter(({ name }) => TASKS.includes(name))
    .flatMap((overview) => {
      const { progress } = overview;
      const [only, ...more] = instances(overview);
      const runs =
        progress.kind === 'present' && progress.value.phase === 'RUNNING' && progress.value.term === only?.term;
      return only !== undefined && more.length === 0 && runs ? [only.core] : [];
    });
}

async function until(
  what: string,
  wanted: (runners: readonly string[]) => boolean,
  limitMs: number,
): Promise<string[]> {
  const end = performance.now() + limitMs;
  for (;;) {
    const seen = runners(await listTasks(world.session));
    if (seen.length === TASKS.length && wanted(seen)) return seen;
    if (performance.now() > end) {
      const logs = [...cores].map(([name, { lines }]) => `${name}:\n${lines.slice(-20).join('\n')}`).join('\n');
      throw new Error(`not within ${limitMs} ms: ${what}; running on ${seen.join(', ')}\n${logs}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('two Cores of a group share its three tasks; nobody has told them which', async () => {
  const group = (spec: TaskSpec): TaskSpec => ({ ...spec, group: GROUP, instances: 1 });
  await registerTask(world.session, group(world.spec()));
  for (const name of OTHERS) {
    await registerTask(world.session, group({ ...world.spec({ source: { tables: ['shop.tmp_note'] } }), name }));
  }
  const before = await world.cli(['task', 'list', '--json']);
  assert.deepEqual(
    (JSON.parse(before.out) as { tasks: { kind: string }[] }).tasks.map(({ kind }) => kind),
    ['no-core', 'no-core', 'no-core'],
  );
  start('core-1');
  start('core-2');
  const seen = await until('two and one', (now) => new Set(now).size === 2, 30_000);
  assert.equal(seen.length, 3);
  load = new Load(world.stack.mysql[0]!);
  await world.settle();
});

test('kill -9 of the one that runs the audited task: all three run on the other', async (t) => {
  const [runner] = instances(await world.until('the audited task runs', (task) => instances(task).length === 1));
  const [victim, survivor] = runner!.core === 'core-1' ? ['core-1', 'core-2'] : ['core-2', 'core-1'];
  const killed = performance.now();
  cores.get(victim)!.kill('SIGKILL');
  await until(`all run on ${survivor}`, (now) => now.every((core) => core === survivor), SESSION_TIMEOUT_MS + 6_000);
  t.diagnostic(`all three ran on the other ${Math.round(performance.now() - killed)} ms after the kill`);
  await world.settle();
});

test('a Core that joins gets its share by hand-over, which repeats nothing', async (t) => {
  const { doubled } = world.audit;
  const began = performance.now();
  start('core-3');
  const seen = await until('one of three moved', (now) => now.includes('core-3'), 30_000);
  t.diagnostic(`core-3 ran its share ${Math.round(performance.now() - began)} ms after its start`);
  assert.equal(seen.filter((core) => core === 'core-3').length, 1);
  await world.settle();
  assert.equal(world.audit.doubled, doubled);
});

test('a hand-over by order moves a cold-standby task to another Core, and repeats nothing', async (t) => {
  const [before] = await until('all run', () => true, 10_000);
  const { doubled } = world.audit;
  const began = performance.now();
  assert.ok(await handOver(world.session, TASK));
  await until('another Core runs the audited task', ([now]) => now !== before, 10_000);
  t.diagnostic(`RUNNING elsewhere ${Math.round(performance.now() - began)} ms after the order`);
  await world.settle();
  assert.equal(world.audit.doubled, doubled);
});

test('an orderly stop of the runner: its tasks run elsewhere before it ends, and nothing is repeated', async (t) => {
  const [before = ''] = await until('all run', () => true, 10_000);
  const { doubled } = world.audit;
  const runner = cores.get(before)!;
  const began = performance.now();
  runner.kill('SIGTERM');
  await until('all run elsewhere', (now) => !now.includes(before), 15_000);
  t.diagnostic(`all ran elsewhere ${Math.round(performance.now() - began)} ms after the signal`);
  const [code] = (await runner.exited) as [number];
  assert.equal(code, 0);
  await world.settle();
  assert.equal(world.audit.doubled, doubled);
});

test('after all of it nothing is lost', async (t) => {
  const committed = await load.stop();
  await world.settle();
  const { records, doubled } = await world.audit.compare(world.sql, committed);
  t.diagnostic(`${records} records for ${committed.versions.size} committed versions, ${doubled} delivered twice`);
  assert.ok(records >= committed.versions.size);
});
