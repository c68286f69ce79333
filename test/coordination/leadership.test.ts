import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test, type TestContext } from 'node:test';
import { Failure } from '../../coordination/failure.js';
import { instancePrefix, paths } from '../../coordination/paths.js';
import { instanceSchema } from '../../coordination/schema/znodes.js';
import type { Session } from '../../coordination/session.js';
import { readTyped } from '../../coordination/znode.js';
import { startStack, type Stack } from '../stack/stack.js';
import { line, nodeOf, play, TASK, untilLine } from './leadership-fixture.js';
import { newRoot, newSignal, openSession, TIMEOUT_MS, until, untilState } from './zookeeper-fixture.js';
import { nth, OP, startTap } from './zookeeper-tap.js';

describe('serveInstance', { timeout: 120_000 }, () => {
  let stack: Stack;
  before(async () => {
    stack = await startStack({ zookeeper: 1 });
  });
  after(() => stack.stop());

  function newRoom(): { direct: string; root: string } {
    const root = newRoot();
    return { root, direct: `${stack.zookeeper.connectString}${root}` };
  }

  /** Three instances a, b, c in this order, each with a session of its own, and one more session that looks on. */
  async function three(t: TestContext) {
    const { direct } = newRoom();
    const eye = await openSession(t, direct);
    const sessions: Session[] = [];
    const players = [];
    for (const name of ['a', 'b', 'c']) {
      const session = await openSession(t, direct);
      sessions.push(session);
      const player = play(t, session, name);
      players.push(player);
      await (name === 'a' ? player.leading() : player.standing());
    }
    const [a, b, c] = players;
    return { eye, a: a!, b: b!, c: c!, sessions };
  }

  test('the first leads and says so, the next stand by', async (t) => {
    const { eye, a, b, c } = await three(t);
    const { lead } = await a.leading();
    assert.deepEqual(await line(eye), ['a', 'b', 'c']);
    const node = await readTyped(eye, lead.instancePath, instanceSchema);
    assert.equal(node?.value.state, 'RUNNING');
    assert.equal(node?.value.term, lead.term);
    assert.equal(node?.stat.czxid, lead.term);
    assert.equal((await readTyped(eye, await nodeOf(eye, 'c'), instanceSchema))?.value.state, 'STANDBY');
    assert.deepEqual([b.leads.length, c.leads.length], [0, 0]);
  });

  test('the middle one goes: the last closes up and is not woken to lead', async (t) => {
    const { eye, a, b, c } = await three(t);
    assert.equal(await b.stop(), 'stopped');
    await untilLine(eye, ['a', 'c']);
    assert.equal(c.leads.length, 0);
    // Now the one before c is a: c must have begun to watch it.
    await a.stop();
    assert.ok((await c.leading()).lead.term > 0);
    assert.deepEqual(await line(eye), ['c']);
  });

  test('a hand-over: the leader goes to the end, the next leads with a greater term', async (t) => {
    const { eye, a, b } = await three(t);
    const first = await a.leading();
    first.finish();
    const second = await b.leading();
    assert.ok(second.lead.term > first.lead.term);
    await untilLine(eye, ['b', 'c', 'a']);
    assert.equal(first.lead.signal.aborted, false);
  });

  test('an orderly stop tells the lead so, waits for it, and then lets the next one in', async (t) => {
    const { direct } = newRoom();
    const a = play(t, await openSession(t, direct), 'a');
    const { lead } = await a.leading();
    const b = play(t, await openSession(t, direct), 'b');
    await b.standing();
    const stopped = a.stop();
    assert.equal(lead.stopping.aborted, true);
    assert.equal(lead.signal.aborted, false, 'an orderly stop may still write');
    assert.equal(await stopped, 'stopped');
    await b.leading();
  });

  test("the leader's node deleted by hand: its lead is lost at once, it joins at the end, the next one leads", async (t) => {
    const { eye, a, b } = await three(t);
    const { lead } = await a.leading();
    await eye.remove(lead.instancePath);
    if (!lead.signal.aborted) await once(lead.signal, 'abort');
    assert.ok(lead.signal.reason instanceof Failure);
    assert.equal(lead.signal.reason.kind, 'lead-lost');
    assert.ok((await b.leading()).lead.term > lead.term);
    await untilLine(eye, ['b', 'c', 'a']);
  });

  test("a standby's node deleted by hand: it joins again at the end", async (t) => {
    const { eye, b, c } = await three(t);
    await eye.remove(await nodeOf(eye, 'b'));
    await untilLine(eye, ['a', 'c', 'b']);
    assert.deepEqual([b.leads.length, c.leads.length], [0, 0]);
  });

  test('a new lead waits until the old one has settled only where both are the same instance', async (t) => {
    const { direct } = newRoom();
    const eye = await openSession(t, direct);
    const release = newSignal();
    const a = play(t, await openSession(t, direct), 'a', { onLost: () => release.promise });
    const { lead } = await a.leading();
    await eye.remove(lead.instancePath);
    if (!lead.signal.aborted) await once(lead.signal, 'abort');
    assert.deepEqual(await line(eye), [], 'it does not join while its old lead still runs');
    release.resolve();
    assert.ok((await a.leading(2)).lead.term > lead.term);
  });

  test('the instances node deleted and made again: all join anew, one leads', async (t) => {
    const { eye, a, b, c } = await three(t);
    const { lead } = await a.leading();
    // They join again at once, so it takes a few goes to find it empty.
    for (let gone = false; !gone;) {
      for (const name of (await eye.children(paths.instances(TASK))) ?? []) {
        await eye.remove(paths.instance(TASK, name));
      }
      gone = await eye.remove(paths.instances(TASK)).catch(() => false);
    }
    if (!lead.signal.aborted) await once(lead.signal, 'abort');
    await until(eye, paths.instances(TASK), 'children', async () => (await line(eye)).length === 3);
    const first = (await line(eye))[0]!;
    const leader = [a, b, c].find(({ name }) => name === first)!;
    const again = await leader.leading(leader.leads.length + (leader.leads.at(-1)?.signal.aborted === false ? 0 : 1));
    assert.equal(again.lead.signal.aborted, false);
    assert.ok(again.lead.term > lead.term);
  });

  test('a foreign child is reported and ignored', async (t) => {
    const { direct } = newRoom();
    const eye = await openSession(t, direct);
    await eye.create(`${paths.instances(TASK)}/somebody`, '', 'persistent');
    await eye.create(`${paths.instances(TASK)}/host-12`, '', 'persistent');
    const a = play(t, await openSession(t, direct), 'a');
    await a.leading();
    const told = a.log.lines.filter(({ message }) => message.includes('foreign'));
    assert.deepEqual(
      told.map(({ level, fields }) => ({ level, fields })),
      [{ level: 'warn', fields: { foreign: ['host-12', 'somebody'] } }],
    );
  });

  for (const cut of ['cut-before', 'cut-after'] as const) {
    test(`connection lost during join (${cut}): one node, one lead`, async (t) => {
      const { root, direct } = newRoom();
      const eye = await openSession(t, direct);
      await eye.create(paths.instances(TASK), '', 'persistent');
      const tap = await startTap(stack.zookeeper.servers[0]!);
      t.after(() => tap.close());
      const session = await openSession(t, `${tap.connectString}${root}`);
      tap.judge = nth(OP.create, 1, cut);
      const a = play(t, session, 'a');
      const { lead } = await a.leading();
      assert.deepEqual(await line(eye), ['a']);
      assert.equal(await nodeOf(eye, 'a'), lead.instancePath);
      await a.stop();
      assert.deepEqual(await line(eye), []);
    });
  }

  test('a session cut off while RUNNING: the lead is lost before the server lets the next one lead', async (t) => {
    const { root, direct } = newRoom();
    const tap = await startTap(stack.zookeeper.servers[0]!);
    t.after(() => tap.close());
    const session = await openSession(t, `${tap.connectString}${root}`);
    const a = play(t, session, 'a');
    const { lead } = await a.leading();
    const b = play(t, await openSession(t, direct), 'b');
    await b.standing();
    tap.blackhole();
    const moments: Record<string, number> = {};
    const began = performance.now();
    const lost = once(lead.signal, 'abort').then(() => (moments.lost = performance.now() - began));
    const leaseGone = lost.then(() => new Promise((resolve) => setTimeout(resolve, lead.lease.leftMs() + 1)));
    await b.leading();
    moments.next = performance.now() - began;
    await leaseGone;
    assert.equal(lead.signal.aborted, true);
    assert.ok(lead.lease.leftMs() <= 0);
    assert.ok(moments.lost! < moments.next, `lost after ${moments.lost} ms, the next led after ${moments.next} ms`);
    assert.equal(a.leads.length, 1);
    t.diagnostic(`lost after ${Math.round(moments.lost!)} ms, next leads after ${Math.round(moments.next)} ms`);
    tap.open();
    assert.equal(await a.done, 'session-over');
    assert.equal(session.state, 'over');
  });

  test('a lease that ran out while the session lived on: the same term leads again', async (t) => {
    const { root, direct } = newRoom();
    const tap = await startTap(stack.zookeeper.servers[0]!);
    t.after(() => tap.close());
    const eye = await openSession(t, direct);
    // A long session: the cut is over before it expires.
    const session = await openSession(t, `${tap.connectString}${root}`, { timeoutMs: 6000 });
    const a = play(t, session, 'a');
    const first = await a.leading();
    tap.blackhole();
    if (!first.lead.signal.aborted) await once(first.lead.signal, 'abort');
    tap.open();
    const second = await a.leading(2);
    assert.equal(second.lead.term, first.lead.term);
    assert.equal(second.lead.signal.aborted, false);
    assert.deepEqual(await line(eye), ['a']);
  });

  test('a connection lost for a moment interrupts no lead', async (t) => {
    const { root } = newRoom();
    const tap = await startTap(stack.zookeeper.servers[0]!);
    t.after(() => tap.close());
    const session = await openSession(t, `${tap.connectString}${root}`);
    const a = play(t, session, 'a');
    const { lead } = await a.leading();
    for (let i = 0; i < 5; i++) {
      const suspended = untilState(session, 'suspended');
      tap.shut();
      await suspended;
      tap.open();
      await untilState(session, 'connected');
    }
    await session.read('/');
    assert.equal(lead.signal.aborted, false);
    assert.equal(a.leads.length, 1);
  });

  test('a stop while the ensemble is away ends within a session timeout and leaves no node behind', async (t) => {
    const { root, direct } = newRoom();
    const tap = await startTap(stack.zookeeper.servers[0]!);
    t.after(() => tap.close());
    const eye = await openSession(t, direct);
    const session = await openSession(t, `${tap.connectString}${root}`);
    const a = play(t, session, 'a');
    await a.leading();
    tap.shut();
    await untilState(session, 'suspended');
    const began = performance.now();
    assert.equal(await a.stop(), 'stopped');
    assert.ok(performance.now() - began < TIMEOUT_MS + 500);
    await session.close();
    await untilLine(eye, []);
  });

  test('a lead that fails gives its turn away, with growing pauses', async (t) => {
    const { eye, a, b } = await three(t);
    const first = await a.leading();
    first.finish(new Error('no luck'));
    const second = await b.leading();
    second.finish(new Failure('lead-lost', 'overtaken'));
    await untilLine(eye, ['c', 'a', 'b']);
    const errors = a.log.lines.filter(({ level }) => level === 'error');
    assert.equal(errors.length, 1);
    assert.equal((errors[0]!.fields as { failure: string }).failure, 'internal');
    assert.equal(b.log.lines.filter(({ level }) => level === 'error').length, 0);
  });

  test('one alone whose lead always fails does not spin', async (t) => {
    const { direct } = newRoom();
    const a = play(t, await openSession(t, direct), 'a');
    const began = performance.now();
    for (let n = 1; n <= 4; n++) (await a.leading(n)).finish(new Error('again'));
    await a.leading(5);
    assert.ok(performance.now() - began > 200 + 400 + 800 + 1600);
  });

  test('a session closed under it ends it', async (t) => {
    const { direct } = newRoom();
    const session = await openSession(t, direct);
    const a = play(t, session, 'a');
    const { lead } = await a.leading();
    await session.close();
    assert.equal(lead.signal.aborted, true);
    assert.equal(lead.lease.holds(), false);
    assert.equal(await a.done, 'session-over');
  });

  test('stopping while joining leaves no node', async (t) => {
    const { direct } = newRoom();
    const eye = await openSession(t, direct);
    const a = play(t, await openSession(t, direct), 'a');
    assert.equal(await a.stop(), 'stopped');
    const probe = await eye.create(instancePrefix(TASK, 'probe'), '', 'ephemeral-sequential');
    await untilLine(eye, ['probe']);
    await eye.remove(probe.path);
  });
});
