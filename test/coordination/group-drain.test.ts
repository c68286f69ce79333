import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planDrain } from '../../coordination/group-drain.js';
import { sightOf, type Scene } from './group-scene.js';

function drain(line: string, scene: Partial<Scene> = {}, since?: number, alone = false) {
  const cores = scene.cores ?? { a: { groups: '' }, b: {} };
  const sight = sightOf({ me: 'a', tasks: { t: { wanted: 1, line } }, held: { t: {} }, ...scene, cores });
  const behindSince = new Map(since === undefined ? [] : [['t', since]]);
  const { leave, dueAt } = planDrain(sight, { behindSince }, { warmMs: 10, alone }, 100);
  return { leave: leave.join(' '), dueAt };
}

test('a runner stays until somebody has stood behind it for a while', () => {
  assert.deepEqual(drain('a'), { leave: '', dueAt: undefined });
  assert.deepEqual(drain('a b'), { leave: '', dueAt: 110 });
  assert.deepEqual(drain('a b', {}, 91), { leave: '', dueAt: 101 });
  assert.equal(drain('a b', {}, 90).leave, 't');
  // Who stood behind it has gone again.
  assert.equal(drain('a', {}, 90).leave, '');
});

test('whoever is missed by nobody, or can hope for nobody, goes at once', () => {
  assert.equal(drain('b a').leave, 't');
  assert.equal(drain('', { held: { t: { joining: true } } }).leave, 't');
  for (const b of [{ room: 0 }, { groups: 'other' }]) assert.equal(drain('a', { cores: { a: {}, b } }).leave, 't');
  assert.equal(drain('a', { cores: { a: {} } }).leave, 't');
  assert.equal(drain('a', {}, undefined, true).leave, 't');
});

test('what is served by name, or is on its way out already, is not told again', () => {
  assert.equal(drain('b a', { held: { t: { pinned: true } } }).leave, '');
  assert.equal(drain('b a', { held: { t: { leaving: true } } }).leave, '');
});
