import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Transaction } from '../../../../core/change.js';
import { Applied } from '../../../../core/sink/mysql/applied.js';

const SOURCE = '6349dcbd-e767-11f1-9ace-02fc00000001';

function transaction(number: number, gtid = true): Transaction {
  const unknown = undefined;
  return {
    file: 'binlog.000001',
    offset: number,
    gtid: gtid ? `${SOURCE}:${number}` : unknown,
    lastCommitted: unknown,
    sequenceNumber: unknown,
    committed: unknown,
    firstCommitted: unknown,
    bytes: unknown,
  };
}

test('what is applied comes back from its text, also from several notes', () => {
  const applied = new Applied();
  for (const number of [5, 6, 7, 9]) applied.add(transaction(number));
  const noted = new Applied();
  noted.add(transaction(12));
  const both = Applied.parse(`${applied.toString()}\n${noted.toString()}`);
  const has = [4, 5, 7, 8, 9, 12, 13].filter((number) => both.has(transaction(number)));
  assert.deepEqual(has, [5, 7, 9, 12]);
});

test('what the stream has come past is forgotten, and only that: a chunk may end before what is applied', () => {
  const applied = new Applied();
  for (let number = 1; number <= 9; number++) applied.add(transaction(number));
  for (const number of [1, 2, 5]) applied.pass(transaction(number));
  const left = [1, 2, 3, 4, 5, 6, 7, 8, 9].filter((number) => applied.has(transaction(number)));
  assert.deepEqual(left, [3, 4, 6, 7, 8, 9]);
  for (const number of left) applied.pass(transaction(number));
  assert.equal(applied.empty, true);
});

test('offsets without GTIDs are passed in their order', () => {
  const applied = new Applied();
  for (const offset of [157, 480, 900]) applied.add(transaction(offset, false));
  applied.pass(transaction(480, false));
  assert.deepEqual(
    [157, 480, 900].filter((offset) => applied.has(transaction(offset, false))),
    [900],
  );
  applied.pass(transaction(900, false));
  assert.equal(applied.empty, true);
});
