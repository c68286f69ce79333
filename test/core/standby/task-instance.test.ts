import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { paths } from '../../../coordination/paths.js';
import { registerTask } from '../../../coordination/registry.js';
import { CoordinationError, type Session } from '../../../coordination/session.js';
import { persistently } from '../../../core/standby/persistently.js';
import { serveTask } from '../../../core/standby/task-instance.js';
import { newMemoryLog, newRoot, openSession } from '../../coordination/zookeeper-fixture.js';
import { startStack, type Stack } from '../../stack/stack.js';
import { groupTask } from './group-fixture.js';

let stack: Stack;
before(async () => {
  stack = await startStack({ zookeeper: 1 });
});
after(() => stack.stop());

/** The session, but for one path that nobody may read. */
function withoutPermission(session: Session, path: string): Session {
  return new Proxy(session, {
    get(target, name) {
      if (name === 'read') {
        return (asked: string) =>
          asked === path ? Promise.reject(new CoordinationError('auth-failed', 'no', path)) : target.read(asked);
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

test('orders that cannot be read end this task alone: its node goes, nothing is left unhandled, and it is tried again', async (t) => {
  const session = await openSession(t, `${stack.zookeeper.connectString}${newRoot()}`);
  const task = 'closed';
  await registerTask(session, { ...groupTask(task), instances: 2 });
  const shut = withoutPermission(session, paths.control(task));
  const log = newMemoryLog();
  const identity = { core: 'a', host: 'a', pid: process.pid };
  const stop = new AbortController();
  const serve = () => {
    if (tries++ > 0) stop.abort();
    return serveTask(
      { session: shut, task, identity, version: 'test', secrets: { environment: {} }, log },
      stop.signal,
    );
  };
  let tries = 0;
  await persistently(session, log, serve, stop.signal);
  assert.equal(tries, 2);
  assert.deepEqual(await session.children(paths.instances(task)), []);
  assert.ok(log.lines.some(({ level, message }) => level === 'error' && message.includes('begins again')));
});
