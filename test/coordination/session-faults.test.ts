import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Session } from '../../coordination/session.js';
import { startStack, type Stack } from '../stack/stack.js';
import { newRoot, newSignal, openSession, TIMEOUT_MS, until, untilState } from './zookeeper-fixture.js';
import { startTap, type Tap } from './zookeeper-tap.js';

describe('a session in bad weather', { timeout: 120_000 }, () => {
  let stack: Stack;
  before(async () => {
    stack = await startStack({ zookeeper: 1 });
  });
  after(() => stack.stop());

  async function tapped(t: TestContext, timeoutMs = TIMEOUT_MS): Promise<{ tap: Tap; session: Session; eye: Session }> {
    const root = newRoot();
    const tap = await startTap(stack.zookeeper.servers[0]!);
    t.after(() => tap.close());
    const session = await openSession(t, `${tap.connectString}${root}`, { timeoutMs });
    const eye = await openSession(t, `${stack.zookeeper.connectString}${root}`);
    return { tap, session, eye };
  }

  test('a large answer in many small segments is no expiry', async (t) => {
    const { tap, session } = await tapped(t, 10_000);
    const data = 'x'.repeat(400_000);
    await session.create('/large', data, 'persistent');
    tap.pass = (answer, client) => {
      void (async () => {
        for (let at = 0; at < answer.length; at += 1400) {
          client.write(answer.subarray(at, at + 1400));
          // Each segment shall be a read of its own.
          if (answer.length > 1400) await new Promise((resolve) => setImmediate(resolve));
        }
      })();
    };
    assert.equal((await session.read('/large'))?.data.length, data.length);
    assert.equal(session.state, 'connected');
  });

  test('a blocked event loop shorter than the session costs the connection at most, not the session', async (t) => {
    const { session, eye } = await tapped(t);
    await session.create('/here', '', 'ephemeral');
    const { id } = session;
    const until = performance.now() + TIMEOUT_MS * 0.7;
    while (performance.now() < until);
    assert.equal(session.lease.holds(), false, 'nobody knows, after so long a pause');
    await session.read('/');
    assert.equal(session.state, 'connected');
    assert.equal(session.id, id);
    await renewed(session);
    assert.equal((await eye.read('/here'))?.stat.ephemeralOwner, id);
  });

  test('a silent link is noticed and left; requests wait and are done', async (t) => {
    const { tap, session } = await tapped(t, 6000);
    const { id } = session;
    const suspended = untilState(session, 'suspended');
    tap.blackhole();
    const began = performance.now();
    const waiting = session.create('/later', 'x', 'persistent');
    await suspended;
    const noticed = performance.now() - began;
    t.diagnostic(`noticed after ${noticed.toFixed(0)} ms of 6000`);
    assert.ok(noticed < 6000 * 0.8);
    tap.open();
    assert.equal((await waiting).path, '/later');
    assert.equal(session.id, id);
  });

  test('an expiry ends the session for good: states, lease, requests, signal', async (t) => {
    const { tap, session, eye } = await tapped(t);
    const states: string[] = [];
    session.onState((state) => states.push(state));
    await session.create('/here', '', 'ephemeral');
    tap.shut();
    const waiting = session.read('/');
    waiting.catch(() => undefined);
    await until(eye, '/here', 'data', async () => (await eye.read('/here')) === undefined);
    assert.equal(session.lease.holds(), false, 'the lease was over before the server let the node go');
    const over = once(session.over, 'abort');
    tap.open();
    await over;
    assert.deepEqual(states, ['suspended', 'over']);
    assert.equal((session.over.reason as { kind: string }).kind, 'session-over');
    await assert.rejects(waiting, { kind: 'session-over' });
  });

  test('watches live through reconnects, also on paths that are made later', async (t) => {
    const { tap, session, eye } = await tapped(t);
    await eye.create('/there', '0', 'persistent');
    const seen = { data: 0, later: 0, children: 0, laterChildren: 0 };
    session.watch('/there', 'data', () => seen.data++);
    session.watch('/later', 'data', () => seen.later++);
    session.watch('/there', 'children', () => seen.children++);
    session.watch('/later', 'children', () => seen.laterChildren++);
    const gone = session.watch('/there', 'data', () => assert.fail('it was disposed'));
    gone();
    for (let round = 0; round < 2; round++) {
      await armed(session);
      const before = { ...seen };
      await eye.set('/there', String(round), -1);
      await eye.create('/there/a', '', 'persistent');
      await eye.create('/later/a', '', 'persistent');
      await armed(session);
      for (const key of Object.keys(seen) as (keyof typeof seen)[]) {
        assert.ok(seen[key] > before[key], `${key} in round ${round}`);
      }
      await eye.remove('/there/a');
      await eye.remove('/later/a');
      await eye.remove('/later');
      const back = untilState(session, 'suspended').then(() => untilState(session, 'connected'));
      tap.shut();
      await untilState(session, 'suspended');
      tap.open();
      await back;
    }
  });

  test('thousands of re-armings of a watch keep no memory', async (t) => {
    const { session } = await tapped(t, 10_000);
    const paths = Array.from({ length: 100 }, (_, i) => `/path${i}`);
    const arm = (path: string): Promise<void> => {
      return new Promise((resolve) => {
        const unwatch = session.watch(path, 'data', () => {
          unwatch();
          resolve();
        });
      });
    };
    const armings = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i += paths.length) await Promise.all(paths.map(arm));
      collectGarbage();
    };
    const count = 20_000;
    await armings(count);
    const before = process.memoryUsage();
    await armings(count);
    const now = process.memoryUsage();
    const heap = now.heapUsed - before.heapUsed;
    t.diagnostic(`${count} re-armings: heap ${heap} bytes, resident ${now.rss - before.rss} bytes`);
    // The leaking way costs some hundred bytes of heap for each; the rest of the process stays far below.
    assert.ok(heap < count * 50, `heap grew by ${heap} bytes`);
  });

  test('a process frozen past its session finds its lease gone the moment it thaws', async (t) => {
    const root = newRoot();
    const eye = await openSession(t, `${stack.zookeeper.connectString}${root}`);
    const program = `
      import { connectSession } from ${JSON.stringify(import.meta.resolve('../../coordination/zookeeper-session.js'))};
      const quiet = () => undefined;
      const log = { debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => log };
      const servers = ${JSON.stringify(stack.zookeeper.connectString + root)};
      const session = await connectSession({ servers, timeoutMs: 2000, log }, new AbortController().signal);
      await session.create('/here', '', 'ephemeral');
      const tell = (what) => console.log(JSON.stringify(what));
      session.over.addEventListener('abort', () => tell({ over: true }));
      let last = performance.now();
      const tick = () => {
        const now = performance.now();
        // The first thing that runs after the thaw.
        if (now - last > 1500) tell({ pause: now - last, holds: session.lease.holds() });
        last = now;
      };
      setInterval(tick, 20);
      tell({ ready: session.lease.holds() });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => child.kill('SIGKILL'));
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const next = async () => JSON.parse((await lines.next()).value as string) as Record<string, unknown>;
    assert.deepEqual(await next(), { ready: true });
    child.kill('SIGSTOP');
    await until(eye, '/here', 'data', async () => (await eye.read('/here')) === undefined);
    child.kill('SIGCONT');
    const thaw = await next();
    assert.equal(thaw.holds, false);
    assert.deepEqual(await next(), { over: true });
  });
});

/** Resolves when every watch that was asked for before has been armed, and every event before now has come. */
async function armed(session: Session): Promise<void> {
  const called = newSignal();
  const unwatch = session.watch('/', 'data', () => called.resolve());
  await called.promise;
  unwatch();
  await session.read('/');
}

/** Waits for a heartbeat's answer. */
async function renewed(session: Session): Promise<void> {
  while (!session.lease.holds()) await sleep(5);
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let i = 0; i < 3; i++) collect();
}
