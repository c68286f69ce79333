import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Load } from './load.js';
import { instances, TASK, World, type CoreHandle } from './world.js';

/** Every Core is stopped in order and started again, one after the other, under load. How long that pauses a task is the bench's part. */
const CORES = ['core-1', 'core-2', 'core-3'];
const GROUP = 'shop';

const STANDBYS = [
  { name: 'hot standby', group: undefined, line: CORES.length, serving: ['--task', TASK] },
  { name: 'cold standby', group: GROUP, line: 1, serving: ['--group', GROUP] },
];

for (const { name, group, line, serving } of STANDBYS) {
  test(`a rolling restart of all Cores in ${name}: nothing is lost, doubled or reordered`, async (t) => {
    const world = await World.open();
    t.after(() => world.close());
    await world.register({ ...world.spec(), group, instances: line });
    const start = (core: string): CoreHandle => world.core(core, undefined, serving);
    const cores = new Map(CORES.map((core) => [core, start(core)]));
    const whole = () =>
      world.until(`RUNNING, ${line} in line`, (task) => {
        const { progress } = task;
        const [first, ...others] = instances(task);
        if (progress.kind !== 'present' || progress.value.phase !== 'RUNNING') return false;
        return progress.value.term === first?.term && others.length === line - 1;
      });
    await whole();
    const load = new Load(world.source);
    const terms = new Set<number>();
    for (const core of CORES) {
      await world.settle();
      const leaving = cores.get(core)!;
      leaving.kill('SIGTERM');
      assert.deepEqual(await leaving.exited, [0, null]);
      cores.set(core, start(core));
      const { progress } = await whole();
      assert.ok(progress.kind === 'present');
      terms.add(progress.value.term);
    }
    const committed = await load.stop();
    await world.settle();
    const { records, doubled, reordered, stale } = await world.audit.compare(world.sql, committed);
    t.diagnostic(`${records} records, ${terms.size} leads`);
    assert.deepEqual({ doubled, reordered, stale }, { doubled: 0, reordered: 0, stale: 0 });
  });
}
