import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Progress } from '../../../coordination/schema/znodes.js';
import type { Session } from '../../../coordination/session.js';
import { ProgressReport } from '../../../core/standby/progress-report.js';
import { newMemoryLog } from '../../coordination/zookeeper-fixture.js';

test('a task with nothing to do is silent for a while; what happens is told within a second', async (t) => {
  const written: Progress[] = [];
  let wake = (): void => undefined;
  const session: Partial<Session> = {
    over: new AbortController().signal,
    set: (_path, data) => {
      written.push(JSON.parse(data) as Progress);
      wake();
      return Promise.resolve({ czxid: 1, mzxid: 1, version: 1, modifiedAt: 0 });
    },
  };
  const log = newMemoryLog();
  const report = new ProgressReport({ session: session as Session, task: 't', term: 1, core: 'a', log });
  t.after(() => report.end());
  report.runBegins();
  report.phase('RUNNING');
  await new Promise((resolve) => setTimeout(resolve, 3_500)); // three times the pace of a busy task
  assert.deepEqual(
    written.map(({ phase }) => phase),
    ['RUNNING'],
  );
  const told = new Promise<void>((resolve) => (wake = resolve));
  const began = performance.now();
  report.progress({ position: { file: 'binlog.000001', offset: 4, events: 0 }, eventTime: 1, rows: 5, bytes: 50 });
  await told;
  assert.ok(performance.now() - began < 1_500);
  assert.equal(written.at(-1)?.rows, 5);
});
