import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Session } from '../../coordination/session.js';

/**
 * What every implementation of the `Session` port must do. `open` gives a session over an empty root of its own; a second
 * one of the same `room` sees the same nodes.
 */
export function sessionContract(open: (t: TestContext, room: string) => Promise<Session>): void {
  let rooms = 0;
  const pair = async (t: TestContext): Promise<[Session, Session]> => {
    const room = `contract_${++rooms}`;
    return [await open(t, room), await open(t, room)];
  };

  test('create makes missing parents and refuses a second time', async (t) => {
    const [one, two] = await pair(t);
    const { path, stat } = await one.create('/a/b/c', 'x', 'persistent');
    assert.equal(path, '/a/b/c');
    assert.equal(stat.version, 0);
    assert.equal(stat.ephemeralOwner, undefined);
    assert.deepEqual(await two.read('/a/b/c'), { data: 'x', stat });
    assert.equal((await two.read('/a/b'))?.data, '');
    await assert.rejects(two.create('/a/b/c', 'y', 'persistent'), { name: 'CoordinationError', kind: 'node-exists' });
  });

  test('sequential nodes get growing numbers and zxids, and belong to their session', async (t) => {
    const [one, two] = await pair(t);
    const first = await one.create('/line/h-', '1', 'ephemeral-sequential');
    const second = await two.create('/line/h-', '2', 'ephemeral-sequential');
    assert.match(first.path, /^\/line\/h-\d{10}$/);
    assert.ok(first.path < second.path);
    assert.ok(first.stat.czxid < second.stat.czxid);
    assert.equal(first.stat.ephemeralOwner, one.id);
    assert.equal(second.stat.ephemeralOwner, two.id);
  });

  test('an absent node reads as undefined, its children too, and removing it gives false', async (t) => {
    const [one] = await pair(t);
    assert.equal(await one.read('/none'), undefined);
    assert.equal(await one.children('/none'), undefined);
    assert.equal(await one.remove('/none'), false);
    await assert.rejects(one.set('/none', 'x', -1), { kind: 'no-node', path: '/none' });
  });

  test('set compares the version; remove does too', async (t) => {
    const [one, two] = await pair(t);
    await one.create('/n', '0', 'persistent');
    assert.equal((await one.set('/n', '1', 0)).version, 1);
    await assert.rejects(two.set('/n', '2', 0), { kind: 'version-conflict' });
    assert.equal((await two.set('/n', '2', -1)).version, 2);
    await assert.rejects(one.remove('/n', 1), { kind: 'version-conflict' });
    assert.equal(await one.remove('/n', 2), true);
  });

  test('a node with children is not removed, an ephemeral has none', async (t) => {
    const [one] = await pair(t);
    await one.create('/n/child', '', 'persistent');
    await assert.rejects(one.remove('/n'), { kind: 'not-empty' });
    await one.create('/e', '', 'ephemeral');
    await assert.rejects(one.create('/e/child', '', 'persistent'), { kind: 'invalid-argument' });
  });

  test('text of any language and any length comes back as it was', async (t) => {
    const [one, two] = await pair(t);
    for (const [i, data] of ['', 'ä€😀', 'x'.repeat(200_000), '\u0000\n'].entries()) {
      await one.create(`/text${i}`, data, 'persistent');
      assert.equal((await two.read(`/text${i}`))?.data, data);
    }
  });

  test('errors name the path and never the data', async (t) => {
    const [one] = await pair(t);
    const secret = 'hunter2';
    for (const work of [one.create('bad', secret, 'persistent'), one.set('/none', secret, 3)]) {
      await assert.rejects(work, (error: Error) => {
        assert.equal(error.name, 'CoordinationError');
        assert.ok(!`${error.message} ${error.stack} ${JSON.stringify(error)}`.includes(secret));
        return true;
      });
    }
  });

  test('a watch calls after it was set and after each change, until it is disposed', async (t) => {
    const [one, two] = await pair(t);
    const calls = newCalls();
    const dispose = one.watch('/w', 'data', calls.call);
    await calls.next();
    await two.create('/w', '1', 'persistent');
    await calls.until(async () => (await one.read('/w'))?.data === '1');
    await two.set('/w', '2', -1);
    await calls.until(async () => (await one.read('/w'))?.data === '2');
    await two.remove('/w');
    await calls.until(async () => (await one.read('/w')) === undefined);
    dispose();
    const { count } = calls;
    await two.create('/w', '3', 'persistent');
    // A second watch on the same path is told, so the first would have been.
    const again = newCalls();
    one.watch('/w', 'data', again.call);
    await again.until(async () => (await one.read('/w'))?.data === '3');
    assert.equal(calls.count, count);
  });

  test('a children watch sees what comes and goes, also below a node that is made later', async (t) => {
    const [one, two] = await pair(t);
    const calls = newCalls();
    one.watch('/dir', 'children', calls.call);
    await calls.next();
    await two.create('/dir/a', '', 'persistent');
    await calls.until(async () => (await one.children('/dir'))?.join() === 'a');
    await two.create('/dir/b', '', 'persistent');
    await calls.until(async () => (await one.children('/dir'))?.length === 2);
    await two.remove('/dir/a');
    await calls.until(async () => (await one.children('/dir'))?.join() === 'b');
  });

  test('close ends it: nodes, lease, signal, state, requests', async (t) => {
    const [one, two] = await pair(t);
    await one.create('/e', '', 'ephemeral');
    assert.equal(one.state, 'connected');
    assert.equal(one.lease.holds(), true);
    assert.ok(one.lease.leftMs() < one.timeoutMs);
    const states: string[] = [];
    one.onState((state) => states.push(state));
    await one.close();
    assert.deepEqual(states, ['over']);
    assert.equal(one.state, 'over');
    assert.equal(one.over.aborted, true);
    assert.equal((one.over.reason as { kind: string }).kind, 'session-over');
    assert.equal(one.lease.holds(), false);
    assert.equal(await two.read('/e'), undefined);
    await assert.rejects(one.read('/e'), { kind: 'session-over' });
  });
}

function newCalls() {
  let wake = (): void => undefined;
  const calls = {
    count: 0,
    call: () => {
      calls.count++;
      wake();
    },
    next: () => new Promise<void>((resolve) => (wake = resolve)),
    /** Resolves when the condition holds; looked at now and after each call. */
    async until(condition: () => Promise<boolean>): Promise<void> {
      for (;;) {
        const next = calls.next();
        if (await condition()) return;
        await next;
      }
    },
  };
  return calls;
}
