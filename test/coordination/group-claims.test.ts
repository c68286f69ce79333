import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PATIENCE_MS, planClaims, surplus } from '../../coordination/group-claims.js';
import { sightOf, type Scene } from './group-scene.js';

function claims(scene: Scene, missingSince: Readonly<Record<string, number>> = {}, now = 0, progressAt = -1e9) {
  const { open, beyondRoom, dueAt, ...plan } = planClaims(
    sightOf(scene),
    { missingSince: new Map(Object.entries(missingSince)), progressAt },
    now,
  );
  return { claims: plan.claims.join(' '), open, beyondRoom, dueAt };
}

test('a task that nobody serves goes to the least loaded Core, to others only when it stays undone', () => {
  const cores = { a: { load: 2 }, b: { load: 1 }, c: { load: 4 } };
  const tasks = { t: { wanted: 1, line: '' } };
  assert.equal(claims({ me: 'b', cores, tasks }).claims, 't');
  assert.deepEqual(claims({ me: 'a', cores, tasks }), { claims: '', open: true, beyondRoom: 0, dueAt: PATIENCE_MS });
  assert.equal(claims({ me: 'c', cores, tasks }).dueAt, 2 * PATIENCE_MS);
  assert.equal(claims({ me: 'a', cores, tasks }, { t: 0 }, PATIENCE_MS - 1).claims, '');
  assert.equal(claims({ me: 'a', cores, tasks }, { t: 0 }, PATIENCE_MS).claims, 't');
});

test('nobody loses patience while the others are seen at work, but not for ever', () => {
  const cores = { a: { load: 0 }, b: { load: 1 } };
  const tasks = { done: { wanted: 1, line: 'a' }, t: { wanted: 1, line: '' } };
  const scene = { me: 'b', cores, tasks };
  const at = PATIENCE_MS;
  assert.equal(claims(scene, { t: 0 }, at).claims, 't');
  assert.deepEqual(claims(scene, { t: 0 }, at, at - 1), { claims: '', open: true, beyondRoom: 0, dueAt: 2 * at - 1 });
  // What was missing the last time is filled now: that is work that was seen.
  assert.equal(claims(scene, { t: 0, done: 0 }, at).claims, '');
  assert.equal(claims(scene, { t: 0, done: 0 }, 10 * at).claims, 't');
});

test('the tasks of a dead Core are dealt out evenly: every one to exactly one of the others', () => {
  const cores = { a: { load: 3 }, b: { load: 3 }, c: { load: 5 } };
  const tasks = Object.fromEntries(['t1', 't2', 't3', 't4', 't5', 't6', 't7'].map((t) => [t, { wanted: 1, line: '' }]));
  const of = (me: string) => claims({ me, cores, tasks }).claims;
  assert.equal(of('a'), 't1 t3 t5');
  assert.equal(of('b'), 't2 t4 t6');
  assert.equal(of('c'), 't7');
});

test('a task that has what it wants is left alone, and so is one that is served already', () => {
  const cores = { a: {}, b: {} };
  assert.equal(claims({ me: 'a', cores, tasks: { t: { wanted: 1, line: 'b' } } }).claims, '');
  assert.equal(claims({ me: 'a', cores, tasks: { t: { wanted: 2, line: 'a' } }, held: { t: {} } }).claims, '');
  // Its own instance is on its way into the line.
  assert.equal(
    claims({ me: 'a', cores, tasks: { t: { wanted: 1, line: '' } }, held: { t: { joining: true } } }).open,
    false,
  );
});

test('hot standby without naming machines: each of the wanted instances on another Core', () => {
  const cores = { a: {}, b: {}, c: {} };
  const tasks = { t: { wanted: 2, line: '' } };
  assert.equal(claims({ me: 'a', cores, tasks }).claims, 't');
  assert.equal(claims({ me: 'b', cores, tasks }).claims, 't');
  assert.equal(claims({ me: 'c', cores, tasks }).claims, '');
  // The Core that holds one already is passed over, although it is the first by name.
  assert.equal(claims({ me: 'b', cores, tasks: { t: { wanted: 2, line: 'a' } } }).claims, 't');
});

test('capacity is a hard limit, whatever stays unserved; the room is dealt out once', () => {
  const cores = { a: { room: 1 }, b: { room: 0 } };
  const tasks = { t1: { wanted: 1, line: '' }, t2: { wanted: 1, line: '' } };
  assert.equal(claims({ me: 'a', cores, tasks }).claims, 't1');
  assert.deepEqual(claims({ me: 'b', cores, tasks }, { t1: 0, t2: 0 }, 1e6), {
    claims: '',
    open: true,
    beyondRoom: 2,
    dueAt: undefined,
  });
  const full = { a: { room: 0 }, b: { room: 0 } };
  assert.equal(claims({ me: 'b', cores: full, tasks }).open, false);
});

test('tasks of other groups, without or with an unreadable configuration are not claimed', () => {
  const cores = { a: { groups: 'g h' } };
  const of = (task: Scene['tasks'][string]) => claims({ me: 'a', cores, tasks: { t: task } }).claims;
  assert.equal(of({ wanted: 1, line: '', group: 'other' }), '');
  assert.equal(of({ wanted: 1, line: '', group: 'h' }), 't');
  assert.equal(of('absent'), '');
  assert.equal(of('unreadable'), '');
});

test('whoever has just given a task away does not take it back at once', () => {
  const cores = { a: { load: 0, offers: 't>b' }, b: { load: 9 } };
  const tasks = { t: { wanted: 1, line: '' } };
  assert.equal(claims({ me: 'a', cores, tasks }).claims, '');
  assert.equal(claims({ me: 'b', cores, tasks }).claims, 't');
});

test('beyond the wanted number the last in line withdraws, and nobody else', () => {
  const cores = { a: {}, b: {}, c: {} };
  const of = (me: string, wanted: number, line: string) => {
    return surplus(sightOf({ me, cores, tasks: { t: { wanted, line } }, held: { t: {} } })).map(({ why }) => why);
  };
  assert.deepEqual(of('a', 1, 'a b'), []);
  assert.deepEqual(of('b', 1, 'a b'), ['beyond the wanted number']);
  assert.deepEqual(of('b', 2, 'a b c'), []);
  assert.deepEqual(of('c', 2, 'a b c'), ['beyond the wanted number']);
  assert.deepEqual(of('b', 1, 'a b c'), ['beyond the wanted number']);
  // Not in the line that was seen: it is on its way.
  assert.deepEqual(of('c', 1, 'a b'), []);
});

test('an instance goes with its task, or when that moves to another group; one served by name never', () => {
  const of = (task: Scene['tasks'][string], held: object = {}) => {
    return surplus(sightOf({ me: 'a', cores: { a: {} }, tasks: { t: task }, held: { t: held } })).map(({ why }) => why);
  };
  assert.deepEqual(of('absent'), ['deleted']);
  assert.deepEqual(of('unreadable'), []);
  assert.deepEqual(of({ wanted: 1, line: 'a', group: 'other' }), ['moved to another group']);
  for (const task of ['absent', { wanted: 1, line: 'a', group: 'other' }, { wanted: 1, line: 'b a' }] as const) {
    assert.deepEqual(of(task, { pinned: true }), []);
    assert.deepEqual(of(task, { leaving: true }), []);
  }
});

test('while a task is offered its taker may stand in line with it', () => {
  const tasks = { t: { wanted: 1, line: 'a b' } };
  const cores = { a: { offers: 't>b' }, b: {} };
  assert.deepEqual(surplus(sightOf({ me: 'b', cores, tasks, held: { t: {} } })), []);
  assert.equal(surplus(sightOf({ me: 'b', cores: { a: {}, b: {} }, tasks, held: { t: {} } })).length, 1);
});

test('a Core that stops gives its tasks to whoever is next: one more is claimed while it is in line, none after it', () => {
  const cores = { a: { load: 1, groups: '', offers: 't>*>a' }, b: {}, c: { load: 1 } };
  const of = (me: string, line: string) => claims({ me, cores, tasks: { t: { wanted: 1, line } } }).claims;
  assert.equal(of('b', 'a'), 't');
  assert.equal(of('c', 'a'), '');
  assert.equal(of('c', 'a b'), '');
  assert.equal(of('c', 'b'), '');
  const own = (line: string) =>
    surplus(sightOf({ me: 'b', cores, tasks: { t: { wanted: 1, line } }, held: { t: {} } }));
  assert.deepEqual([own('a b').length, own('b').length, own('a c b').length], [0, 0, 1]);
});
