import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { taskFileReference } from '../../bin/task-file-reference.js';
import { registerCore } from '../../coordination/cores.js';
import { openSession } from '../coordination/zookeeper-fixture.js';
import { startStack, type Stack } from '../stack/stack.js';
import { runCli } from './cli.js';

const TASK = {
  name: 't',
  source: { mysql: { host: 'db', user: 'repl', password: 'env:P_PASSWORD' }, tables: ['shop.*'] },
  sink: { kafka: { brokers: ['kafka:9092'] } },
};

let stack: Stack;
let servers: string;
before(async () => {
  stack = await startStack({ zookeeper: 1 });
  servers = `${stack.zookeeper.connectString}/cli`;
});
after(() => stack?.stop());

test('a task is registered, shown, paused, resumed and deleted, with exit codes for scripts', async () => {
  const json = async (args: string[], input = ''): Promise<Record<string, unknown>> => {
    const { code, out, err } = await runCli(servers, ['task', ...args, '--json'], input);
    assert.equal(code, 0, err);
    return JSON.parse(out) as Record<string, unknown>;
  };
  const file = JSON.stringify(TASK);
  assert.deepEqual(await json(['register', '-f', '-'], file), { task: 't', outcome: 'registered' });
  assert.deepEqual(await json(['register', '-f', '-'], file), { task: 't', outcome: 'unchanged' });
  const other = JSON.stringify({ ...TASK, instances: 3 });
  assert.equal((await runCli(servers, ['task', 'register', '-f', '-'], other)).code, 4);
  assert.equal((await json(['register', '-f', '-', '--replace'], other))['outcome'], 'replaced');
  assert.deepEqual(await json(['list']), { tasks: [{ task: 't', state: 'IDLE', running: 0, standby: 0 }] });
  assert.deepEqual((await json(['pause', 't']))['control'], { desired: 'PAUSED', resumes: 0 });
  assert.equal((await json(['show', 't']))['state'], 'PAUSED');
  assert.deepEqual((await json(['resume', 't', '--from', 'binlog.000012:4711']))['control'], {
    desired: 'RUNNING',
    resumes: 1,
    restartFrom: { file: 'binlog.000012', offset: 4711, events: 0 },
  });
  assert.deepEqual((await json(['resume', 't']))['control'], { desired: 'RUNNING', resumes: 2 });
  assert.equal((await runCli(servers, ['task', 'resume', 't', '--from', 'nowhere'])).code, 2);
  assert.equal((await runCli(servers, ['task', 'hand-over', 't'])).code, 4);
  assert.equal((await json(['delete', 't']))['outcome'], 'deleted');
  for (const verb of ['show', 'pause', 'resume', 'hand-over', 'delete']) {
    assert.equal((await runCli(servers, ['task', verb, 't'])).code, 4, verb);
  }
});

test('a task of a group that no Core can take is UNSERVED, with the reason and what mends it', async (t) => {
  const own = `${stack.zookeeper.connectString}/unserved`;
  const run = async (...args: string[]) => {
    const { code, out, err } = await runCli(own, ['task', ...args], JSON.stringify({ ...TASK, group: 'shop' }));
    assert.equal(code, 0, err);
    return out;
  };
  await run('register', '-f', '-');
  assert.match(await run('list'), /UNSERVED no-core/);
  assert.match(
    await run('show', 't'),
    /no Core of group shop lives; start one with: mysql-replicator core --group shop/,
  );
  const session = await openSession(t, own);
  const core = { core: 'c', host: 'h', pid: 1, version: '1', since: 1, groups: ['shop'], tasks: [] };
  const publish = await registerCore(session, { ...core, capacity: 2, load: 2 });
  assert.match(await run('list'), /UNSERVED cores-full/);
  assert.match(await run('show', 't'), /the only Core of group shop is full/);
  await publish({ ...core, capacity: 2, load: 1 });
  assert.match(await run('list'), /IDLE/);
});

test('a Core that is to serve nothing, a bad group and a bad capacity are refused as wrong usage', async () => {
  for (const args of [
    [],
    ['--group', 'a/b'],
    ['--group', 'g', '--capacity', '0'],
    ['--group', 'g', '--capacity', 'x'],
  ]) {
    const { code, err } = await runCli(servers, ['core', ...args]);
    assert.equal(code, 2, err);
  }
  assert.match((await runCli(servers, ['core'])).err, /--task, or a group of tasks with --group/);
});

test('an unreachable ZooKeeper is exit code 3 in bounded time', async () => {
  const began = performance.now();
  const { code, err } = await runCli('127.0.0.1:1', ['task', 'list']);
  assert.equal(code, 3);
  assert.match(err, /no ZooKeeper server could be reached/);
  assert.doesNotMatch(err, /\n {4}at /);
  assert.ok(performance.now() - began < 15_000);
});

const MYSQL = 'mysql: { host: db, user: repl }';
const SINK = 'sink: { kafka: { brokers: ["k:9092"] } }';
const FAULTS: readonly { what: string; file: string; says: readonly RegExp[] }[] = [
  {
    what: 'a secret in the open',
    file: `name: a\nsource: { mysql: { host: db, user: u, password: hunter2 }, tables: ["a.*"] }\n${SINK}`,
    says: [/source\.mysql\.password \(line 2\): \[hidden\]/, /env:NAME/],
  },
  {
    what: 'a secret in YAML that cannot be read',
    file: `name: a\nsource:\n  mysql: { password: *hunter2 }\n`,
    says: [/hidden|cannot be read|alias/],
  },
  {
    what: 'a snapshot',
    file: `name: a\nsource: { ${MYSQL}, tables: ["a.*"], from: snapshot }\n${SINK}`,
    says: [/source\.from .*snapshots are not available yet/, /earliest/],
  },
  {
    what: 'several faults at once',
    file: `name: "a b"\ninstanses: 2\nsource: { ${MYSQL}, tables: [] }\nsink: { kafka: { brokers: ["k"], partitions: 0 } }`,
    says: [
      /name .*"a b"/,
      /did you mean instances/,
      /source\.tables/,
      /sink\.kafka\.brokers\[0\]/,
      /sink\.kafka\.partitions/,
    ],
  },
  { what: 'a broken line', file: 'name: a\nsource: [1, 2\nsink: x\n', says: [/line \d+, column \d+/] },
  {
    what: 'an unquoted exclusion',
    file: `name: a\nsource: { ${MYSQL}, tables: [!shop.x] }\n${SINK}`,
    says: [/quotes/],
  },
  { what: 'nothing', file: '', says: [/the whole file/] },
];

for (const { what, file, says } of FAULTS) {
  test(`a task file is refused: ${what}`, async () => {
    const { code, out, err } = await runCli(servers, ['task', 'register', '-f', '-'], file);
    assert.equal(code, 2, err);
    assert.equal(out, '');
    for (const sentence of says) assert.match(err, sentence);
    assert.doesNotMatch(err, /hunter2/);
  });
}

test('a check that finds errors is exit code 5 and names what mends them', async () => {
  const { code, out } = await runCli(servers, ['task', 'register', '-f', '-', '--check'], JSON.stringify(TASK));
  assert.equal(code, 5);
  assert.match(out, /the environment variable P_PASSWORD is not set/);
  assert.match(out, /to mend it/);
});

test('the reference of the task file is current', () => {
  const kept = readFileSync(new URL('../../../docs/task-file.md', import.meta.url), 'utf8');
  assert.equal(kept, taskFileReference(), 'npm run build && node dist/bin/task-file-reference.js');
});
