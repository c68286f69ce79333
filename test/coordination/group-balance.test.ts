import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceptOffer, planOffers, type BalanceMemory } from '../../coordination/group-balance.js';
import { sightOf, type Scene } from './group-scene.js';

const PACE = { settleMs: 100, warmMs: 10 };
const REST: BalanceMemory = { offers: [], restSince: 0, declined: new Map() };
const NOW = 1_000;

function plan(scene: Scene, memory: BalanceMemory = REST, now = NOW) {
  const { offers, releases, ...rest } = planOffers(sightOf(scene), memory, PACE, now);
  return {
    ...rest,
    offers,
    releases: releases.join(' '),
    shown: offers.map(({ task, to }) => `${task}>${to}`).join(' '),
  };
}

const three = { t1: { wanted: 1, line: 'a' }, t2: { wanted: 1, line: 'a' }, t3: { wanted: 1, line: 'a' } };
const heldThree = { t1: {}, t2: {}, t3: {} };

test('a Core that joins is offered one task, the one held longest; a difference of one moves nothing', () => {
  const scene = { me: 'a', tasks: three, held: { t1: { order: 3 }, t2: { order: 1 }, t3: { order: 2 } } };
  assert.equal(plan({ ...scene, cores: { a: { load: 3 }, b: { load: 0 } } }).shown, 't2>b');
  assert.equal(plan({ ...scene, cores: { a: { load: 3 }, b: { load: 1 } } }).shown, 't2>b');
  assert.equal(plan({ ...scene, cores: { a: { load: 3 }, b: { load: 2 } } }).shown, '');
  assert.equal(plan({ ...scene, cores: { a: { load: 3 }, b: { load: 7 } } }).shown, '');
});

test('several that join are offered one each, as long as the difference lasts', () => {
  const cores = { a: { load: 3 }, b: { load: 0 }, c: { load: 0 }, d: { load: 0 } };
  assert.equal(plan({ me: 'a', cores, tasks: three, held: heldThree }).shown, 't1>b t2>c');
});

test('nothing moves before the group has been at rest', () => {
  const scene = { me: 'a', cores: { a: { load: 3 }, b: {} }, tasks: three, held: heldThree };
  const early = plan(scene, { ...REST, restSince: NOW - PACE.settleMs + 1 });
  assert.deepEqual([early.shown, early.dueAt], ['', NOW + 1]);
  assert.equal(plan(scene, { ...REST, restSince: NOW - PACE.settleMs }).shown, 't1>b');
});

test('a standby is moved rather than a runner; only tasks that are whole, and that the other does not hold', () => {
  const cores = { a: { load: 4 }, b: { load: 1 }, c: { load: 3 } };
  const of = (tasks: Scene['tasks'], held: Scene['held']) => plan({ me: 'a', cores, tasks, held: held ?? {} }).shown;
  const standby = { t1: { wanted: 1, line: 'a' }, t2: { wanted: 2, line: 'c a' } };
  assert.equal(of(standby, { t1: {}, t2: {} }), 't2>b');
  assert.equal(of({ t1: { wanted: 2, line: 'a b' } }, { t1: {} }), '');
  assert.equal(of({ t1: { wanted: 2, line: 'a' } }, { t1: {} }), '');
  assert.equal(of({ t1: { wanted: 1, line: 'a', group: 'other' } }, { t1: {} }), '');
  assert.equal(of({ t1: { wanted: 1, line: 'a' } }, { t1: { pinned: true } }), '');
});

test('the giver goes only when the taker has stood in line for a while', () => {
  const cores = { a: { load: 3 }, b: { load: 1 } };
  const taken = { ...three, t1: { wanted: 1, line: 'a b' } };
  const open = { ...REST, offers: [{ task: 't1', node: 'a', to: 'b', since: NOW }] };
  const seen = plan({ me: 'a', cores, tasks: taken, held: heldThree }, open);
  assert.deepEqual([seen.releases, seen.dueAt], ['', NOW + PACE.warmMs]);
  const warm = plan({ me: 'a', cores, tasks: taken, held: heldThree }, seen, NOW + PACE.warmMs);
  assert.equal(warm.releases, 't1');
  // Told once, and still shown for a while, so that the taker never believes itself one too many.
  const leaving = { ...heldThree, t1: { leaving: true } };
  const after = plan(
    { me: 'a', cores: { a: { load: 2 }, b: { load: 1 } }, tasks: taken, held: leaving },
    warm,
    NOW + 50,
  );
  assert.deepEqual([after.releases, after.shown], ['', 't1>b']);
  const { t1: _gone, ...rest } = heldThree;
  const last = plan(
    { me: 'a', cores: { a: { load: 2 }, b: { load: 1 } }, tasks: three, held: rest },
    after,
    NOW + 5_000,
  );
  assert.equal(last.shown, '');
});

test('an offer ends with its taker, with its reason, and when it is not taken; then it is not made again for a while', () => {
  const open = { ...REST, offers: [{ task: 't1', node: 'a', to: 'b', since: NOW }] };
  const scene = { me: 'a', tasks: three, held: heldThree };
  assert.equal(plan({ ...scene, cores: { a: { load: 3 } } }, open).shown, '');
  assert.equal(plan({ ...scene, cores: { a: { load: 3 }, b: { load: 3 } } }, open).shown, '');
  // The taker's load is seen before its node.
  assert.equal(plan({ ...scene, cores: { a: { load: 3 }, b: { load: 2 } } }, open).shown, 't1>b');
  const cores = { a: { load: 3 }, b: { load: 0 } };
  assert.equal(plan({ ...scene, cores }, open, NOW + 9_999).shown, 't1>b');
  assert.equal(plan({ ...scene, cores }, open, NOW + 10_000).shown, 't2>b');
  const dead = { ...REST, offers: [{ task: 't1', node: 'a', to: 'b', since: NOW, takenAt: NOW + 1 }] };
  assert.equal(plan({ ...scene, cores: { a: { load: 3 }, b: { load: 2 } } }, dead).shown, '');
});

test('a taker takes one at a time, from the most loaded, while it is two behind and has room', () => {
  const tasks = { t1: { wanted: 1, line: 'a' }, t2: { wanted: 1, line: 'c' } };
  const of = (own: object, held: Scene['held'] = {}, seen: Scene['tasks'] = tasks) => {
    const cores = { a: { load: 3, offers: 't1>b' }, b: own, c: { load: 5, offers: 't2>b' } };
    return acceptOffer(sightOf({ me: 'b', cores, tasks: seen, held }));
  };
  assert.equal(of({ load: 0 }), 't2');
  assert.equal(of({ load: 3 }), 't2');
  assert.equal(of({ load: 4 }), undefined);
  assert.equal(of({ load: 0, room: 0 }), undefined);
  assert.equal(of({ load: 0, groups: 'h' }), undefined);
  assert.equal(of({ load: 1 }, { t2: { joining: true } }), undefined);
  assert.equal(of({ load: 1 }, { t2: {} }, { ...tasks, t2: { wanted: 1, line: 'c b' } }), undefined);
  assert.equal(of({ load: 1 }, { t2: {} }, { ...tasks, t2: { wanted: 1, line: 'b' } }), 't1');
  assert.equal(of({ load: 0 }, {}, { t1: { wanted: 1, line: 'a' } }), 't1');
});

test('from any loads offers and acceptances lead to rest: no two Cores differ by more than one, no task moves twice', () => {
  const names = ['a', 'b', 'c', 'd'];
  const holder = new Map<string, string>();
  for (const [core, load] of [
    ['a', 9],
    ['c', 4],
  ] as const) {
    for (let i = 0; i < load; i++) holder.set(`${core}${i}`, core);
  }
  const loadOf = (core: string) => [...holder.values()].filter((one) => one === core).length;
  const tasks = () => Object.fromEntries([...holder].map(([task, core]) => [task, { wanted: 1, line: core }]));
  const heldBy = (me: string) =>
    Object.fromEntries([...holder].filter(([, core]) => core === me).map(([task]) => [task, {}]));
  const moves: string[] = [];
  for (let moved = true; moved;) {
    moved = false;
    const plain = Object.fromEntries(names.map((core) => [core, { load: loadOf(core) }]));
    const offers = new Map(
      names.map((me) => [me, plan({ me, cores: plain, tasks: tasks(), held: heldBy(me) }).shown] as const),
    );
    for (const me of names) {
      const cores = Object.fromEntries(
        names.map((core) => [core, { load: loadOf(core), offers: offers.get(core) ?? '' }]),
      );
      const task = acceptOffer(sightOf({ me, cores, tasks: tasks(), held: heldBy(me) }));
      if (task === undefined) continue;
      holder.delete(task); // the newest of those that it holds now
      holder.set(task, me);
      moves.push(task);
      moved = true;
    }
    assert.ok(moves.length < 100);
  }
  assert.deepEqual(names.map(loadOf).sort(), [3, 3, 3, 4]);
  assert.equal(new Set(moves).size, moves.length);
});
