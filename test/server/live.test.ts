import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { paths } from '../../coordination/paths.js';
import { updateTask, readTask } from '../../coordination/registry.js';
import { instanceSchema, progressSchema, type Progress } from '../../coordination/schema/znodes.js';
import { createTyped } from '../../coordination/znode.js';
import type { Session } from '../../coordination/session.js';
import type { Change, Snapshot, TaskSummary } from '../../server/api/schema/task-summary.js';
import type { Timeline } from '../../server/api/schema/task-detail.js';
import { newRoot, openSession } from '../coordination/zookeeper-fixture.js';
import { startProxy } from '../stack/proxy.js';
import { startStack, type Stack } from '../stack/stack.js';
import { ServerFixture, spec, type EventReader } from './fixture.js';

let stack: Stack;
before(async () => {
  stack = await startStack({ zookeeper: 1 });
});
after(() => stack?.stop());
const own = (): string => `${stack.zookeeper.connectString}${newRoot()}`;

/** Stands for a Core that runs a task. Resolves to a function that writes progress. */
async function runs(
  session: Session,
  task: string,
  core = 'core-1',
): Promise<(more?: Partial<Progress>) => Promise<void>> {
  const since = Date.now();
  const identity = { core, host: 'host-1', pid: 1 };
  const { path, stat } = await createTyped(
    session,
    `${paths.instances(task)}/host-1-`,
    instanceSchema,
    { ...identity, state: 'RUNNING', since },
    'ephemeral-sequential',
  );
  const term = stat.czxid;
  await session.set(path, JSON.stringify({ ...identity, state: 'RUNNING', since, term }), -1);
  return async (more = {}) => {
    const value = progressSchema.parse({
      phase: 'RUNNING',
      since,
      term,
      core,
      updatedAt: Date.now(),
      rows: 0,
      rowsPerSecond: 10,
      bytesPerSecond: 100,
      lagMs: 5,
      ...more,
    });
    const text = JSON.stringify(value);
    await session
      .create(paths.progress(task), text, 'persistent')
      .catch(() => session.set(paths.progress(task), text, -1));
  };
}

const seen = (reader: EventReader, task: string, wanted: (summary: TaskSummary) => boolean) =>
  reader.until(`${task} as wanted`, ({ event, data }) => {
    const summary =
      event === 'snapshot'
        ? (data as Snapshot).tasks.find(({ name }) => name === task)
        : (data as Change).tasks?.[task];
    return summary !== undefined && summary !== null && wanted(summary);
  });

test('a console gets a snapshot, then what changes: tasks, numbers, Cores; on two Servers the same', async (t) => {
  const servers = own();
  const [one, two] = [await ServerFixture.open(t, servers), await ServerFixture.open(t, servers)];
  await one.register(spec('a'));
  const readers = [await one.live(t), await two.live(t)];
  for (const reader of readers) await seen(reader, 'a', ({ state }) => state === 'IDLE');
  const write = await runs(one.session, 'a');
  await write();
  for (const reader of readers) {
    await seen(
      reader,
      'a',
      ({ state, runner, lagMs }) => state === 'RUNNING' && runner?.core === 'core-1' && lagMs === 5,
    );
  }
  const began = performance.now();
  await write({ lagMs: 7, lagBytes: 99 });
  for (const reader of readers) {
    const { at } = await reader.until('the numbers', ({ data }) => (data as Change).vitals?.['a']?.lagBytes === 99);
    assert.ok(at - began < 500, `told after ${Math.round(at - began)} ms`);
  }
  await one.must('POST', '/api/v1/tasks/a/pause');
  for (const reader of readers)
    await seen(reader, 'a', ({ state, pending }) => state === 'RUNNING' && pending === 'pause');
  await write({ phase: 'PAUSED' });
  for (const reader of readers)
    await seen(reader, 'a', ({ state, pending }) => state === 'PAUSED' && pending === undefined);
  const timelines = await Promise.all([one, two].map((api) => api.must<Timeline>('GET', '/api/v1/tasks/a/timeline')));
  assert.deepEqual(timelines[0], timelines[1]);
  assert.deepEqual(
    timelines[0]?.events.map(({ kind, who }) => [kind, who]),
    [['pause', 'test-admin']],
  );
  await one.must('DELETE', '/api/v1/tasks/a?force=true');
  for (const reader of readers) {
    await reader.until('it is gone', ({ event, data }) => event === 'change' && (data as Change).tasks?.['a'] === null);
  }
});

test('without ZooKeeper nothing is shown as the present, and the whole is there again when it is back', async (t) => {
  const { host, port } = stack.zookeeper.servers[0]!;
  const proxy = await startProxy({ host, port });
  t.after(() => proxy.close());
  const root = newRoot();
  const api = await ServerFixture.open(t, `127.0.0.1:${proxy.port}${root}`, { lostMs: 600 });
  const direct = await openSession(t, `${stack.zookeeper.connectString}${root}`);
  await api.register(spec('a'));
  const write = await runs(direct, 'a');
  await write();
  const reader = await api.live(t);
  await seen(reader, 'a', ({ state }) => state === 'RUNNING');
  await proxy.cut();
  await reader.until('lost', ({ event, data }) => event === 'connection' && data['state'] === 'lost');
  await seen(
    reader,
    'a',
    ({ state, lastKnown, lagMs }) => state === 'UNKNOWN' && lastKnown === 'RUNNING' && lagMs === undefined,
  );
  assert.equal((await api.get('/readyz')).status, 503);
  assert.equal((await api.get('/livez')).status, 200);
  const refused = await api.ask('POST', '/api/v1/tasks/a/pause');
  assert.deepEqual([refused.status, (refused.body as { code: string }).code], [503, 'zookeeper-away']);
  const found = await readTask(direct, 'a');
  await updateTask(direct, { ...found!.value, instances: 4 }, found!.stat.version);
  reader.events.length = 0;
  await proxy.restore();
  await reader.until('live', ({ event, data }) => event === 'connection' && data['state'] === 'live');
  await seen(reader, 'a', ({ state, instancesWanted }) => state === 'RUNNING' && instancesWanted === 4);
});

test('a console that does not read costs no memory and begins anew; others are told in time', async (t) => {
  const api = await ServerFixture.open(t, own());
  const names = Array.from({ length: 60 }, (_, i) => `task-${i}`);
  await api.register(...names.map((name) => spec(name, { group: 'g' })));
  const slow = await api.live(t);
  const reader = await api.live(t);
  await seen(slow, 'task-0', () => true);
  slow.response.pause();
  const note = 'x'.repeat(900);
  for (let round = 0; round < 60; round++) {
    // The failure makes each summary long.
    await Promise.all(
      names.map(async (name) => {
        const text = JSON.stringify({ desired: round % 2 === 0 ? 'PAUSED' : 'RUNNING', resumes: round, note });
        await api.session
          .create(paths.control(name), text, 'persistent')
          .catch(() => api.session.set(paths.control(name), text, -1));
      }),
    );
  }
  await seen(reader, 'task-59', ({ desired }) => desired === 'RUNNING');
  const held = api.server.app.server;
  const waiting = await new Promise<number>((resolve) => held.getConnections((_error, count) => resolve(count)));
  assert.ok(waiting >= 2);
  slow.events.length = 0;
  slow.response.resume();
  await slow.until('it is true again', ({ event, data }) => {
    const tasks = event === 'snapshot' ? (data as Snapshot).tasks : Object.values((data as Change).tasks ?? {});
    return tasks.length > 0 && tasks.every((task) => task?.desired === 'RUNNING');
  });
});

test('slow, oversized and odd requests are refused, and hold nothing up', async (t) => {
  const api = await ServerFixture.open(t, own());
  const { hostname, port } = new URL(api.server.address);
  const raw = (text: string): Promise<string> =>
    new Promise((resolve) => {
      let answer = '';
      const socket = connect(Number(port), hostname, () => socket.write(text));
      socket.setEncoding('utf8').on('data', (part: string) => (answer += part));
      socket.on('close', () => resolve(answer));
      socket.on('error', () => resolve(answer));
    });
  assert.equal((await api.ask('POST', '/api/v1/tasks', 'x'.repeat(1_100_000))).status, 413);
  assert.match(await raw(`GET /livez HTTP/1.1\r\nHost: x\r\nX-Long: ${'y'.repeat(20_000)}\r\n\r\n`), /^HTTP\/1.1 431/);
  for (const path of [
    '/../../etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/assets/..%2f..%2fpackage.json',
    '/api/v1/tasks/..%2fa',
    '/api/v1/tasks/%00',
  ]) {
    const answer = await api.get(path);
    assert.ok([400, 404, 503].includes(answer.status), `${path}: ${answer.status}`);
    assert.ok(!answer.text.includes('root:') && !answer.text.includes('"dependencies"'));
  }
  assert.equal((await api.ask('POST', '/api/v1/tasks/bulk', { action: 'pause' })).status, 400);
  assert.equal((await api.ask('PATCH', '/api/v1/tasks')).status, 404);
  assert.equal((await api.get('/api/v1/tasks', { 'x-test-role': 'nobody' })).status, 401);
  assert.equal((await api.ask('POST', '/api/v1/tasks/a/pause', undefined, { 'x-test-role': 'viewer' })).status, 403);
  const slow = raw(
    'POST /api/v1/tasks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
  );
  assert.equal((await api.get('/livez')).status, 200);
  assert.match(await slow, /408/);
});
