import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
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
