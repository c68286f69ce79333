import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { serverPorts } from '../../bin/server-ports.js';
import type { CoreList, SourceTables } from '../../server/api/schema/cluster.js';
import type { TaskDetail, Timeline } from '../../server/api/schema/task-detail.js';
import type { CheckAnswer, LiveChange, PositionPreviewAnswer } from '../../server/api/schema/task-orders.js';
import { newMemoryLog } from '../coordination/zookeeper-fixture.js';
import { World, type CoreHandle } from '../scenarios/world.js';
import { EventReader, ServerFixture } from './fixture.js';

/** A task's whole life through the HTTP API alone: real MySQL, ZooKeeper, Kafka and Cores. */
let world: World;
before(async () => {
  world = await World.open();
});
after(() => world?.close());

const TASK = '/api/v1/tasks/copy_hot_item';
let rows = 0;
const insert = async (): Promise<void> => {
  rows++;
  await world.sql.run(`INSERT INTO shop.hot_item (id, version, name, price) VALUES (${rows}, 1, 'row ${rows}', 1)`);
};

test('register, run, look, pause, preview, move, drain, delete', { timeout: 240_000 }, async (t) => {
  const servers = world.stack.zookeeper.connectString;
  const ports = serverPorts({ environment: { SOURCE_PASSWORD: 'right-horse' } }, newMemoryLog());
  const api = await ServerFixture.open(t, servers, { ports });
  const cores: CoreHandle[] = [];
  const detail = (): Promise<TaskDetail> => api.must<TaskDetail>('GET', TASK);
  const until = async (what: string, wanted: (task: TaskDetail) => boolean): Promise<TaskDetail> => {
    await api
      .until(what, async () => wanted(await detail()), 60_000)
      .catch(async (error: unknown) => {
        const logs = cores.map(({ name, lines }) => `${name}:\n${lines.slice(-12).join('\n')}`).join('\n');
        throw new Error(`${String(error)}\n${JSON.stringify(await detail(), undefined, 1)}\n${logs}`);
      });
    return detail();
  };
  const runsOn = (core: string) => (task: TaskDetail) => {
    return task.summary.state === 'RUNNING' && task.summary.runner?.core === core && task.progress?.phase === 'RUNNING';
  };

  const spec = { ...world.spec(), group: 'shop', instances: 1 };
  const { mysql } = spec.source;
  const tables = await api.must<SourceTables>('POST', '/api/v1/sources/tables', { source: mysql });
  const shop = tables.databases.find(({ name }) => name === 'shop')!;
  assert.deepEqual(
    shop.tables.map(({ name, key, columns }) => [name, key, columns]),
    [
      ['hot_item', ['id'], 4],
      ['tmp_note', ['id'], 2],
    ],
  );
  const check = await api.must<CheckAnswer>('POST', '/api/v1/tasks/check', spec);
  assert.equal(check.errors, 0, JSON.stringify(check.findings));
  await api.must('POST', '/api/v1/tasks', spec);
  await until('nobody can run it', ({ summary }) => summary.state === 'UNSERVED');
  for (const name of ['core-a', 'core-b']) cores.push(world.core(name, servers, ['--group', 'shop']));
  const first = await until(
    'it runs',
    ({ summary, progress }) => summary.state === 'RUNNING' && progress?.phase === 'RUNNING',
  );
  const [from, to] = first.summary.runner!.core === 'core-a' ? ['core-a', 'core-b'] : ['core-b', 'core-a'];

  const changes = await EventReader.open(t, `${api.server.address}${TASK}/changes`);
  await changes.until('reading', ({ event }) => event === 'reading');
  const idle = await until('an idle source has no lag', ({ summary }) => summary.idleSince !== undefined);
  assert.deepEqual([idle.summary.lagMs, idle.summary.lagBytes], [0, 0]);
  const sowing = setInterval(() => void insert(), 200);
  t.after(() => clearInterval(sowing));
  const change = await changes.until('a change', ({ event }) => event === 'changes');
  const [shown] = change.data as unknown as LiveChange[];
  assert.deepEqual([shown?.op, shown?.database, shown?.table], ['c', 'shop', 'hot_item']);

  await until('both Cores are there', () => api.server.parts.view.livingCores().length === 2);
  await api.must('POST', `${TASK}/move`, { core: to });
  await until(`it moved to ${to}`, runsOn(to));
  const again = await api.ask('POST', `${TASK}/move`, { core: to });
  assert.equal(again.status, 409);

  await api.must('POST', `/api/v1/cores/${to}/drain`, { reason: 'new disk' });
  await until(`it went back to ${from}`, runsOn(from));
  await api.until('the Core is empty', async () => {
    const { cores } = await api.must<CoreList>('GET', '/api/v1/cores');
    return cores.find(({ name }) => name === to)?.state === 'DRAINED';
  });
  assert.equal((await api.ask('POST', `${TASK}/move`, { core: to })).status, 409, 'a drained Core takes nothing');
  await api.must('POST', `/api/v1/cores/${to}/undrain`);
  clearInterval(sowing);
  await world.settle();

  await api.must('POST', `${TASK}/pause`);
  await until('PAUSED', ({ summary, progress }) => summary.state === 'PAUSED' && progress?.phase === 'PAUSED');
  await new Promise((resolve) => setTimeout(resolve, 1_100)); // so that the moment lies between two seconds of the binlog
  const moment = Date.now();
  await insert();
  await insert();
  const preview = async (place: unknown): Promise<PositionPreviewAnswer> => {
    const { preview } = await api.must<{ preview: PositionPreviewAnswer }>('POST', `${TASK}/position`, {
      to: place,
      dryRun: true,
    });
    return preview;
  };
  const latest = await preview('latest');
  assert.deepEqual([latest.direction, latest.transactions], ['skips', 2], latest.text);
  const earliest = await preview('earliest');
  assert.equal(earliest.direction, 'repeats', earliest.text);
  const same = await preview({ time: moment });
  assert.equal(same.direction, 'same', same.text);
  assert.equal(same.target?.offset, (await detail()).lastCommit?.position?.offset);
  const later = await preview({ time: Date.now() + 60_000 });
  assert.equal(later.direction, 'skips', later.text);
  await api.must('POST', `${TASK}/position`, { to: { time: moment } });
  await until('it runs again', ({ summary }) => summary.state === 'RUNNING' && summary.pending === undefined);
  for (let id = 1; id <= rows; id++) await world.audit.arrived(id);
  assert.equal(world.audit.doubled, 0, 'nothing was sent twice');

  const { events } = await api.must<Timeline>('GET', `${TASK}/timeline`);
  const kinds = events.map(({ kind }) => kind);
  for (const kind of ['registered', 'term', 'take-over', 'move', 'pause', 'position']) {
    assert.ok(kinds.includes(kind as never), `${kind} in ${kinds.join()}`);
  }
  const brokers = await api.must<{ clusters: { ok: boolean; brokers: unknown[] }[] }>('GET', '/api/v1/brokers');
  assert.deepEqual(
    brokers.clusters.map(({ ok, brokers }) => [ok, brokers.length]),
    [[true, 1]],
  );
  const { members } = await api.must<{ members: { ok: boolean; role: string }[] }>('GET', '/api/v1/zookeeper');
  assert.deepEqual(
    members.map(({ ok, role }) => [ok, role]),
    [[true, 'standalone']],
  );
  assert.equal((await api.ask('DELETE', TASK)).status, 409, 'it runs');
  await api.must('DELETE', `${TASK}?force=true`);
  await api.until('it is gone', async () => (await api.get(TASK)).status === 404);
  const said = JSON.stringify([api.log.lines, api.access.entries]);
  assert.ok(!said.includes('right-horse'));
});
