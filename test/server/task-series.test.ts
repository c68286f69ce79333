import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TaskSeries, TotalSeries } from '../../server/view/task-series.js';

const STEP = 10_000;
const START = 1_800_000_000_000;

test('all tasks together: rates summed, the worst lag, a gap where nothing was heard of any, each step once', () => {
  const [a, b] = [new TaskSeries(), new TaskSeries()];
  const total = new TotalSeries();
  total.take([a, b], START);
  a.add(START + 1, { lagMs: 5, lagBytes: 10, rowsPerSecond: 100, bytesPerSecond: 1000 });
  a.add(START + 9_000, { lagMs: 3, lagBytes: undefined, rowsPerSecond: 300, bytesPerSecond: 3000 });
  b.add(START + 2, { lagMs: 700, lagBytes: undefined, rowsPerSecond: 1, bytesPerSecond: 2 });
  total.take([a, b], START + STEP - 1);
  total.take([a, b], START + STEP);
  total.take([a, b], START + STEP + 5_000);
  // Nothing in the second step, one task in the third; the clock that sums comes late.
  a.add(START + 2 * STEP, { lagMs: 1, lagBytes: 1, rowsPerSecond: 7, bytesPerSecond: 8 });
  total.take([a, b], START + 3 * STEP + 9_999);
  const now = START + 3 * STEP + 9_999;
  assert.deepEqual(total.read(START, now, now), {
    step: STEP,
    t: [START, START + STEP, START + 2 * STEP, START + 3 * STEP],
    lagMs: [700, null, 1, null],
    lagBytes: [10, null, 1, null],
    rowsPerSecond: [201, null, 7, null],
    bytesPerSecond: [2002, null, 8, null],
  });
});
