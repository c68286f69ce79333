import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { CoordinationErrorKind, Session } from '../../coordination/session.js';
import { digestId, parseZookeeperAuth, type ZookeeperAuth } from '../../coordination/zookeeper-auth.js';
import { carryOut, examine } from '../../coordination/doctor-repair.js';
import { startStack, type Stack } from '../stack/stack.js';
import { newRoot, openSession, untilState } from './zookeeper-fixture.js';

const OURS = parseZookeeperAuth('replicator:right', true);

async function refused(work: () => Promise<unknown>, kind: CoordinationErrorKind): Promise<void> {
  await assert.rejects(work, (error: { kind?: string; message: string }) => {
    assert.equal(error.kind, kind);
    assert.doesNotMatch(error.message, /right|wrong-one/);
    return true;
  });
}

test('user:password, one a line; the digest is the one that the servers keep', () => {
  assert.deepEqual(parseZookeeperAuth('a:b:c\nold:x\n', false), {
    identities: [
      { user: 'a', password: 'b:c' },
      { user: 'old', password: 'x' },
    ],
    protect: false,
  });
  // The example of ZooKeeper's own documentation.
  assert.equal(digestId({ user: 'super', password: 'test' }), 'super:D/InIHSb7yEEbrWz8b9l71RjZJU=');
  for (const wrong of ['', '\n', 'secret', ':secret', 'user:']) {
    assert.throws(() => parseZookeeperAuth(wrong, true), { kind: 'invalid-argument' });
  }
});

describe('a protected tree', { timeout: 180_000 }, () => {
  let stack: Stack;
  before(async () => {
    stack = await startStack({ zookeeper: 3 });
  });
  after(() => stack.stop());

  const newServers = (): string => `${stack.zookeeper.connectString}${newRoot()}/deeper`;

  /** What a foreign client gets who knows every path: signed in as somebody else, and past our own check of the root. */
  async function stranger(t: Parameters<typeof openSession>[0], auth?: ZookeeperAuth): Promise<Session> {
    return openSession(t, `${stack.zookeeper.connectString}/`, auth === undefined ? {} : { auth });
  }

  test('nodes of every kind, and their parents, belong to our user alone', async (t) => {
    const servers = newServers();
    const root = servers.slice(servers.indexOf('/'));
    const session = await openSession(t, servers, { auth: OURS });
    const made = [
      await session.create('/a/b/persistent', 'x', 'persistent'),
      await session.create('/a/ephemeral', 'x', 'ephemeral'),
      await session.create('/a/line/host-', 'x', 'ephemeral-sequential'),
    ].map(({ path }) => path);
    for (const path of ['/', '/a', '/a/b', '/a/line', ...made])
      assert.equal(await session.protection(path), 'own', path);
    for (const auth of [undefined, parseZookeeperAuth('replicator:wrong-one', true)]) {
      const foreign = await stranger(t, auth);
      for (const path of [root, ...made.map((path) => root + path)]) {
        await refused(() => foreign.read(path), 'auth-failed');
        await refused(() => foreign.children(path), 'auth-failed');
        await refused(() => foreign.set(path, 'y', -1), 'auth-failed');
        await refused(() => foreign.create(`${path}/mine`, '', 'persistent'), 'auth-failed');
        await refused(() => foreign.remove(path), 'auth-failed');
        if (auth !== undefined) await refused(() => foreign.protect(path), 'auth-failed');
      }
    }
  });

  test('who does not sign in, or with another password, is told so at once', async (t) => {
    const servers = newServers();
    await openSession(t, servers, { auth: OURS });
    await assert.rejects(openSession(t, servers), { kind: 'auth-failed', message: /does not sign in/ });
    const wrong = parseZookeeperAuth('replicator:wrong-one', true);
    await assert.rejects(openSession(t, servers, { auth: wrong }), {
      kind: 'auth-failed',
      message: /another ZooKeeper user than replicator, or the password is wrong/,
    });
  });

  test('the leader killed and the session moved: it signs in again, and creates what is its own', async (t) => {
    const session = await openSession(t, newServers(), { auth: OURS, timeoutMs: 8000 });
    await session.create('/before', 'x', 'ephemeral');
    const { id } = session;
    for (let round = 0; round < 2; round++) {
      const leader = await stack.zookeeper.leader();
      const suspended = untilState(session, 'suspended');
      const asked = session.create(`/during-${round}`, 'x', 'persistent');
      await leader.kill();
      await suspended;
      await asked;
      await session.create(`/after-${round}`, 'x', 'ephemeral');
      await leader.start();
    }
    assert.equal(session.id, id);
    assert.equal((await session.read('/before'))?.data, 'x');
    for (const name of (await session.children('/')) ?? []) {
      assert.equal(await session.protection(`/${name}`), 'own', name);
    }
  });

  test('doctor names what is open and closes it; a new password takes the tree over', async (t) => {
    const servers = newServers();
    const root = servers.slice(servers.indexOf('/'));
    const plain = await openSession(t, servers);
    await plain.create('/tasks/a/instances', '', 'persistent');
    await plain.create('/cores', '', 'persistent');
    const staged = await openSession(t, servers, { auth: { ...OURS, protect: false } });
    await staged.create('/groups', '', 'persistent');
    assert.equal(await staged.protection('/groups'), 'open');
    assert.equal((await plain.read('/groups'))?.data, '');
    assert.equal(
      (await examine(plain, 0)).some(({ kind }) => kind === 'open-to-the-world'),
      false,
    );

    const session = await openSession(t, servers, { auth: OURS });
    const open = (await examine(session, 0)).filter(({ kind }) => kind === 'open-to-the-world');
    assert.equal(open.length, 1);
    assert.match(open[0]!.what, /^6 znodes are open/);
    assert.equal(await carryOut(session, open[0]!.repair!), 'repaired');
    assert.equal(
      (await examine(session, 0)).some(({ kind }) => kind === 'open-to-the-world'),
      false,
    );
    const foreign = await stranger(t);
    for (const path of ['', '/tasks', '/tasks/a', '/tasks/a/instances', '/cores', '/groups']) {
      await refused(() => foreign.children(root + path), 'auth-failed');
    }

    const both = await openSession(t, servers, {
      auth: parseZookeeperAuth('replicator:newer\nreplicator:right', true),
    });
    const old = (await examine(both, 0)).filter(({ kind }) => kind === 'of-another-user');
    assert.match(old[0]!.what, /^6 znodes are another/);
    await carryOut(both, old[0]!.repair!);
    const newer = await openSession(t, servers, { auth: parseZookeeperAuth('replicator:newer', true) });
    assert.deepEqual((await newer.children('/tasks')) ?? [], ['a']);
    await assert.rejects(openSession(t, servers, { auth: OURS }), { kind: 'auth-failed' });
  });
});
