import assert from 'node:assert/strict';
import { after, before, describe, test, type TestContext } from 'node:test';
import { handOver, readControl, setControl } from '../../coordination/control.js';
import { listCores, registerCore } from '../../coordination/cores.js';
import { appendTerm, readHistory } from '../../coordination/history.js';
import { paths } from '../../coordination/paths.js';
import { deleteTask, readTask, registerTask, updateTask } from '../../coordination/registry.js';
import { taskSpecSchema, type TaskSpec } from '../../coordination/schema/task-spec.js';
import type { CoreInfo } from '../../coordination/schema/znodes.js';
import type { Session } from '../../coordination/session.js';
import { listTasks } from '../../coordination/task-list.js';
import { startStack, type Stack } from '../stack/stack.js';
import { play, TASK } from './leadership-fixture.js';
import { newRoot, openSession } from './zookeeper-fixture.js';

function newSpec(name: string, more: Partial<TaskSpec> = {}): TaskSpec {
  return {
    ...taskSpecSchema.parse({
      name,
      source: { mysql: { host: 'db', user: 'repl' }, tables: ['shop.*'] },
      sink: { kafka: { brokers: ['kafka:9092'] } },
    }),
    ...more,
  };
}

/** Lets the n-th write of a session through and dies after it, as a process may. */
function dyingAfter(session: Session, writes: number): Session {
  let left = writes;
  const count = <A extends unknown[], T>(write: (...args: A) => Promise<T>) => {
    return async (...args: A): Promise<T> => {
      if (left-- <= 0) throw new Error('died');
      return write(...args);
    };
  };
  return Object.create(session, {
    create: { value: count(session.create.bind(session)) },
    set: { value: count(session.set.bind(session)) },
    remove: { value: count(session.remove.bind(session)) },
    read: { value: session.read.bind(session) },
    children: { value: session.children.bind(session) },
  }) as Session;
}

describe('the task registry', { timeout: 60_000 }, () => {
  let stack: Stack;
  before(async () => {
    stack = await startStack({ zookeeper: 1 });
  });
  after(() => stack.stop());

  function open(t: TestContext, root = newRoot()): Promise<Session> {
    return openSession(t, `${stack.zookeeper.connectString}${root}`);
  }

  test('a task is registered once; again with the same configuration is fine, with another refused', async (t) => {
    const session = await open(t);
    const spec = newSpec('a', { group: 'shop' });
    assert.equal(await readTask(session, 'a'), undefined);
    assert.equal(await registerTask(session, spec), 'registered');
    assert.equal(await registerTask(session, spec), 'unchanged');
    assert.deepEqual((await readTask(session, 'a'))?.value, spec);
    assert.deepEqual(await session.children(paths.group('shop')), ['a']);
    const other = newSpec('a', { instances: 5 });
    await assert.rejects(registerTask(session, other), { kind: 'node-exists' });
    await assert.rejects(registerTask(session, other, { replace: true, version: 77 }), { kind: 'version-conflict' });
    assert.equal(await registerTask(session, other, { replace: true }), 'replaced');
    assert.deepEqual((await readTask(session, 'a'))?.value, other);
    assert.deepEqual(await session.children(paths.group('shop')), []);
  });

  test('two who register one task at the same time: one configuration, the other is refused', async (t) => {
    const session = await open(t);
    const outcomes = await Promise.allSettled([
      registerTask(session, newSpec('a', { instances: 3 })),
      registerTask(session, newSpec('a', { instances: 4 })),
    ]);
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  });

  test('a registration that died after any of its writes is completed by the next one', async (t) => {
    const finished = await open(t);
    await registerTask(finished, newSpec('a', { group: 'old' }));
    for (let writes = 0; writes < 5; writes++) {
      const session = await open(t);
      const spec = newSpec('a', { group: 'new' });
      // A change of group that was interrupted before.
      if (writes % 2 === 1) await registerTask(session, newSpec('a', { group: 'old' }));
      const dying = registerTask(dyingAfter(session, writes), spec, { replace: true }).catch(() => 'died');
      await dying;
      await registerTask(session, spec, { replace: true });
      assert.deepEqual((await readTask(session, 'a'))?.value, spec);
      assert.deepEqual(await session.children(paths.group('new')), ['a']);
      assert.deepEqual((await session.children(paths.group('old'))) ?? [], []);
      assert.deepEqual(await session.children(paths.instances('a')), []);
    }
  });

  test('updateTask wants the version it was read with', async (t) => {
    const session = await open(t);
    await assert.rejects(updateTask(session, newSpec('a'), 0), { kind: 'no-node' });
    await registerTask(session, newSpec('a'));
    const { stat } = (await readTask(session, 'a'))!;
    await updateTask(session, newSpec('a', { instances: 3, group: 'g' }), stat.version);
    await assert.rejects(updateTask(session, newSpec('a', { instances: 4 }), stat.version), {
      kind: 'version-conflict',
    });
    assert.deepEqual(await session.children(paths.group('g')), ['a'], 'a refused change leaves the index alone');
  });

  test('the list shows everything, and what cannot be read as such', async (t) => {
    const session = await open(t);
    assert.deepEqual(await listTasks(session), []);
    await registerTask(session, newSpec('b'));
    await registerTask(session, newSpec('a'));
    await session.create(paths.instances('waiting'), '', 'persistent');
    await session.set(paths.task('b'), '{"name":"b"}', -1);
    await session.create(paths.progress('a'), 'rubbish', 'persistent');
    await session.create(`${paths.instances('a')}/odd`, '', 'persistent');
    await session.create(`${paths.instances('a')}/h-`, '{}', 'ephemeral-sequential');
    const list = await listTasks(session);
    assert.deepEqual(
      list.map(({ name, spec, progress, control, lastCommit, instances, foreign }) => {
        const kinds = [spec.kind, progress.kind, control.kind, lastCommit.kind];
        return { name, kinds, instances: instances.map(({ reading }) => reading.kind), foreign };
      }),
      [
        {
          name: 'a',
          kinds: ['present', 'unreadable', 'absent', 'absent'],
          instances: ['unreadable'],
          foreign: ['odd'],
        },
        { name: 'b', kinds: ['unreadable', 'absent', 'absent', 'absent'], instances: [], foreign: [] },
        { name: 'waiting', kinds: ['absent', 'absent', 'absent', 'absent'], instances: [], foreign: [] },
      ],
    );
  });

  test('control: defaults, changes by many at once, a hand-over that names the term', async (t) => {
    const session = await open(t);
    await assert.rejects(
      setControl(session, TASK, (control) => control),
      { kind: 'no-node' },
    );
    await registerTask(session, newSpec(TASK));
    assert.deepEqual(await readControl(session, TASK), { desired: 'RUNNING', resumes: 0 });
    await session.create(paths.control(TASK), '', 'persistent'); // empty is as good as none
    await Promise.all(
      Array.from({ length: 10 }, () => setControl(session, TASK, (c) => ({ ...c, resumes: c.resumes + 1 }))),
    );
    assert.equal((await readControl(session, TASK)).resumes, 10);
    assert.equal(await handOver(session, TASK), undefined);
    const a = play(t, session, 'a');
    const { lead } = await a.leading();
    assert.deepEqual(await handOver(session, TASK), { term: lead.term, core: 'a' });
    assert.deepEqual(await readControl(session, TASK), { desired: 'RUNNING', resumes: 10, handOverTerm: lead.term });
  });

  test('deletion: refused while running, unless paused or forced; then nothing is left', async (t) => {
    const session = await open(t);
    assert.equal(await deleteTask(session, TASK), false);
    await registerTask(session, newSpec(TASK, { group: 'g' }));
    const a = play(t, session, 'a');
    const { lead } = await a.leading();
    await assert.rejects(deleteTask(session, TASK), { kind: 'task-running' });
    assert.equal(lead.signal.aborted, false);
    await setControl(session, TASK, (control) => ({ ...control, desired: 'PAUSED' }));
    assert.equal(await deleteTask(session, TASK), true);
    assert.equal(await readTask(session, TASK), undefined);
    assert.deepEqual(await session.children(paths.group('g')), []);
    // The instance joins again: a Core that serves this task waits for a configuration.
    const again = await a.leading(2);
    assert.equal(lead.signal.aborted, true);
    assert.ok(again.lead.term > lead.term);
    await a.stop();
    assert.equal(await deleteTask(session, TASK, { force: true }), false);
    assert.equal(await session.read(paths.task(TASK)), undefined);
  });

  test('history: bounded, no term twice, an unreadable one is left alone', async (t) => {
    const session = await open(t);
    await registerTask(session, newSpec('a'));
    const entry = (term: number) => ({ term, core: 'c', host: 'h', began: term });
    assert.deepEqual(await readHistory(session, 'a'), []);
    for (let term = 1; term <= 60; term++) assert.equal(await appendTerm(session, 'a', entry(term)), undefined);
    await appendTerm(session, 'a', entry(60));
    const terms = (await readHistory(session, 'a')).map(({ term }) => term);
    assert.deepEqual([terms.length, terms[0], terms.at(-1)], [50, 11, 60]);
    await session.set(paths.history('a'), '{"terms":7}', -1);
    assert.equal((await appendTerm(session, 'a', entry(61)))?.path, paths.history('a'));
    assert.equal((await session.read(paths.history('a')))?.data, '{"terms":7}');
  });

  test('a Core is known while it lives; its name is refused to another, and free when it has gone', async (t) => {
    const root = newRoot();
    const session = await open(t, root);
    const other = await open(t, root);
    const info: CoreInfo = {
      core: 'core 1',
      host: 'h1',
      pid: 77,
      version: '0',
      since: 1,
      groups: [],
      tasks: ['a'],
    };
    const update = await registerCore(session, info);
    await update({ ...info, tasks: ['a', 'b'] });
    const [known] = await listCores(other);
    assert.deepEqual(known?.reading.kind === 'present' && known.reading.value.tasks, ['a', 'b']);
    await assert.rejects(registerCore(other, { ...info, pid: 78 }, 100), {
      kind: 'node-exists',
      message: /core 1.*h1.*77/,
    });
    const waiting = registerCore(other, { ...info, pid: 78 });
    await session.close();
    await waiting;
    const [now] = await listCores(other);
    assert.equal(now?.reading.kind === 'present' && now.reading.value.pid, 78);
  });
});
