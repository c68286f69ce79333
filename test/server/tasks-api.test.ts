import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { paths } from '../../coordination/paths.js';
import type { TaskDetail, TaskVersions, Timeline } from '../../server/api/schema/task-detail.js';
import type { TaskListAnswer } from '../../server/api/schema/task-list.js';
import type { BulkAnswer, CheckAnswer, ImportAnswer } from '../../server/api/schema/task-orders.js';
import type { Problem } from '../../server/api/schema/problem.js';
import { newRoot } from '../coordination/zookeeper-fixture.js';
import { startStack, type Stack } from '../stack/stack.js';
import { ServerFixture, spec } from './fixture.js';

let stack: Stack;
before(async () => {
  stack = await startStack({ zookeeper: 1 });
});
after(() => stack?.stop());
const own = (): string => `${stack.zookeeper.connectString}${newRoot()}`;

const YAML = `name: copy_hot_item
source:
  mysql: { host: db.example, user: repl, password: env:SOURCE_PASSWORD }
  tables: ["shop.*"]
sink:
  kafka: { brokers: ["kafka.example:9092"] }
`;

test('a task is registered from YAML and JSON, edited with If-Match, its versions kept and restored, and deleted', async (t) => {
  const api = await ServerFixture.open(t, own());
  const made = await api.ask('POST', '/api/v1/tasks', YAML);
  assert.equal(made.status, 201, made.text);
  const { version } = made.body as { version: number };
  assert.equal(made.headers.etag, `"${version}"`);
  assert.equal(
    (await api.ask('POST', '/api/v1/tasks', spec('copy_hot_item'))).status,
    200,
    'the same as JSON is the same',
  );
  const other = { ...spec('copy_hot_item'), instances: 3 };
  assert.equal((await api.ask('POST', '/api/v1/tasks', other)).status, 409);

  assert.equal((await api.ask('PUT', '/api/v1/tasks/copy_hot_item', other)).status, 428, 'without If-Match');
  const put = await api.must<{ version: number }>('PUT', '/api/v1/tasks/copy_hot_item', other, {
    'if-match': `"${version}"`,
  });
  const late = await api.ask('PUT', '/api/v1/tasks/copy_hot_item', spec('copy_hot_item'), {
    'if-match': `"${version}"`,
  });
  assert.equal(late.status, 412);
  const { current } = late.body as { current: TaskDetail };
  assert.equal(current.version, put.version, 'the conflict carries what is there now');
  assert.equal(current.spec?.instances, 3);

  const { versions, current: inForce } = await api.must<TaskVersions>('GET', '/api/v1/tasks/copy_hot_item/versions');
  assert.deepEqual(
    versions.map(({ n, note }) => [n, note]),
    [
      [2, 'edited'],
      [1, 'registered'],
    ],
  );
  assert.equal(inForce, 2);
  const restored = await api.must<{ outcome: string }>(
    'POST',
    '/api/v1/tasks/copy_hot_item/versions/1/restore',
    undefined,
    {
      'if-match': `"${put.version}"`,
    },
  );
  assert.equal(restored.outcome, 'changed');
  const detail = await api.must<TaskDetail>('GET', '/api/v1/tasks/copy_hot_item');
  assert.equal(detail.spec?.instances, 2);
  const { text } = await api.get('/api/v1/tasks/copy_hot_item/yaml');
  assert.equal((await api.ask('POST', '/api/v1/tasks', text)).status, 200, 'its YAML registers as the same');

  await api.until('the history is seen', async () => {
    const { events } = await api.must<Timeline>('GET', '/api/v1/tasks/copy_hot_item/timeline');
    return events.map(({ kind }) => kind).join() === 'registered,instances,instances';
  });
  const deleted = await api.must<{ stays: { topics: string } }>('DELETE', '/api/v1/tasks/copy_hot_item');
  assert.equal(deleted.stays.topics, 'copy_hot_item.{database}.{table}');
  assert.equal((await api.get('/api/v1/tasks/copy_hot_item')).status, 404);
  const actions = api.access.entries.map(({ action, outcome }) => `${action} ${outcome}`);
  assert.deepEqual(actions.slice(0, 3), ['task.register done', 'task.register done', 'task.register refused']);
  assert.ok(actions.includes('task.delete done'));
});

test('faults are told with their line and column, all at once, and hold no secret', async (t) => {
  const api = await ServerFixture.open(t, own());
  const wrong = `name: x\nsource:\n  mysql: { host: db, user: repl, password: right-horse }\n  tables: [shop]\nsink:\n  kafka: { broker: "k:9092" }\n`;
  const answer = await api.ask('POST', '/api/v1/tasks', wrong);
  const { code, faults = [] } = answer.body as Problem;
  assert.equal(answer.status, 400);
  assert.equal(code, 'task-invalid');
  assert.deepEqual(
    faults.map(({ path, line }) => [path, line]),
    [
      ['source.mysql.password', 3],
      ['source.tables[0]', 4],
      ['sink.kafka.brokers', 6],
      ['sink.kafka.broker', 6],
    ],
  );
  assert.ok(!answer.text.includes('right-horse'));
  const check = await api.must<CheckAnswer>('POST', '/api/v1/tasks/check', wrong);
  assert.equal(check.errors, 4);
  const fine = await api.must<CheckAnswer>('POST', '/api/v1/tasks/check', YAML);
  assert.deepEqual([fine.errors, fine.findings.length, fine.exists], [0, 1, false]);
});

test('orders are written to control, answered with their version, and refuse a stale one', async (t) => {
  const api = await ServerFixture.open(t, own());
  await api.register(spec('a'), spec('b', { group: 'shop' }), spec('c', { group: 'shop' }));
  const paused = await api.must<{ controlVersion: number }>('POST', '/api/v1/tasks/a/pause', undefined, {
    'if-match': '"0"',
  });
  assert.equal((await api.ask('POST', '/api/v1/tasks/a/resume', undefined, { 'if-match': '"0"' })).status, 412);
  await api.must('POST', '/api/v1/tasks/a/resume', undefined, { 'if-match': `"${paused.controlVersion}"` });
  assert.equal((await api.ask('POST', '/api/v1/tasks/a/hand-over')).status, 409, 'nobody runs it');
  assert.equal((await api.ask('POST', '/api/v1/tasks/a/move', { core: 'nowhere' })).status, 409);
  assert.equal((await api.ask('POST', '/api/v1/tasks/none/pause')).status, 404);

  const preview = await api.must<{ preview: { text: string } }>('POST', '/api/v1/tasks/a/position', {
    to: { time: '2026-11-23T10:00:00' },
    dryRun: true,
  });
  assert.match(preview.preview.text, /Skips/);
  const { control } = await api.must<TaskDetail>('GET', '/api/v1/tasks/a');
  assert.equal(control?.restartFrom, undefined, 'a dry run orders nothing');
  await api.must('POST', '/api/v1/tasks/a/position', { to: { time: '2026-11-23T10:00:00' } });
  const after = await api.must<TaskDetail>('GET', '/api/v1/tasks/a');
  assert.deepEqual(
    after.control?.restartFrom,
    { file: 'binlog.000002', offset: 157, events: 0 },
    'what was shown is ordered',
  );

  const bulk = await api.must<BulkAnswer>('POST', '/api/v1/tasks/bulk', { action: 'pause', group: 'shop' });
  assert.deepEqual([bulk.done, bulk.failed], [2, 0]);
  const some = await api.must<BulkAnswer>('POST', '/api/v1/tasks/bulk', { action: 'resume', tasks: ['b', 'none'] });
  assert.deepEqual([some.done, some.failed], [1, 1]);
  const list = await api.must<TaskListAnswer>('GET', '/api/v1/tasks?state=PAUSED');
  assert.deepEqual(
    list.tasks.map(({ name }) => name),
    ['c'],
  );
});

test('tasks are searched, filtered, sorted and paged', async (t) => {
  const api = await ServerFixture.open(t, own());
  await api.register(...['users', 'orders', 'items'].map((name, i) => spec(name, i === 1 ? { group: 'shop' } : {})));
  const names = async (query: string): Promise<string> => {
    const { tasks } = await api.must<TaskListAnswer>('GET', `/api/v1/tasks?${query}`);
    return tasks.map(({ name }) => name).join();
  };
  assert.equal(await names(''), 'items,orders,users');
  assert.equal(await names('sort=-name'), 'users,orders,items');
  assert.equal(await names('q=ER+db.example'), 'orders,users');
  assert.equal(await names('group=shop'), 'orders');
  assert.equal(await names('state=IDLE,RUNNING'), 'items,users');
  const page = await api.must<TaskListAnswer>('GET', '/api/v1/tasks?limit=2');
  assert.deepEqual([page.total, page.matching, page.next], [3, 3, 'orders']);
  assert.equal(await names(`limit=2&after=${page.next}`), 'users');
  assert.deepEqual(page.states, { IDLE: 2, UNSERVED: 1 });
  assert.equal((await api.get('/api/v1/tasks?limit=0')).status, 400);
});

test('tasks go out as YAML and come back', async (t) => {
  const [from, to] = [await ServerFixture.open(t, own()), await ServerFixture.open(t, own())];
  await from.register(spec('a'), spec('b', { group: 'shop', instances: 1 }));
  const { text } = await from.get('/api/v1/export');
  const dry = await to.must<ImportAnswer>('POST', '/api/v1/tasks/import?dryRun=true', text);
  assert.deepEqual(
    dry.results.map(({ task, outcome }) => [task, outcome]),
    [
      ['a', 'would-register'],
      ['b', 'would-register'],
    ],
  );
  const done = await to.must<ImportAnswer>('POST', '/api/v1/tasks/import', `${text}---\nname: "!"\n`);
  assert.deepEqual(
    done.results.map(({ outcome }) => outcome),
    ['registered', 'registered', 'invalid'],
  );
  await to.until('both are seen', async () => (await to.get('/api/v1/export')).text === text);
  assert.equal((await to.get('/api/v1/export?task=none')).status, 404);
});

test('znodes that cannot be read appear with their path and break nothing', async (t) => {
  const api = await ServerFixture.open(t, own());
  await api.register(spec('well'), spec('broken'));
  await api.session.set(paths.task('broken'), '{ not json', -1);
  await api.session.create(paths.control('well'), '{"desired":"PERHAPS"}', 'persistent');
  await api.session.create(paths.core('odd'), '[]', 'ephemeral');
  await api.until('the list shows it', async () => {
    const { tasks } = await api.must<TaskListAnswer>('GET', '/api/v1/tasks');
    return tasks.length === 2 && tasks.every(({ state }) => state === 'UNREADABLE');
  });
  const { tasks } = await api.must<TaskListAnswer>('GET', '/api/v1/tasks');
  assert.deepEqual(
    tasks.map(({ unreadable }) => unreadable?.[0]?.path),
    ['/tasks/broken', '/tasks/well/control'],
  );
  await api.until('the Core, too', async () => {
    const { cores } = await api.must<{ cores: { name: string; state: string }[] }>('GET', '/api/v1/cores');
    assert.ok(!cores.some(({ state }) => state === 'GONE'), 'what was not read yet is not gone');
    return cores[0]?.name === 'odd' && cores[0].state === 'UNREADABLE';
  });
  const pause = await api.ask('POST', '/api/v1/tasks/well/pause');
  assert.equal(pause.status, 422);
  assert.equal((pause.body as Problem).place, '/tasks/well/control');
  const detail = await api.must<TaskDetail>('GET', '/api/v1/tasks/broken');
  const mended = await api.ask('PUT', '/api/v1/tasks/broken', spec('broken'), { 'if-match': `"${detail.version}"` });
  assert.equal(mended.status, 200, mended.text);
});
