import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { newRoot } from '../coordination/zookeeper-fixture.js';
import { startStack, type Stack } from '../stack/stack.js';
import { runCli } from './cli.js';

let stack: Stack;
before(async () => {
  stack = await startStack({ zookeeper: 1 });
});
after(() => stack?.stop());

const task = (name: string, tables = 'shop.*'): string => `name: ${name}
source: { mysql: { host: db, user: repl, password: env:SOURCE_PASSWORD }, tables: ["${tables}"] }
sink: { kafka: { brokers: ["kafka:9092"] } }
`;

test('tasks are exported and imported elsewhere; one fault and nothing is registered; a conflict is said', async () => {
  const [here, there] = [newRoot(), newRoot()].map((root) => `${stack.zookeeper.connectString}${root}`);
  const run = (servers: string | undefined, args: string[], input = '') => runCli(servers!, args, input);
  const first = await run(here, ['task', 'import', '-f', '-'], `${task('a')}---\n${task('b')}`);
  assert.deepEqual([first.code, first.out], [0, 'a registered\nb registered\n'], first.err);
  const { out: exported } = await run(here, ['task', 'export']);
  const faulty = await run(there, ['task', 'import', '-f', '-'], `${exported}---\n${task('c', 'shop')}`);
  assert.deepEqual([faulty.code, /document 3/.test(faulty.err)], [2, true], faulty.err);
  assert.equal((await run(there, ['task', 'export'])).out.trim(), '');
  assert.equal((await run(there, ['task', 'import', '-f', '-'], exported)).code, 0);
  assert.equal((await run(there, ['task', 'export'])).out, exported);
  const other = `${task('a', 'bank.*')}---\n${task('b')}---\n${task('d')}`;
  const conflict = await run(there, ['task', 'import', '-f', '-'], other);
  assert.deepEqual([conflict.code, conflict.out], [4, 'a conflict\nb unchanged\nd registered\n']);
  const replaced = await run(there, ['task', 'import', '-f', '-', '--replace'], other);
  assert.deepEqual([replaced.code, replaced.out], [0, 'a replaced\nb unchanged\nd unchanged\n']);
  assert.equal((await run(there, ['task', 'import', '-f', '-'], '---\n')).code, 2);
});

test('a task is edited in the person’s editor; what somebody else changed meanwhile, or what has faults, is not overwritten', async () => {
  const servers = `${stack.zookeeper.connectString}${newRoot()}`;
  const run = (args: string[], editor = 'false', input = '') => runCli(servers, args, input, { VISUAL: editor });
  assert.equal((await run(['task', 'register', '-f', '-'], '', task('a'))).code, 0);
  const changed = await run(['task', 'edit', 'a'], 'sed -i s/shop/bank/');
  assert.deepEqual([changed.code, changed.out], [0, 'a is changed\n'], changed.err);
  assert.match((await run(['task', 'export', 'a'])).out, /bank\.\*/);
  assert.match((await run(['task', 'versions', 'a'])).out, /edited/);
  assert.equal((await run(['task', 'edit', 'a'], 'true')).out, 'a stays as it is\n');
  const command = fileURLToPath(new URL('../../../bin/mysql-replicator', import.meta.url));
  const other = `f() { "${process.execPath}" "${command}" task instances a 3 && sed -i s/bank/late/ "$1"; }; f`;
  const late = await run(['task', 'edit', 'a'], other);
  assert.deepEqual([late.code, /somebody else changed a/.test(late.err)], [4, true], late.err);
  const faulty = await run(['task', 'edit', 'a'], 'sed -i s/bank.*/nothing/');
  assert.equal(faulty.code, 2);
  assert.equal((await run(['task', 'edit', 'a'], 'false')).code, 1);
  const { out } = await run(['task', 'export', 'a']);
  assert.ok(out.includes('bank.*') && out.includes('instances: 3'), out);
  for (const { out: said } of [late, faulty]) {
    const file = /kept in (\S+)/.exec(said)?.[1] ?? '';
    assert.match(await readFile(file, 'utf8'), /^name: a$/m);
    await rm(dirname(file), { recursive: true });
  }
});
