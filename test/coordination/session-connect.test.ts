import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { after, before, describe, test, type TestContext } from 'node:test';
import { connectSession } from '../../coordination/zookeeper-session.js';
import { startStack, type Stack } from '../stack/stack.js';
import { newMemoryLog, newRoot, openSession } from './zookeeper-fixture.js';
import { startTap } from './zookeeper-tap.js';

const never = new AbortController().signal;

function connect(servers: string, connectDeadlineMs: number, signal = never) {
  return connectSession({ servers, timeoutMs: 2000, connectDeadlineMs, log: newMemoryLog() }, signal);
}

/** A server that is no ZooKeeper: it does with each connection what it is told. */
async function impostor(t: TestContext, behave: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    behave(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('connectSession', { timeout: 60_000 }, () => {
  let stack: Stack;
  before(async () => {
    stack = await startStack({ zookeeper: 1 });
  });
  after(() => stack.stop());

  test('a host name that does not exist is told at once', async () => {
    const began = performance.now();
    await assert.rejects(connect('no-such-host.invalid:2181', 10_000), {
      kind: 'unresolvable-host',
      message: /no-such-host\.invalid/,
    });
    assert.ok(performance.now() - began < 9_000);
  });

  test('one unknown name among the servers does not matter', async () => {
    const session = await connect(`no-such-host.invalid:2181,${stack.zookeeper.connectString}${newRoot()}`, 10_000);
    await session.close();
  });

  test('a port where nobody listens: a typed error at the deadline, naming the server', async (t) => {
    const unused = await impostor(t, () => undefined);
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    const began = performance.now();
    await assert.rejects(connect(`127.0.0.1:${port}`, 700), {
      kind: 'connect-timeout',
      message: new RegExp(`127\\.0\\.0\\.1:${port} \\(refused\\)`),
    });
    const took = performance.now() - began;
    assert.ok(took >= 690 && took < 3000, `took ${took} ms`);
    await assert.rejects(connect(unused, 700), { kind: 'connect-timeout', message: /no-answer/ });
  });

  test('a port where something else speaks', async (t) => {
    const http = await impostor(t, (socket) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'.repeat(20)));
    await assert.rejects(connect(http, 700), { kind: 'connect-timeout' });
    const rude = await impostor(t, (socket) => void socket.destroy());
    await assert.rejects(connect(rude, 700), { kind: 'connect-timeout', message: /refused/ });
  });

  test('the caller can stop it', async () => {
    const stop = new AbortController();
    const connecting = connect('127.0.0.1:1', 60_000, stop.signal);
    const reason = new Error('enough');
    stop.abort(reason);
    await assert.rejects(connecting, reason);
  });

  test('a connect string that is none', async () => {
    for (const text of ['', 'host:0', 'host:70000', 'a b:1', 'host:1/x//y', 'host:1/../y', '::1:2181']) {
      await assert.rejects(connect(text, 500), { kind: 'invalid-argument' }, text);
    }
  });

  test('the root is made, with what is above it; without one it is the default', async (t) => {
    const root = newRoot();
    const session = await openSession(t, `${stack.zookeeper.connectString}${root}/deep/er`);
    assert.deepEqual(await session.children('/'), []);
    const top = await openSession(t, `${stack.zookeeper.connectString}/`);
    assert.deepEqual(await top.children(`${root}/deep`), ['er']);
    await openSession(t, stack.zookeeper.connectString);
    assert.ok((await top.children('/'))?.includes('mysql_replicator'));
    const created = await session.create('/x', 'y', 'persistent');
    assert.equal(created.path, '/x');
    assert.equal((await top.read(`${root}/deep/er/x`))?.data, 'y');
  });

  test('close takes milliseconds, also twice, and requests after it are refused', async (t) => {
    const session = await connect(`${stack.zookeeper.connectString}${newRoot()}`, 5000);
    const open = session.read('/');
    const began = performance.now();
    await Promise.all([session.close(), session.close()]);
    const took = performance.now() - began;
    t.diagnostic(`close took ${took.toFixed(1)} ms`);
    assert.ok(took < 500);
    await open.catch((error: unknown) => assert.equal((error as { kind: string }).kind, 'session-over'));
    await assert.rejects(session.read('/'), { kind: 'session-over' });
    assert.equal(session.state, 'over');
    assert.equal(session.over.aborted, true);
    assert.equal(session.lease.holds(), false);
  });

  test('close ends the session at the server: its nodes go at once', async (t) => {
    const servers = `${stack.zookeeper.connectString}${newRoot()}`;
    const eye = await openSession(t, servers);
    const session = await connect(servers, 5000);
    await session.create('/here', '', 'ephemeral');
    await session.close();
    assert.equal(await eye.read('/here'), undefined);
  });

  test('close is bounded when the server is silent, and when it is gone', async (t) => {
    const tap = await startTap(stack.zookeeper.servers[0]!);
    t.after(() => tap.close());
    const silent = await connect(`${tap.connectString}${newRoot()}`, 5000);
    tap.blackhole();
    let began = performance.now();
    await silent.close();
    const took = performance.now() - began;
    t.diagnostic(`close at a silent server took ${took.toFixed(0)} ms`);
    assert.ok(took < 3500);
    tap.open();
    const gone = await connect(`${tap.connectString}${newRoot()}`, 5000);
    tap.shut();
    began = performance.now();
    await gone.close();
    assert.ok(performance.now() - began < 1500);
  });

  for (const end of ['close', 'expiry'] as const) {
    test(`a process ends by itself after ${end}`, async (t) => {
      const program = `
        import { connectSession } from ${JSON.stringify(import.meta.resolve('../../coordination/zookeeper-session.js'))};
        import { startTap } from ${JSON.stringify(import.meta.resolve('./zookeeper-tap.js'))};
        const quiet = () => undefined;
        const log = { debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => log };
        const [host, port] = ${JSON.stringify(stack.zookeeper.connectString)}.split(':');
        const tap = await startTap({ host, port: Number(port) });
        const session = await connectSession({ servers: tap.connectString, timeoutMs: 2000, log }, new AbortController().signal);
        if (${JSON.stringify(end)} === 'close') {
          await tap.close();
          await session.close();
        } else {
          tap.blackhole();
          setTimeout(() => tap.open(), 3500);
          session.over.addEventListener('abort', () => void tap.close());
        }`;
      const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' });
      t.after(() => child.kill('SIGKILL'));
      const [code] = (await once(child, 'exit')) as [number | null];
      assert.equal(code, 0);
    });
  }
});
