import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startStack, type Stack } from '../stack/stack.js';
import { newRoot, openSession } from '../coordination/zookeeper-fixture.js';
import { paths } from '../../coordination/paths.js';
import { readAudit } from '../../coordination/audit.js';
import { taskSpecSchema } from '../../coordination/schema/task-spec.js';
import { parseKeyRing } from '../../coordination/sealed-secret.js';
import { requireSealsOpen } from '../../coordination/task-secrets.js';
import { runCli } from './cli.js';

const PASSWORD = 'the-password-of-the-source-4711';
const PERSON = 'correct horse battery staple';

let stack: Stack;
let folder: string;
before(async () => {
  stack = await startStack({ zookeeper: 1 });
  folder = await mkdtemp(join(tmpdir(), 'access-commands-'));
});
after(async () => {
  await rm(folder, { recursive: true });
  await stack.stop();
});

test('users and tokens are made, listed and removed; each leaves a record', async (t) => {
  const servers = `${stack.zookeeper.connectString}${newRoot()}`;
  const run = (args: string[], input = '') => runCli(servers, args, input);
  const weak = await run(['user', 'add', 'root', '--role', 'admin'], 'short');
  assert.deepEqual([weak.code, /at least 12/.test(weak.err)], [2, true]);
  assert.equal((await run(['user', 'add', 'root', '--role', 'admin'], `${PERSON}\n`)).code, 0);
  assert.equal((await run(['user', 'add', 'root', '--role', 'admin'], PERSON)).code, 4);
  const last = await run(['user', 'remove', 'root']);
  assert.deepEqual([last.code, /last administrator/.test(last.err)], [4, true]);
  const made = await run([
    'token',
    'add',
    'ci',
    '--role',
    'operator',
    '--task',
    'shop_*',
    '--expires',
    '90d',
    '--json',
  ]);
  const { id, text, scope } = JSON.parse(made.out) as { id: string; text: string; scope: unknown };
  assert.match(text, /^mrt_/);
  assert.deepEqual(scope, { tasks: ['shop_*'], groups: [] });
  const listed = await run(['token', 'list']);
  assert.match(listed.out, new RegExp(`${id} +ci +operator`));
  assert.ok(!listed.out.includes(text));
  assert.equal((await run(['token', 'remove', id])).code, 0);
  const eye = await openSession(t, servers);
  const records = await readAudit(eye, { limit: 50 }, new Map());
  assert.deepEqual(
    records.map(({ action, outcome, by }) => [action, outcome, by]),
    [
      ['token.remove', 'done', 'cli'],
      ['token.create', 'done', 'cli'],
      ['user.remove', 'failed', 'cli'],
      ['user.create', 'failed', 'cli'],
      ['user.create', 'done', 'cli'],
    ],
  );
  assert.match(records[0]!.who!, /^[^@]+@.+/);
  assert.ok(!JSON.stringify(records).includes(text.split('_')[2]!));
});

test('a secret is sealed for a task, refused elsewhere, and sealed anew with the next key', async (t) => {
  const servers = `${stack.zookeeper.connectString}${newRoot()}`;
  const key = async () => (await runCli(servers, ['secrets', 'keygen'])).out.trim();
  const [first, second] = [await key(), await key()];
  const keys = join(folder, 'keys');
  await writeFile(keys, `${first}\n`);
  const run = (args: string[], input = '') => runCli(servers, [...args, '--secrets-key', `file:${keys}`], input);
  const file = join(folder, 'task.yaml');
  const spec = (password: string, host = 'db.example.org'): string =>
    JSON.stringify({
      name: 'sealed_task',
      source: { mysql: { host, user: 'repl', password }, tables: ['shop.*'] },
      sink: { kafka: { brokers: ['127.0.0.1:9092'] } },
    });
  await writeFile(file, spec('env:LATER'));
  const sealed = (await run(['secrets', 'seal', '-f', file], PASSWORD)).out.trim();
  assert.match(sealed, /^sealed:v1:/);
  await writeFile(file, spec(sealed));
  assert.equal((await run(['task', 'register', '-f', file])).code, 0);
  const eye = await openSession(t, servers);
  const registered = async () => taskSpecSchema.parse(JSON.parse((await eye.read(paths.task('sealed_task')))!.data));
  requireSealsOpen(await registered(), parseKeyRing(first));
  const elsewhere = taskSpecSchema.parse(JSON.parse(spec(sealed, 'evil.example.org')));
  assert.throws(() => requireSealsOpen(elsewhere, parseKeyRing(first)), { kind: 'secret-missing' });

  await writeFile(keys, `${second}\n${first}\n`);
  assert.match((await run(['secrets', 'rotate'])).out, /^1 tasks are sealed/);
  requireSealsOpen(await registered(), parseKeyRing(second));
  assert.throws(() => requireSealsOpen(elsewhere, parseKeyRing(second)), { kind: 'secret-missing' });

  // Written out in a file it is sealed on the way; without a key it is refused by its place.
  await writeFile(file, spec(PASSWORD));
  assert.equal((await run(['task', 'register', '-f', file, '--replace'])).code, 0);
  assert.match((await registered()).source.mysql.password!, /^sealed:v1:/);
  const refused = await runCli(servers, ['task', 'register', '-f', file, '--replace']);
  assert.equal(refused.code, 2);
  assert.ok(!(refused.out + refused.err).includes(PASSWORD));
  for (const path of await everyPath(eye)) assert.ok(!(await eye.read(path))!.data.includes(PASSWORD), path);
});

async function everyPath(session: Awaited<ReturnType<typeof openSession>>, at = '/'): Promise<string[]> {
  const names = (await session.children(at)) ?? [];
  const below = await Promise.all(names.map((name) => everyPath(session, at === '/' ? `/${name}` : `${at}/${name}`)));
  return [...(at === '/' ? [] : [at]), ...below.flat()];
}
