import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { runChaos } from './chaos.js';
import { Dice } from './dice.js';
import { isClean, reportLines } from './report.js';

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
  const { report, logs } = await runChaos({ seed, faults: FAULTS, tell: (line) => t.diagnostic(line) });
  for (const line of reportLines([report])) t.diagnostic(line);
  const ends = logs.map(({ name, lines }) => `${name}:\n${lines.slice(-20).join('\n')}`);
  assert.ok(isClean(report), `${report.failure ?? 'not clean'}\n${ends.join('\n')}`);
});
