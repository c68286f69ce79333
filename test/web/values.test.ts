import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Snapshot } from '../../server/api/schema/task-summary.js';
import { gtidParts } from '../../web/format/position-text.js';
import { age, bytes, duration, number } from '../../web/format/quantities.js';
import { afterMessage, afterSilence, emptyLiveState, isPresent } from '../../web/live/live-state.js';
import { pastedPosition, targetOf } from '../../web/pages/task/dialogs/position-target.js';
import { foldSame, lineDiff } from '../../web/parts/line-diff.js';
import { attentionOf } from '../../web/tasks/attention.js';
import { filtered, filterFromAddress, filterToAddress } from '../../web/tasks/task-filter.js';
import { healthyTask, mockTasks, troubledTasks } from './mock/mock-data.js';

const NOW = 1_763_000_000_000;

test('quantities are rounded to what matters, in both languages', () => {
  assert.equal(duration('en', 12.4), '12ms');
  assert.equal(duration('en', 3400), '3.4s');
  assert.equal(duration('en', 59_900), '60s');
  assert.equal(duration('zh', 7_200_000), '2小时');
  assert.equal(age('en', 12), '1s');
  assert.equal(bytes('en', 999), '999 B');
  assert.equal(bytes('en', 1_234_567), '1.2 MB');
  assert.equal(number('en', 12_345.6), '12,346');
  assert.equal(number('en', 0.25), '0.3');
  assert.equal(number('zh', 1_234_567), '123.5万');
});

test('a GTID set is taken apart by server', () => {
  assert.deepEqual(gtidParts('a:1-5:7, b:3'), [
    { uuid: 'a', ranges: '1-5:7', count: 6 },
    { uuid: 'b', ranges: '3', count: 1 },
  ]);
  assert.deepEqual(gtidParts('what'), [{ uuid: 'what', ranges: '', count: 0 }]);
});

test('a difference keeps what is equal and folds what is far away', () => {
  const before = Array.from({ length: 20 }, (_, i) => `line ${i}`).join('\n');
  const after = before.replace('line 10', 'line ten');
  const lines = lineDiff(before, after);
  assert.deepEqual(
    lines.filter(({ kind }) => kind !== 'same'),
    [
      { kind: 'removed', text: 'line 10' },
      { kind: 'added', text: 'line ten' },
    ],
  );
  assert.deepEqual(foldSame(lines)[0], { kind: 'fold', count: 7 });
  assert.deepEqual(lineDiff('a\n', 'a'), [{ kind: 'same', text: 'a' }]);
});

test('a filter goes into the address and comes back the same', () => {
  const filter = filterFromAddress(new URLSearchParams('q=a%26b&state=STOPPED,WAITING&group=shop&sort=lag'));
  assert.deepEqual(filter, { q: 'a&b', states: ['STOPPED', 'WAITING'], group: 'shop', core: undefined, sort: 'lag' });
  assert.deepEqual(filterFromAddress(filterToAddress(filter)), filter);
  assert.equal(filterToAddress(filterFromAddress(new URLSearchParams('sort=nonsense'))).toString(), '');
});

test('5,000 tasks are filtered and sorted within 100 ms', () => {
  const tasks = mockTasks(5000, NOW);
  const filter = { q: 'orders core', states: [], group: undefined, core: undefined, sort: 'lag' } as const;
  filtered(tasks, filter);
  // Time of the processor: what other processes take of it is not the filter's.
  const began = process.cpuUsage();
  const found = filtered(tasks, filter);
  assert.ok(process.cpuUsage(began).user < 100_000);
  assert.ok(found.length > 100 && found.every(({ name }) => name.includes('orders')));
});

test('what needs attention: each state that wants a person, and nothing that is as ordered', () => {
  const wanting = troubledTasks(NOW).filter((task) => attentionOf(task).urgency !== 'well');
  assert.deepEqual(wanting.map(({ name }) => name).sort(), [
    'billing_archive',
    'billing_invoices',
    'crm_customers',
    'crm_leads',
    'shop_gift_cards',
    'warehouse_movements',
    'warehouse_stock_eu',
  ]);
  assert.deepEqual(attentionOf(healthyTask('x', NOW)), { urgency: 'well' });
});

function snapshot(): Snapshot {
  const zookeeper = { state: 'live', since: NOW - 1000 } as const;
  return { now: NOW, zookeeper, tasks: [healthyTask('x', NOW, 1)], cores: [], groups: [], alerts: [], monitors: [] };
}

test('the live picture: numbers that moved take the place of the old ones, and those not told are gone', () => {
  const first = afterMessage(emptyLiveState(0), { kind: 'snapshot', body: snapshot() }, 0);
  assert.equal(first.clockOffset, NOW);
  const vitals = { x: { rowsPerSecond: 7, bytesPerSecond: 70, updatedAt: NOW } };
  const moved = afterMessage(first, { kind: 'change', body: { now: NOW + 10, vitals, sparks: { x: 9 } } }, 10);
  const task = moved.tasks.get('x')!;
  assert.equal(task.rowsPerSecond, 7);
  assert.equal(task.lagMs, undefined);
  assert.equal(task.spark.at(-1), 9);
  assert.equal(task.spark.length, first.tasks.get('x')!.spark.length);
  const gone = afterMessage(moved, { kind: 'change', body: { now: NOW + 20, tasks: { x: null } } }, 20);
  assert.equal(gone.tasks.size, 0);
});

test('the picture is the present only while the Server is heard and has ZooKeeper', () => {
  const live = afterMessage(emptyLiveState(0), { kind: 'snapshot', body: snapshot() }, 0);
  assert.equal(isPresent(live, NOW + 60_000), true);
  const silent = afterSilence(live, 1000);
  assert.equal(silent.tasks.size, 1);
  assert.equal(isPresent(silent, NOW + 1500), true);
  assert.equal(isPresent(silent, NOW + 3000), false);
  const lost = afterMessage(live, { kind: 'connection', body: { state: 'lost', since: NOW } }, 0);
  assert.equal(isPresent(lost, NOW), false);
});

test('a position that was typed or pasted', () => {
  const typed = { kind: 'file', time: '', gtid: '', file: 'binlog.000012', offset: '4711' } as const;
  assert.deepEqual(targetOf(typed), { file: 'binlog.000012', position: 4711 });
  assert.equal(targetOf({ ...typed, offset: '3' }), undefined);
  assert.deepEqual(targetOf({ ...typed, kind: 'gtid', gtid: 'a:1-3,\n b:1' }), { gtid: 'a:1-3,b:1' });
  assert.deepEqual(pastedPosition(' binlog.000012:4711 '), { file: 'binlog.000012', offset: '4711' });
  assert.equal(pastedPosition('binlog.000012'), undefined);
});
