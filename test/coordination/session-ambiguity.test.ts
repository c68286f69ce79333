import assert from 'node:assert/strict';
import { after, before, describe, test, type TestContext } from 'node:test';
import type { Session } from '../../coordination/session.js';
import { startStack, type Stack } from '../stack/stack.js';
import { newRoot, openSession } from './zookeeper-fixture.js';
import { nth, OP, startTap, type Tap, type Verdict } from './zookeeper-tap.js';

/**
 * A request whose connection breaks may have been carried out or not. Each is cut at the exact request, before the server gets
 * it and after the server has answered, and must be done exactly once either way.
 */
describe('a request that is cut off', { timeout: 60_000 }, () => {
  let stack: Stack;
  before(async () => {
    stack = await startStack({ zookeeper: 1 });
  });
  after(() => stack.stop());

  /** A session through a tap, and another that sees the truth. */
  async function pair(t: TestContext): Promise<{ tap: Tap; session: Session; truth: Session }> {
    const root = newRoot();
    const tap = await startTap(stack.zookeeper.servers[0]!);
    t.after(() => tap.close());
    const session = await openSession(t, `${tap.connectString}${root}`);
    const truth = await openSession(t, `${stack.zookeeper.connectString}${root}`);
    return { tap, session, truth };
  }

  for (const cut of ['cut-before', 'cut-after'] as const satisfies Verdict[]) {
    test(`${cut}: a sequential ephemeral is created once`, async (t) => {
      const { tap, session, truth } = await pair(t);
      const first = await session.create('/line/a-', '1', 'ephemeral-sequential');
      tap.judge = nth(OP.create, 1, cut);
      const second = await session.create('/line/a-', '2', 'ephemeral-sequential');
      assert.deepEqual((await truth.children('/line'))?.map((name) => `/line/${name}`).sort(), [
        first.path,
        second.path,
      ]);
      assert.equal((await truth.read(second.path))?.data, '2');
      assert.equal(second.stat.ephemeralOwner, session.id);
      assert.equal(second.stat.czxid, (await truth.read(second.path))?.stat.czxid);
    });

    test(`${cut}: several sequential creates at once, one cut, are each done once`, async (t) => {
      const { tap, session, truth } = await pair(t);
      await session.create('/line', '', 'persistent');
      tap.judge = nth(OP.create, 2, cut);
      const created = await Promise.all(
        ['1', '2', '3', '4'].map((data) => session.create('/line/a-', data, 'ephemeral-sequential')),
      );
      const seen = await Promise.all(created.map(async ({ path }) => (await truth.read(path))?.data));
      assert.deepEqual(seen, ['1', '2', '3', '4']);
      assert.equal((await truth.children('/line'))?.length, 4);
    });

    test(`${cut}: another session's nodes with this prefix are not taken for one's own`, async (t) => {
      const { tap, session, truth } = await pair(t);
      await truth.create('/line/a-', 'theirs', 'ephemeral-sequential');
      tap.judge = nth(OP.create, 1, cut);
      const mine = await session.create('/line/a-', 'mine', 'ephemeral-sequential');
      assert.equal((await truth.read(mine.path))?.data, 'mine');
      assert.equal((await truth.children('/line'))?.length, 2);
    });

    test(`${cut}: an ephemeral is created once, and creating it again is refused`, async (t) => {
      const { tap, session } = await pair(t);
      tap.judge = nth(OP.create, 1, cut);
      const made = await session.create('/one', 'x', 'ephemeral');
      assert.equal(made.stat.ephemeralOwner, session.id);
      tap.judge = nth(OP.create, 1, cut);
      await assert.rejects(session.create('/one', 'x', 'ephemeral'), { kind: 'node-exists' });
    });

    test(`${cut}: a persistent node is created, and one of other content is refused`, async (t) => {
      const { tap, session, truth } = await pair(t);
      tap.judge = nth(OP.create, 1, cut);
      await session.create('/one', 'x', 'persistent');
      assert.equal((await truth.read('/one'))?.data, 'x');
      tap.judge = nth(OP.create, 1, cut);
      await assert.rejects(session.create('/one', 'y', 'persistent'), { kind: 'node-exists' });
    });

    test(`${cut}: a compare-and-set is done once`, async (t) => {
      const { tap, session, truth } = await pair(t);
      await session.create('/one', '0', 'persistent');
      tap.judge = nth(OP.setData, 1, cut);
      const stat = await session.set('/one', '1', 0);
      assert.equal(stat.version, 1);
      const { data, stat: seen } = (await truth.read('/one'))!;
      assert.deepEqual([data, seen.version, seen.mzxid], ['1', 1, stat.mzxid]);
    });

    test(`${cut}: a compare-and-set that somebody else won is refused`, async (t) => {
      const { tap, session, truth } = await pair(t);
      await session.create('/one', '0', 'persistent');
      await truth.set('/one', 'theirs', 0);
      tap.judge = nth(OP.setData, 1, cut);
      await assert.rejects(session.set('/one', 'mine', 0), { kind: 'version-conflict' });
      assert.equal((await truth.read('/one'))?.data, 'theirs');
    });

    test(`${cut}: a removal tells the truth`, async (t) => {
      const { tap, session, truth } = await pair(t);
      await session.create('/one', '0', 'persistent');
      tap.judge = nth(OP.delete, 1, cut);
      assert.equal(await session.remove('/one'), true);
      assert.equal(await truth.read('/one'), undefined);
      assert.equal(await session.remove('/one'), false);
    });

    test(`${cut}: reads are simply done again`, async (t) => {
      const { tap, session } = await pair(t);
      await session.create('/one/two', '0', 'persistent');
      tap.judge = nth(OP.getData, 1, cut);
      assert.equal((await session.read('/one/two'))?.data, '0');
      tap.judge = nth(OP.getChildren, 1, cut);
      assert.deepEqual(await session.children('/one'), ['two']);
    });
  }

  test('a request that the servers cut every time does not go on for ever', async (t) => {
    const { tap, session } = await pair(t);
    tap.judge = (op) => (op === OP.setData ? 'cut-before' : 'forward');
    await assert.rejects(session.set('/one', '1', -1), { kind: 'unexpected' });
    tap.judge = () => 'forward';
    assert.equal(await session.read('/one'), undefined);
  });

  test('data above the limit is refused before it is sent', async (t) => {
    const { session } = await pair(t);
    await assert.rejects(session.create('/big', 'x'.repeat(1_100_000), 'persistent'), { kind: 'too-large' });
    await session.create('/big', 'x'.repeat(900_000), 'persistent');
    assert.equal((await session.read('/big'))?.data.length, 900_000);
  });
});
