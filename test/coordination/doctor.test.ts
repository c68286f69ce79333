import assert from 'node:assert/strict';
import { after, before, describe, test, type TestContext } from 'node:test';
import { readControl } from '../../coordination/control.js';
import { registerCore } from '../../coordination/cores.js';
import { describeRepair, type Finding, type FindingKind } from '../../coordination/doctor-finding.js';
import { carryOut, examine } from '../../coordination/doctor-repair.js';
import { readTree } from '../../coordination/doctor-tree.js';
import { instancePrefix } from '../../coordination/paths.js';
import { deleteTask, readTask, registerTask } from '../../coordination/registry.js';
import type { Session } from '../../coordination/session.js';
import { startStack, type Stack } from '../stack/stack.js';
import { joinAsLeader, newSpec, PLACE, plantHealthy, plantProgress } from './doctor-fixture.js';
import { newRoot, openSession } from './zookeeper-fixture.js';

interface Planted {
  readonly what: string;
  readonly plant: (session: Session, healthy: { term: number }) => Promise<unknown>;
  /** Kind, path, and the repair where there is one. */
  readonly finds: readonly (readonly [kind: FindingKind, path: string, repair?: string])[];
  readonly then?: (session: Session) => Promise<unknown>;
}

const commitOf = (term: number, more: object = {}): string =>
  JSON.stringify({ position: PLACE, committedAt: 1, term, core: 'c', ...more });
const put = (session: Session, path: string, data: string): Promise<unknown> =>
  session.remove(path).then(() => session.create(path, data, 'persistent'));

const PLANTED: readonly Planted[] = [
  {
    what: 'an index entry without its task',
    plant: (session) => session.create('/groups/g/gone', '', 'persistent'),
    finds: [['index-without-task', '/groups/g/gone', 'remove /groups/g/gone']],
  },
  {
    what: 'an index entry of a task of another group, and of none',
    plant: async (session) => {
      await session.create('/groups/old/shop', '', 'persistent');
      await session.create('/groups/old/idle', '', 'persistent');
    },
    finds: [
      ['index-of-other-group', '/groups/old/idle', 'remove /groups/old/idle'],
      ['index-of-other-group', '/groups/old/shop', 'remove /groups/old/shop'],
    ],
    then: async (session) => assert.deepEqual(await session.children('/groups/g'), ['shop']),
  },
  {
    what: 'a task that is not in its group’s index',
    plant: (session) => session.remove('/groups/g/shop'),
    finds: [['missing-from-index', '/groups/g/shop', 'create /groups/g/shop']],
    then: async (session) => assert.deepEqual(await session.children('/groups/g'), ['shop']),
  },
  {
    what: 'a task without instances node',
    plant: (session) => session.remove('/tasks/idle/instances'),
    finds: [['missing-instances-node', '/tasks/idle/instances', 'create /tasks/idle/instances']],
  },
  {
    what: 'what a deletion left',
    plant: async (session) => {
      await put(session, '/tasks/left/history', '{"terms":[]}');
      await put(session, '/tasks/left/control', 'rubbish');
      await session.create('/tasks/left/instances', '', 'persistent');
      await session.create('/groups/g/left', '', 'persistent');
      await session.create('/tasks/bare', '', 'persistent');
    },
    finds: [
      ['index-without-task', '/groups/g/left', 'remove /groups/g/left'],
      ['task-leftover', '/tasks/bare', 'remove /tasks/bare and what is below it'],
      ['task-leftover', '/tasks/left', 'remove /tasks/left and what is below it'],
    ],
    then: async (session) => assert.deepEqual((await session.children('/tasks'))?.sort(), ['idle', 'shop']),
  },
  {
    what: 'a position without its task',
    plant: (session) => put(session, '/tasks/half/lastCommit', commitOf(1)),
    finds: [['position-without-task', '/tasks/half']],
    then: async (session) => {
      assert.equal(await deleteTask(session, 'half'), true, 'as the advice says');
      assert.deepEqual(await examine(session, 0), []);
    },
  },
  {
    what: 'progress, history and control that cannot be read',
    plant: async (session) => {
      await put(session, '/tasks/idle/progress', 'rubbish');
      await put(session, '/tasks/idle/history', '{"terms":7}');
      await put(session, '/tasks/idle/control', '{"desired":"MAYBE"}');
      await put(session, '/tasks/idle/lastCommit', commitOf(1, { order: 3 }));
    },
    finds: [
      ['unreadable', '/tasks/idle/control', 'write /tasks/idle/control: PAUSED, order number 3'],
      ['unreadable', '/tasks/idle/history', 'remove /tasks/idle/history'],
      ['unreadable', '/tasks/idle/progress', 'remove /tasks/idle/progress'],
    ],
    then: async (session) => assert.deepEqual(await readControl(session, 'idle'), { desired: 'PAUSED', resumes: 3 }),
  },
  {
    what: 'a configuration, a lastCommit, and a control beside it that cannot be read',
    plant: async (session) => {
      await session.set('/tasks/idle', '{"name":"idle"}', -1);
      await put(session, '/tasks/idle/lastCommit', '{"term":"x"}');
      await put(session, '/tasks/idle/control', '[]');
    },
    finds: [
      ['unreadable', '/tasks/idle'],
      ['unreadable', '/tasks/idle/control'],
      ['unreadable', '/tasks/idle/lastCommit'],
    ],
  },
  {
    what: 'empty nodes where content belongs',
    plant: async (session) => {
      for (const part of ['control', 'lastCommit', 'progress', 'history'])
        await put(session, `/tasks/idle/${part}`, '');
    },
    finds: ['control', 'history', 'lastCommit', 'progress'].map((part) => {
      return ['empty-node', `/tasks/idle/${part}`, `remove /tasks/idle/${part}`] as const;
    }),
  },
  {
    what: 'a lastCommit of a rebuilt ensemble',
    plant: (session) => put(session, '/tasks/idle/lastCommit', commitOf(2 ** 40)),
    finds: [['term-of-another-ensemble', '/tasks/idle/lastCommit']],
  },
  {
    what: 'a lastCommit newer than the living leader',
    plant: (session, { term }) => put(session, '/tasks/shop/lastCommit', commitOf(term + 1)),
    finds: [['term-of-another-ensemble', '/tasks/shop/lastCommit']],
  },
  {
    what: 'a lastCommit that stands still while progress goes on',
    plant: async (session, { term }) => {
      await put(session, '/tasks/shop/lastCommit', commitOf(term, { committedAt: Date.now() - 60_000 }));
      await plantProgress(session, 'shop', term, { ...PLACE, offset: 501 }, Date.now());
    },
    finds: [['stale-last-commit', '/tasks/shop/lastCommit']],
  },
  {
    what: 'orders that count anew',
    plant: (session) => put(session, '/tasks/idle/lastCommit', commitOf(1, { order: 4 })),
    finds: [['order-number-behind', '/tasks/idle/control', 'write /tasks/idle/control: RUNNING, order number 4']],
    then: async (session) => assert.equal((await readControl(session, 'idle')).resumes, 4),
  },
  {
    what: 'orders that count anew, one of them waiting',
    plant: async (session) => {
      await put(session, '/tasks/idle/lastCommit', commitOf(1, { order: 4 }));
      await put(session, '/tasks/idle/control', '{"desired":"PAUSED","resumes":2,"restartFrom":"earliest"}');
    },
    finds: [['order-number-behind', '/tasks/idle/control', 'write /tasks/idle/control: PAUSED, order number 5']],
    then: async (session) =>
      assert.deepEqual(await readControl(session, 'idle'), { desired: 'PAUSED', resumes: 5, restartFrom: 'earliest' }),
  },
  {
    what: 'foreign children of the instances node',
    plant: async (session) => {
      await session.create('/tasks/idle/instances/odd', '', 'persistent');
      await session.create('/tasks/idle/instances/passing', '', 'ephemeral');
    },
    finds: [
      ['foreign-instance', '/tasks/idle/instances/odd', 'remove /tasks/idle/instances/odd'],
      ['foreign-instance', '/tasks/idle/instances/passing'],
    ],
  },
  {
    what: 'an instance that no session owns',
    plant: (session) => session.create('/tasks/idle/instances/h-0000000000', '', 'persistent'),
    finds: [
      ['instance-without-session', '/tasks/idle/instances/h-0000000000', 'remove /tasks/idle/instances/h-0000000000'],
    ],
    then: async (session) => assert.deepEqual(await session.children('/tasks/idle/instances'), []),
  },
  {
    what: 'instances that cannot be read, or run out of turn',
    plant: async (session) => {
      await session.create(instancePrefix('idle', 'a'), 'rubbish', 'ephemeral-sequential');
      await session.create(instancePrefix('idle', 'b'), '', 'ephemeral-sequential');
      await joinAsLeader(session, 'idle');
    },
    finds: [
      ['unreadable', '/tasks/idle/instances/a-0000000000'],
      ['unreadable', '/tasks/idle/instances/b-0000000001'],
      ['running-out-of-turn', '/tasks/idle/instances/h-0000000002'],
    ],
  },
  {
    what: 'nodes that this version does not make',
    plant: async (session) => {
      await session.create('/tomorrow', '', 'persistent');
      await session.create('/tasks/idle/tomorrow', '', 'persistent');
    },
    finds: [
      ['unknown-node', '/tasks/idle/tomorrow'],
      ['unknown-node', '/tomorrow'],
    ],
  },
  {
    what: 'tasks under a wrong name',
    plant: async (session) => {
      const { data } = (await session.read('/tasks/idle'))!;
      await session.create('/tasks/alias/instances', '', 'persistent');
      await session.set('/tasks/alias', data, -1);
    },
    finds: [['misnamed-task', '/tasks/alias']],
  },
  {
    what: 'Cores: one that no session owns, one that cannot be read, one that serves nothing it says',
    plant: async (session) => {
      await session.create('/cores/dead', '{}', 'persistent');
      await session.create('/cores/odd', '{}', 'ephemeral');
      const idle = { core: 'lazy', host: 'h', pid: 1, version: '0', since: 1, groups: ['g'], tasks: ['idle', 'none'] };
      await registerCore(session, idle);
    },
    finds: [
      ['core-not-serving', '/cores/lazy'],
      ['core-not-serving', '/cores/lazy'],
      ['core-without-session', '/cores/dead', 'remove /cores/dead'],
      ['unreadable', '/cores/odd'],
    ],
  },
];

/** For comparison: kind, path and repair, sorted. */
function brief(findings: readonly Finding[]): string[] {
  return findings
    .map(({ kind, path, repair }) => [kind, path, ...(repair ? [describeRepair(repair)] : [])].join(' | '))
    .sort();
}

const toOther = (session: Session, name: string): Promise<unknown> =>
  registerTask(session, newSpec(name, { group: 'other' }), { replace: true });

/** Calls `between` before the n-th request (from 0) of a session. */
function interrupted(session: Session, n: number, between: () => Promise<unknown>): Session {
  let count = 0;
  const step = <A extends unknown[], T>(request: (...args: A) => Promise<T>) => {
    return async (...args: A): Promise<T> => {
      if (count++ === n) await between();
      return request(...args);
    };
  };
  const own = ['create', 'set', 'remove', 'read', 'children'] as const;
  return Object.create(session, {
    ...Object.fromEntries(own.map((name) => [name, { value: step(session[name].bind(session) as never) }])),
  }) as Session;
}

describe('the doctor', { timeout: 60_000 }, () => {
  let stack: Stack;
  before(async () => {
    stack = await startStack({ zookeeper: 1 });
  });
  after(() => stack?.stop());

  const open = (t: TestContext, root = newRoot()): Promise<Session> =>
    openSession(t, `${stack.zookeeper.connectString}${root}`);

  test('a healthy tree has no findings, nor has an empty one, nor a Core that waits for its task', async (t) => {
    const session = await open(t);
    assert.deepEqual(await examine(session, 0), []);
    await plantHealthy(session);
    await joinAsLeader(session, 'not_registered');
    assert.deepEqual(await examine(session, 0), []);
  });

  for (const { what, plant, finds, then } of PLANTED) {
    test(`found${finds.some(([, , repair]) => repair) ? ' and repaired' : ''}: ${what}`, async (t) => {
      const session = await open(t);
      await plant(session, await plantHealthy(session));
      const found = await examine(session, 0);
      assert.deepEqual(brief(found), finds.map((one) => one.join(' | ')).sort());
      for (const { what: sentence, repair, advice } of found) {
        assert.ok(sentence.length > 0);
        assert.ok(repair !== undefined || advice !== undefined, 'says what can be done');
        if (repair !== undefined) assert.equal(await carryOut(session, repair), 'repaired', describeRepair(repair));
      }
      const remain = finds.filter(([, , repair]) => repair === undefined);
      assert.deepEqual(brief(await examine(session, 0)), remain.map((one) => one.join(' | ')).sort());
      await then?.(session);
    });
  }

  test('what changed since it was found is left alone', async (t) => {
    const session = await open(t);
    await plantHealthy(session);
    await put(session, '/tasks/idle/control', 'rubbish');
    await put(session, '/tasks/idle/progress', 'rubbish');
    await session.create('/tasks/left/instances', '', 'persistent');
    const found = await examine(session, 0);
    assert.equal(found.length, 3);
    await session.set('/tasks/idle/control', '{"desired":"PAUSED","resumes":9}', -1);
    await session.set('/tasks/idle/progress', 'other rubbish', -1);
    await joinAsLeader(session, 'left');
    for (const { repair } of found) assert.equal(await carryOut(session, repair!), 'changed');
    assert.equal((await readControl(session, 'idle')).resumes, 9);
    assert.equal((await session.read('/tasks/idle/progress'))?.data, 'other rubbish');
    assert.equal((await session.children('/tasks/left/instances'))?.length, 1);
  });

  test('what is found only once does not count', async (t) => {
    const session = await open(t);
    await plantHealthy(session);
    await session.create('/groups/g/late', '', 'persistent');
    const { length } = await countRequests(session);
    const registering = interrupted(session, length, () => registerTask(session, newSpec('late', { group: 'g' })));
    assert.deepEqual(await examine(registering, 0), []);
    await session.create('/groups/g/gone', '', 'persistent');
    const more = await countRequests(session);
    const planting = interrupted(session, more.length, () => session.create('/groups/g/new', '', 'persistent'));
    assert.deepEqual(brief(await examine(planting, 0)), [
      'index-without-task | /groups/g/gone | remove /groups/g/gone',
    ]);
  });

  test('whenever a registration, a change of group or a deletion comes between, the tree is whole', async (t) => {
    const kinds = ['task-leftover', 'index-without-task'];
    for (let n = 0; n < 9; n++) {
      // The doctor works on what a deletion left, and the task is registered anew after n of its requests.
      const session = await open(t);
      await session.create('/tasks/a/instances', '', 'persistent');
      await session.create('/groups/g/a', '', 'persistent');
      const found = await examine(session, 0);
      assert.deepEqual(found.map(({ kind }) => kind).sort(), kinds.toSorted());
      const doctor = interrupted(session, n, () => registerTask(session, newSpec('a', { group: 'g' })));
      for (const { repair } of found) await carryOut(doctor, repair!);
      const registered = (await readTask(session, 'a')) !== undefined;
      assert.deepEqual(await session.children('/groups/g'), registered ? ['a'] : []);
      assert.deepEqual(await session.children('/tasks/a/instances'), registered ? [] : undefined);
      assert.deepEqual(await examine(session, 0), []);
    }
    for (let n = 0; n < 5; n++) {
      // The registration is the one that is interrupted, by the doctor who sees it half done.
      const session = await open(t);
      const slow = interrupted(session, n, async () => {
        for (const { repair } of await examine(session, 0)) await carryOut(session, repair!);
      });
      await registerTask(slow, newSpec('a', { group: 'g' }));
      assert.deepEqual(await examine(session, 0), [], `after ${n} requests`);
      assert.deepEqual(await session.children('/groups/g'), ['a']);
    }
    for (let n = 0; n < 3; n++) {
      // The doctor adds a missing entry, and the task is deleted or changes its group after n of its requests.
      for (const change of [deleteTask, toOther]) {
        const session = await open(t);
        await registerTask(session, newSpec('a', { group: 'g' }));
        await session.remove('/groups/g/a');
        const [found] = await examine(session, 0);
        await carryOut(
          interrupted(session, n, () => change(session, 'a')),
          found!.repair!,
        );
        assert.deepEqual((await session.children('/groups/g')) ?? [], [], `after ${n} requests`);
      }
    }
  });

  test('200 tasks are read in bounded time, with few requests at a time', async (t) => {
    const session = await open(t);
    for (let i = 0; i < 200; i += 20) {
      const some = Array.from({ length: 20 }, (_, k) => newSpec(`t${i + k}`, { group: 'g' }));
      await Promise.all(some.map((spec) => registerTask(session, spec)));
    }
    const began = performance.now();
    const { length, most, tree } = await countRequests(session);
    const took = performance.now() - began;
    t.diagnostic(`${length} requests, at most ${most} at a time, ${Math.round(took)} ms`);
    assert.equal(tree.tasks.length, 200);
    assert.ok(most <= 16 * 3, `${most} at a time`);
    assert.ok(length <= 200 * 3 + 10, `${length} requests`);
    assert.ok(took < 5000, `${took} ms`);
    assert.deepEqual(await examine(session, 0), []);
  });
});

/** Reads the tree, and counts: requests, and the most that were under way. */
async function countRequests(session: Session) {
  let length = 0;
  let open = 0;
  let most = 0;
  const count = <A extends unknown[], T>(request: (...args: A) => Promise<T>) => {
    return async (...args: A): Promise<T> => {
      length++;
      most = Math.max(most, ++open);
      try {
        return await request(...args);
      } finally {
        open--;
      }
    };
  };
  const counted = Object.create(session, {
    read: { value: count(session.read.bind(session)) },
    children: { value: count(session.children.bind(session)) },
  }) as Session;
  const tree = await readTree(counted);
  return { length, most, tree };
}
