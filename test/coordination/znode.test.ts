import assert from 'node:assert/strict';
import { after, before, describe, test, type TestContext } from 'node:test';
import { z } from 'zod';
import { follow } from '../../coordination/follow.js';
import { taskSpecSchema } from '../../coordination/schema/task-spec.js';
import type { Session } from '../../coordination/session.js';
import { createTyped, look, readTyped, writeTyped, ZnodeUnreadable, type Reading } from '../../coordination/znode.js';
import { startStack, type Stack } from '../stack/stack.js';
import { newRoot, newSignal, openSession, untilState } from './zookeeper-fixture.js';
import { startTap } from './zookeeper-tap.js';

const schema = z.object({ name: z.string(), count: z.int().min(0), password: z.string().max(3).optional() });
type Value = z.infer<typeof schema>;

describe('typed znodes', { timeout: 60_000 }, () => {
  let stack: Stack;
  before(async () => {
    stack = await startStack({ zookeeper: 1 });
  });
  after(() => stack.stop());

  function open(t: TestContext): Promise<Session> {
    return openSession(t, `${stack.zookeeper.connectString}${newRoot()}`);
  }

  test('what was written is read; nothing and an empty node are undefined', async (t) => {
    const session = await open(t);
    assert.equal(await readTyped(session, '/v', schema), undefined);
    await session.create('/v/below', '', 'persistent');
    assert.equal(await readTyped(session, '/v', schema), undefined);
    await writeTyped(session, '/v', schema, { name: 'x', count: 1 }, 0);
    const found = await readTyped(session, '/v', schema);
    assert.deepEqual([found?.value, found?.stat.version], [{ name: 'x', count: 1 }, 1]);
    await assert.rejects(createTyped(session, '/v', schema, { name: 'y', count: 1 }, 'persistent'), {
      kind: 'node-exists',
    });
  });

  test('what the next reader would refuse is not written', async (t) => {
    const session = await open(t);
    assert.throws(() => createTyped(session, '/v', schema, { name: 'x', count: -1 }, 'persistent'));
    assert.equal(await session.read('/v'), undefined);
  });

  test('unreadable: the path and every fault, values shortened, secrets left out', async (t) => {
    const session = await open(t);
    const long = 'n'.repeat(100);
    const content = { name: { [long]: 1 }, count: long, password: 'hunter2' };
    await session.create('/bad', JSON.stringify(content), 'persistent');
    await assert.rejects(readTyped(session, '/bad', schema), (error: Error) => {
      assert.ok(error instanceof ZnodeUnreadable);
      assert.equal(error.path, '/bad');
      assert.equal(error.kind, 'znode-unreadable');
      assert.equal(error.faults.length, 3);
      assert.match(error.message, /name: .*found an object.*count: .*found "n{1,40}….*password: .*found a secret/);
      assert.ok(!error.message.includes('hunter2'));
      return true;
    });
    for (const text of ['{"password":"hunter2"', 'null', '[]', '\u0000']) {
      await session.set('/bad', text, -1);
      const reading = await look(session, '/bad', schema);
      assert.equal(reading.kind, 'unreadable', text);
      assert.ok(reading.kind === 'unreadable' && !reading.error.message.includes('hunter2'));
    }
  });

  test('a task whose password was written into it by hand is refused without showing it', async (t) => {
    const session = await open(t);
    const spec = { name: 'x', source: { mysql: { host: 'h', user: 'u', password: 'hunter2' }, tables: ['a.b'] } };
    await session.create('/bad', JSON.stringify(spec), 'persistent');
    const reading = await look(session, '/bad', taskSpecSchema);
    assert.ok(reading.kind === 'unreadable');
    assert.match(reading.error.message, /source\.mysql\.password/);
    assert.ok(!reading.error.message.includes('hunter2'));
  });

  test('follow tells what is there and each change, one at a time, the last one always', async (t) => {
    const session = await open(t);
    const told: string[] = [];
    const seen = newWaiter(told);
    let working = 0;
    const stop = new AbortController();
    const following = follow(
      session,
      '/v',
      schema,
      async (reading) => {
        assert.equal(++working, 1, 'one call at a time');
        await session.read('/');
        working--;
        told.push(describeReading(reading));
        seen.wake();
      },
      stop.signal,
    );
    await seen.until('absent');
    await createTyped(session, '/v', schema, { name: 'x', count: 0 }, 'persistent');
    await seen.until('0');
    for (let count = 1; count <= 50; count++) await writeTyped(session, '/v', schema, { name: 'x', count }, -1);
    await seen.until('50');
    await session.set('/v', 'rubbish', -1);
    await seen.until('unreadable');
    await session.remove('/v');
    await seen.until('absent');
    assert.deepEqual(
      told.filter((each, i) => each === told[i - 1]),
      [],
      'nothing is told twice',
    );
    stop.abort();
    assert.equal(await following, 'stopped');
  });

  test('follow goes on after a reconnect and tells what changed meanwhile, and only that', async (t) => {
    const root = newRoot();
    const tap = await startTap(stack.zookeeper.servers[0]!);
    t.after(() => tap.close());
    const session = await openSession(t, `${tap.connectString}${root}`);
    const eye = await openSession(t, `${stack.zookeeper.connectString}${root}`);
    await createTyped(eye, '/v', schema, { name: 'x', count: 1 }, 'persistent');
    const told: string[] = [];
    const seen = newWaiter(told);
    const following = follow(
      session,
      '/v',
      schema,
      (reading) => {
        told.push(describeReading(reading));
        seen.wake();
      },
      new AbortController().signal,
    );
    await seen.until('1');
    for (const change of [false, true]) {
      const suspended = untilState(session, 'suspended');
      tap.shut();
      await suspended;
      if (change) await writeTyped(eye, '/v', schema, { name: 'x', count: 2 }, -1);
      tap.open();
      await untilState(session, 'connected');
    }
    await seen.until('2');
    assert.deepEqual(told, ['1', '2']);
    await session.close();
    assert.equal(await following, 'session-over');
  });

  test("follow rejects with its listener's error", async (t) => {
    const session = await open(t);
    const mistake = new Error('mistake');
    const following = follow(
      session,
      '/v',
      schema,
      () => {
        throw mistake;
      },
      new AbortController().signal,
    );
    await assert.rejects(following, mistake);
  });
});

function describeReading(reading: Reading<Value>): string {
  return reading.kind === 'present' ? String(reading.value.count) : reading.kind;
}

function newWaiter(told: readonly string[]) {
  let next = newSignal();
  return {
    wake: () => next.resolve(),
    async until(last: string): Promise<void> {
      while (told.at(-1) !== last) {
        next = newSignal();
        await next.promise;
      }
    },
  };
}
