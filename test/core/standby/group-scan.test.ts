import assert from 'node:assert/strict';
import { after, before, describe, test, type TestContext } from 'node:test';
import { setControl } from '../../../coordination/control.js';
import { paths } from '../../../coordination/paths.js';
import { deleteTask, readTask, registerTask, updateTask } from '../../../coordination/registry.js';
import type { Session } from '../../../coordination/session.js';
import { newRoot, newSignal, openSession, until, untilState } from '../../coordination/zookeeper-fixture.js';
import { startStack, type Stack } from '../../stack/stack.js';
import {
  GROUP,
  groupTask,
  registerGroup,
  startCoreFor,
  untilLines,
  untilTold,
  type CoreWishes,
} from './group-fixture.js';

describe('a group of Cores', { timeout: 120_000 }, () => {
  let stack: Stack;
  before(async () => {
    stack = await startStack({ zookeeper: 1 });
  });
  after(() => stack.stop());

  /** A session that looks on, and a way to start Cores, each with a session of its own. */
  async function newGroup(t: TestContext) {
    const servers = `${stack.zookeeper.connectString}${newRoot()}`;
    const eye = await openSession(t, servers);
    const start = async (name: string, wishes?: CoreWishes) =>
      startCoreFor(t, await openSession(t, servers), name, wishes);
    return { eye, start };
  }

  async function update(eye: Session, task: string, changes: { instances?: number; group?: string }) {
    const found = await readTask(eye, task);
    assert.ok(found);
    await updateTask(eye, { ...found.value, ...changes }, found.stat.version);
  }

  const counts = (lines: readonly string[]): Record<string, number> => {
    const all: Record<string, number> = {};
    for (const one of lines.join(' ').split(' ').filter(Boolean)) {
      const core = one.split(':')[0]!;
      all[core] = (all[core] ?? 0) + 1;
    }
    return all;
  };
  const cold = (lines: readonly string[]) => lines.every((line) => /^\S+:RUNNING$/.test(line));

  test('two Cores share six tasks evenly, one instance each; one dies, and the other runs them all', async (t) => {
    const { eye, start } = await newGroup(t);
    const tasks = await registerGroup(eye, 6);
    const [a] = await Promise.all([start('a'), start('b')]);
    assert.deepEqual(counts(await untilLines(eye, tasks, cold)), { a: 3, b: 3 });
    await a.die();
    await untilLines(eye, tasks, (lines) => cold(lines) && counts(lines)['b'] === 6);
  });

  test('a Core that joins gets its share, each task without a moment in which nobody stood in line; then all rests', async (t) => {
    const { eye, start } = await newGroup(t);
    const tasks = await registerGroup(eye, 6);
    await start('a');
    await untilLines(eye, tasks, cold);
    const empty: string[] = [];
    for (const task of tasks) {
      const path = paths.instances(task);
      t.after(
        eye.watch(path, 'children', () => {
          void eye.children(path).then(
            (line) => line?.length === 0 && empty.push(task),
            () => undefined,
          );
        }),
      );
    }
    await start('b');
    await start('c');
    await untilLines(eye, tasks, (lines) => cold(lines) && Object.values(counts(lines)).join() === '2,2,2');
    assert.deepEqual(empty, []);
    const nodes = () => Promise.all(tasks.map((task) => eye.children(paths.instances(task))));
    const before = await nodes();
    await new Promise((resolve) => setTimeout(resolve, 1_500)); // five times as long as a group must rest before a move
    assert.deepEqual(await nodes(), before, 'a stable cluster moves nothing');
  });

  test('instances: 2 is hot standby without naming machines; a Core that dies is replaced on both places', async (t) => {
    const { eye, start } = await newGroup(t);
    const tasks = await registerGroup(eye, 4, { instances: 2 });
    const cores = await Promise.all(['a', 'b', 'c'].map((name) => start(name)));
    const hot = (lines: readonly string[]) =>
      lines.every((line) => /^(\S+):RUNNING (\S+):STANDBY$/.test(line) && new Set(line.match(/\S+(?=:)/g)).size === 2);
    assert.deepEqual(Object.values(counts(await untilLines(eye, tasks, hot))).sort(), [2, 3, 3]);
    await cores[0]!.die();
    const lines = await untilLines(eye, tasks, (now) => hot(now) && !now.join(' ').includes('a:'));
    assert.deepEqual(counts(lines), { b: 4, c: 4 });
  });

  test('more and fewer instances: the missing ones are found, the last in line withdraws', async (t) => {
    const { eye, start } = await newGroup(t);
    const [task = ''] = await registerGroup(eye, 1);
    for (const name of ['a', 'b', 'c']) await start(name);
    const [first = ''] = await untilLines(eye, [task], cold);
    await update(eye, task, { instances: 3 });
    await untilLines(eye, [task], ([line = '']) => line.split(' ').length === 3);
    await update(eye, task, { instances: 1 });
    assert.deepEqual(await untilLines(eye, [task], cold), [first]);
  });

  test('a paused task keeps its instance; one that is deleted or leaves the group does not', async (t) => {
    const { eye, start } = await newGroup(t);
    const [paused = '', moved = '', deleted = ''] = await registerGroup(eye, 3);
    await start('a');
    const b = await start('b', { groups: ['other'] });
    const [running = ''] = await untilLines(eye, [paused, moved, deleted], cold);
    await setControl(eye, paused, (control) => ({ ...control, desired: 'PAUSED' }));
    await update(eye, moved, { group: 'other' });
    await deleteTask(eye, deleted, { force: true });
    await untilLines(eye, [moved], ([line]) => line === 'b:RUNNING');
    assert.ok(b.leads.has(moved));
    await until(eye, paths.tasks, 'children', async () => !(await eye.children(paths.tasks))?.includes(deleted));
    assert.deepEqual(await untilLines(eye, [paused], cold), [running]);
  });

  test('a Core that stops in order leaves no task without an instance for a moment, and goes at once when it is the last', async (t) => {
    const { eye, start } = await newGroup(t);
    const tasks = await registerGroup(eye, 4);
    const a = await start('a');
    const b = await start('b');
    await untilLines(eye, tasks, (lines) => cold(lines) && counts(lines)['b'] === 2);
    const empty: string[] = [];
    for (const task of tasks) {
      const path = paths.instances(task);
      const look = () => eye.children(path).then((line) => line?.length === 0 && empty.push(task));
      t.after(eye.watch(path, 'children', () => void look().catch(() => undefined)));
    }
    await a.stop();
    await untilLines(eye, tasks, (lines) => cold(lines) && counts(lines)['b'] === 4);
    assert.deepEqual(empty, []);
    assert.equal(b.log.lines.filter(({ message }) => message.includes('withdraws')).length, 0);
    const began = performance.now();
    await b.stop();
    assert.ok(performance.now() - began < 2_000);
  });

  test('a stop while ZooKeeper is away is bounded; nobody is waited for who cannot be seen', async (t) => {
    const { eye, start } = await newGroup(t);
    const tasks = await registerGroup(eye, 2);
    const a = await start('a');
    await start('b', { capacity: 5 });
    await untilLines(eye, tasks, cold);
    const [zookeeper] = stack.zookeeper.servers;
    await zookeeper!.pause();
    try {
      await untilState(a.session, 'suspended');
      const began = performance.now();
      await a.stop();
      assert.ok(performance.now() - began < a.session.timeoutMs + 1_500);
    } finally {
      await zookeeper!.resume();
    }
  });

  test('a full Core says so once and takes nothing more; the next one takes what is left', async (t) => {
    const { eye, start } = await newGroup(t);
    const tasks = await registerGroup(eye, 5);
    const a = await start('a', { capacity: 2 });
    const served = (lines: readonly string[]) => lines.filter(Boolean).length;
    await untilLines(eye, tasks, (lines) => served(lines) === 2);
    await registerTask(eye, groupTask('one-more'));
    await start('b', { capacity: 10 });
    await untilLines(eye, [...tasks, 'one-more'], cold);
    assert.equal(a.log.lines.filter(({ message }) => message.includes('is full')).length, 1);
    assert.ok(a.leads.size <= 2);
  });

  test('what a Core serves by name it serves once, whatever the group wants', async (t) => {
    const { eye, start } = await newGroup(t);
    const [pinned = '', other = ''] = await registerGroup(eye, 2);
    await start('a', { tasks: [pinned] });
    await untilLines(eye, [pinned, other], cold);
    await start('b', { tasks: [pinned] });
    const lines = await untilLines(eye, [pinned, other], ([first = '']) => first.includes('STANDBY'));
    assert.equal(lines[0], 'a:RUNNING b:STANDBY');
  });

  test('the fault of one task stays with it: the others are not touched, and another Core has its turn', async (t) => {
    const { eye, start } = await newGroup(t);
    const [poisoned = '', ...healthy] = await registerGroup(eye, 4);
    let faults = 0;
    const a = await start('a', {
      lead: (task, lead) => {
        if (task !== poisoned) return untilTold(task, lead);
        faults++;
        return Promise.reject(new Error('cannot lead this one'));
      },
    });
    await untilLines(eye, healthy, cold);
    const terms = healthy.map((task) => a.leads.get(task)?.term);
    await start('b');
    await untilLines(eye, [poisoned], ([line]) => line === 'b:RUNNING');
    assert.ok(faults > 0);
    // One of them may have moved to the newcomer; none has begun again here.
    for (const [i, task] of healthy.entries()) {
      const term = a.leads.get(task)?.term;
      if (term !== undefined) assert.equal(term, terms[i]);
    }
  });

  test('a lead given up by order goes to another Core at once, although the first is no more loaded', async (t) => {
    const { eye, start } = await newGroup(t);
    const [task = ''] = await registerGroup(eye, 1);
    const led = newSignal<() => void>();
    const lead: CoreWishes['lead'] = (name, now) =>
      Promise.race([untilTold(name, now), new Promise<void>((resolve) => led.resolve(resolve))]);
    await start('a', { lead });
    await start('b', { lead });
    const [before = ''] = await untilLines(eye, [task], cold);
    const finish = await led.promise;
    const began = performance.now();
    finish();
    const [after] = await untilLines(eye, [task], (lines) => cold(lines) && lines[0] !== before);
    t.diagnostic(`${before} to ${after} in ${Math.round(performance.now() - began)} ms`);
    assert.ok(performance.now() - began < 1_500, 'nobody waited for the patience of the plan');
  });

  test('an index entry without task, an unreadable task and an unreadable Core hold nobody up', async (t) => {
    const { eye, start } = await newGroup(t);
    await eye.create(paths.groupTask(GROUP, 'ghost'), '', 'persistent');
    await eye.create(paths.groupTask(GROUP, 'broken'), '', 'persistent');
    await eye.create(paths.task('broken'), '{', 'persistent');
    await eye.create(paths.core('strange'), '{', 'persistent');
    const tasks = await registerGroup(eye, 2);
    await start('a');
    await untilLines(eye, tasks, cold);
    assert.equal(await eye.read(paths.instances('ghost')), undefined);
    // As soon as it is mended it is served.
    await registerTask(eye, groupTask('ghost'));
    await untilLines(eye, ['ghost'], cold);
  });
});
