import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { endSession } from '../../coordination/end-session.js';
import type { Credentials } from '../../coordination/zookeeper-connection.js';
import { startStack, type Stack } from '../stack/stack.js';
import { newRoot, openSession, until } from './zookeeper-fixture.js';

describe('endSession', { timeout: 60_000 }, () => {
  let stack: Stack;
  before(async () => {
    stack = await startStack({ zookeeper: 1 });
  });
  after(() => stack.stop());

  test('after kill -9 the nodes go at once; a second time there is nothing to end', async (t) => {
    const servers = `${stack.zookeeper.connectString}${newRoot()}`;
    const eye = await openSession(t, servers);
    const program = `
      import { connectSession } from ${JSON.stringify(import.meta.resolve('../../coordination/zookeeper-session.js'))};
      const quiet = () => undefined;
      const log = { debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => log };
      const options = { servers: ${JSON.stringify(servers)}, timeoutMs: 30000, log };
      const session = await connectSession(options, new AbortController().signal);
      await session.create('/here', '', 'ephemeral');
      console.log(JSON.stringify(session.credentials));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => child.kill('SIGKILL'));
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const options = { servers, credentials: JSON.parse(line) as Credentials, timeoutMs: 30_000 };
    child.kill('SIGKILL');
    const died = performance.now();
    await once(child, 'exit');
    assert.equal(await endSession(options, AbortSignal.timeout(5000)), true);
    await until(eye, '/here', 'data', async () => (await eye.read('/here')) === undefined);
    const took = performance.now() - died;
    t.diagnostic(`gone ${took.toFixed(0)} ms after the kill; the session would have lasted 30000`);
    assert.ok(took < 5000);
    assert.equal(await endSession(options, AbortSignal.timeout(5000)), false);
  });
});
