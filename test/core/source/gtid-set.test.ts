import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GtidSet } from '../../../core/source/gtid-set.js';

const A = '3e11fa47-71ca-11e1-9e33-c80aa9429562';
const B = '4350f323-7565-4e59-8763-4b1b83a0ce0e';

test('writes what it reads, in the server’s order', () => {
  for (const text of ['', `${A}:1-5:11,${B}:1-27`, `${A}:1-5:red:1:3-4,${B}:blue:9`]) {
    assert.equal(GtidSet.parse(text).toString(), text);
  }
  assert.equal(GtidSet.parse(`${B}:3-4,\n ${A.toUpperCase()}:1,${B}:1-2`).toString(), `${A}:1,${B}:1-4`);
});

test('refuses what is not a set', () => {
  for (const text of ['x', A, `${A}:`, `${A}:1-`, `${A}:0x1`, '0-1-12']) {
    assert.throws(() => GtidSet.parse(text), RangeError, text);
  }
});

test('adds in any order, once', () => {
  const set = GtidSet.parse(`${A}:1-5`);
  for (const number of [6n, 9n, 7n, 8n, 3n]) set.add(A, number);
  set.add(`${A}:red`, 1n);
  assert.equal(set.toString(), `${A}:1-9:red:1`);
  set.add(A, 2n ** 62n);
  assert.equal(set.toString(), `${A}:1-9:${2n ** 62n}:red:1`);
  assert.equal(set.size(), 11n);
});

test('tells what another lacks', () => {
  const set = GtidSet.parse(`${A}:1-10,${B}:5`);
  assert.equal(set.minus(GtidSet.parse(`${A}:3-4:9-20`)).toString(), `${A}:1-2:5-8,${B}:5`);
  assert.equal(GtidSet.parse(`${A}:2-3`).isSubsetOf(set), true);
  assert.equal(GtidSet.parse(`${A}:2-11`).isSubsetOf(set), false);
  assert.equal(GtidSet.parse('').isSubsetOf(set), true);
});
