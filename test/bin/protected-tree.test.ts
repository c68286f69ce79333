import assert from 'node:assert/strict';
import { once } from 'node:events';
import { constants } from 'node:os';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseZookeeperAuth } from '../../coordination/zookeeper-auth.js';
import { newRoot, openSession, until } from '../coordination/zookeeper-fixture.js';
import { corePid } from '../stack/core-pid.js';
import { spawnGuarded } from '../stack/guarded-child.js';
import { startStack, type Stack } from '../stack/stack.js';
import { runCli } from './cli.js';

const COMMAND = fileURLToPath(new URL('../../../bin/mysql-replicator', import.meta.url));
const INSTANCES = '/tasks/t/instances';
/** Far longer than the test takes: what goes before, goes because the guard has ended the session. */
const SESSION_MS = 30_000;

let stack: Stack;
before(async () => {
  stack = await startStack({ zookeeper: 1 });
});
after(() => stack.stop());

test('a Core in a protected tree: its nodes are its own, its guard ends the session, and others are told why not', async (t) => {
  const servers = `${stack.zookeeper.connectString}${newRoot()}`;
  const eye = await openSession(t, servers, { auth: parseZookeeperAuth('replicator:right', true) });
  const signedIn = { MYSQL_REPLICATOR_ZOOKEEPER_AUTH: 'env:ZOOKEEPER_LOGIN', ZOOKEEPER_LOGIN: 'replicator:right' };
  const { child, release } = spawnGuarded({
    command: [process.execPath, COMMAND, 'core', '--task', 't', '--session-timeout', String(SESSION_MS)],
    env: { ...process.env, MYSQL_REPLICATOR_ZOOKEEPER: servers, ...signedIn },
    output: 'pipe',
  });
  let log = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (log += text));
  const exited = once(child, 'exit').finally(release);
  await until(eye, INSTANCES, 'children', async () => (await eye.children(INSTANCES))?.length === 1);
  const [node] = (await eye.children(INSTANCES))!;
  for (const path of ['/tasks', '/tasks/t', INSTANCES, `${INSTANCES}/${node}`, '/cores']) {
    assert.equal(await eye.protection(path), 'own', path);
  }

  assert.equal((await runCli(servers, ['task', 'list'], '', signedIn)).code, 0);
  const nobody = await runCli(servers, ['task', 'list']);
  assert.deepEqual([nobody.code, /does not sign in/.test(nobody.err)], [3, true]);
  const wrong = { ...signedIn, ZOOKEEPER_LOGIN: 'replicator:wrong-one' };
  for (const args of [
    ['task', 'list'],
    ['core', '--task', 't'],
    ['server', '--listen', '127.0.0.1:0'],
  ]) {
    const { code, out, err } = await runCli(servers, args, '', wrong);
    assert.deepEqual([code, /the password is wrong/.test(err)], [3, true], args.join(' '));
    assert.ok(!(out + err).includes('wrong-one'));
  }

  process.kill(corePid(child)!, 'SIGKILL');
  const began = performance.now();
  await until(eye, INSTANCES, 'children', async () => (await eye.children(INSTANCES))?.length === 0);
  assert.ok(performance.now() - began < SESSION_MS / 3);
  assert.deepEqual(await exited, [128 + constants.signals.SIGKILL, null]);
  assert.ok(!log.includes('replicator:right'));
});
