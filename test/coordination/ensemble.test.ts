import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { leaseMargin } from '../../coordination/lead-scope.js';
import { startStack, type Stack } from '../stack/stack.js';
import { line, play, untilLine } from './leadership-fixture.js';
import { newRoot, openSession, untilState } from './zookeeper-fixture.js';

describe('an ensemble of three', { timeout: 180_000 }, () => {
  let stack: Stack;
  before(async () => {
    stack = await startStack({ zookeeper: 3 });
  });
  after(() => stack.stop());

  /** The member that holds a session's connection. */
  async function memberOf(id: string) {
    for (const server of stack.zookeeper.servers) {
      if ((await server.ask('cons')).includes(`sid=0x${id},`)) return server;
    }
    throw new Error(`no member has a connection of session ${id}`);
  }

  test("the ensemble's leader killed: sessions live on, the task has one leader throughout", async (t) => {
    const servers = `${stack.zookeeper.connectString}${newRoot()}`;
    const eye = await openSession(t, servers, { timeoutMs: 8000 });
    const sessions = [
      await openSession(t, servers, { timeoutMs: 8000 }),
      await openSession(t, servers, { timeoutMs: 8000 }),
    ];
    const a = play(t, sessions[0]!, 'a');
    const { lead } = await a.leading();
    const b = play(t, sessions[1]!, 'b');
    await b.standing();
    const leader = await stack.zookeeper.leader();
    const suspended = untilState(eye, 'suspended');
    await leader.kill();
    await suspended;
    await eye.create('/after', 'x', 'persistent');
    assert.deepEqual(await line(eye), ['a', 'b']);
    assert.equal(b.leads.length, 0);
    // The lease may have run out while nobody led the ensemble; then the same term has gone on.
    const last = a.leads.at(-1)!;
    assert.equal(last.term, lead.term);
    await a.stop();
    await b.leading();
    await leader.start();
  });

  test('a member frozen: its clients go to another one in time', async (t) => {
    const servers = `${stack.zookeeper.connectString}${newRoot()}`;
    const session = await openSession(t, servers, { timeoutMs: 6000 });
    const { id } = session;
    await session.create('/here', '', 'ephemeral');
    const member = await memberOf(id);
    await member.pause();
    try {
      const created = await session.create('/there', '', 'persistent');
      assert.equal(created.path, '/there');
      assert.equal(session.id, id);
      assert.equal((await session.read('/here'))?.stat.ephemeralOwner, id);
    } finally {
      await member.resume();
    }
  });

  test('the whole ensemble down and back: nothing is decided meanwhile, then it goes on', async (t) => {
    const servers = `${stack.zookeeper.connectString}${newRoot()}`;
    const session = await openSession(t, servers, { timeoutMs: 2000 });
    const a = play(t, session, 'a');
    const { lead } = await a.leading();
    await Promise.all(stack.zookeeper.servers.map((server) => server.kill()));
    if (!lead.signal.aborted) await once(lead.signal, 'abort');
    assert.equal(session.state, 'suspended');
    assert.equal(session.lease.holds(leaseMargin(session.timeoutMs)), false);
    await Promise.all(stack.zookeeper.servers.map((server) => server.start()));
    // A new ensemble gives every session its whole time again, so this one is still there.
    const again = await a.leading(2);
    assert.equal(again.lead.term, lead.term);
    const eye = await openSession(t, servers);
    await untilLine(eye, ['a']);
  });
});
