import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { reportLines, runChaos } from './chaos.js';
import { Dice } from './dice.js';

/** The short form of `npm run chaos`, with another seed each time; a failing one is repeated by `npm run chaos -- --seed N`. */
const FAULTS = 15;

test('a seed repeats its numbers', () => {
  const [one, same, other] = [7, 7, 8].map((seed) => {
    const dice = new Dice(seed);
    return Array.from({ length: 100 }, () => dice.between(1, 6));
  });
  assert.deepEqual(one, same);
  assert.notDeepEqual(one, other);
  assert.deepEqual(new Set(one), new Set([1, 2, 3, 4, 5, 6]));
});

test('faults under load: nothing lost, nothing doubled, nothing out of order', async (t) => {
  const seed = randomInt(2 ** 31);
  t.diagnostic(`npm run chaos -- --seed ${seed} --faults ${FAULTS}`);
  const report = await runChaos(seed, FAULTS, (line) => t.diagnostic(line));
  for (const line of reportLines(report)) t.diagnostic(line);
  assert.deepEqual([report.doubled, report.reordered, report.stale], [0, 0, 0]);
});
