import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { after, before, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ChildProcess } from 'node:child_process';
import { newRoot, openSession, until } from '../coordination/zookeeper-fixture.js';
import type { Session } from '../../coordination/session.js';
import { corePid } from '../stack/core-pid.js';
import { spawnGuarded } from '../stack/guarded-child.js';
import { startStack, type Stack } from '../stack/stack.js';

const COMMAND = fileURLToPath(new URL('../../../bin/mysql-replicator', import.meta.url));
/** Far longer than a test takes: what goes before, goes because somebody ended the session. */
const SESSION_MS = 30_000;
const INSTANCES = '/tasks/t/instances';

let stack: Stack;
before(async () => {
  stack = await startStack({ zookeeper: 1 });
});
after(() => stack.stop());

interface Running {
  readonly eye: Session;
  readonly guard: ChildProcess;
  readonly exited: Promise<unknown[]>;
  readonly core: number;
  readonly log: () => string;
}

/** A Core that waits for a task, in a tree of its own. */
async function start(t: TestContext, output: number | 'pipe' = 'pipe'): Promise<Running> {
  const servers = `${stack.zookeeper.connectString}${newRoot()}`;
  const eye = await openSession(t, servers);
  const { child, release } = spawnGuarded({
    command: [process.execPath, COMMAND, 'core', '--task', 't', '--session-timeout', String(SESSION_MS)],
    env: { ...process.env, MYSQL_REPLICATOR_ZOOKEEPER: servers },
    output,
  });
  let log = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (log += text));
  const exited = once(child, 'exit').finally(release);
  await until(eye, INSTANCES, 'children', async () => (await eye.children(INSTANCES))?.length === 1);
  return { eye, guard: child, exited, core: corePid(child)!, log: () => log };
}

function gone(eye: Session): Promise<unknown> {
  return until(eye, INSTANCES, 'children', async () => (await eye.children(INSTANCES))?.length === 0);
}

test('kill -9 of the Core: its session is ended at once, and the exit code says what happened', async (t) => {
  const { eye, core, exited, log } = await start(t);
  const began = performance.now();
  process.kill(core, 'SIGKILL');
  await gone(eye);
  assert.ok(performance.now() - began < SESSION_MS / 3);
  assert.deepEqual(await exited, [128 + constants.signals.SIGKILL, null]);
  assert.match(log(), /the Core has died; its session is ended/);
});

test('kill -9 of the guard: the Core stops in order', async (t) => {
  const { eye, guard, core } = await start(t);
  guard.kill('SIGKILL');
  await gone(eye);
  await assert.rejects(
    (async () => {
      for (;;) {
        process.kill(core, 0); // throws when there is no such process any more
        await new Promise(setImmediate);
      }
    })(),
    { code: 'ESRCH' },
  );
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} reaches the Core once: an orderly stop with exit code 0`, async (t) => {
    const { eye, guard, exited, log } = await start(t);
    guard.kill(signal);
    await gone(eye);
    assert.deepEqual(await exited, [0, null]);
    assert.match(log(), /Core has stopped/);
  });
}

test('a full disk under the log ends nothing', async (t) => {
  const full = openSync('/dev/full', 'w');
  t.after(() => closeSync(full));
  const { eye, guard, exited } = await start(t, full);
  guard.kill('SIGTERM');
  await gone(eye);
  assert.deepEqual(await exited, [0, null]);
});
