import assert from 'node:assert/strict';
import { after, before, describe, test, type TestContext } from 'node:test';
import { openLastCommit, readLastCommit } from '../../coordination/last-commit.js';
import { Lease } from '../../coordination/lease.js';
import { paths } from '../../coordination/paths.js';
import type { Position } from '../../coordination/position.js';
import type { Session } from '../../coordination/session.js';
import { startStack, type Stack } from '../stack/stack.js';
import { newRoot, openSession } from './zookeeper-fixture.js';
import { nth, OP, startTap } from './zookeeper-tap.js';

const TASK = 'copy';

function at(offset: number, more: Partial<Position> = {}): Position {
  return { file: 'binlog.000009', offset, events: 0, serverUuid: 'server-1', ...more };
}

function lasting(): Lease {
  const lease = new Lease();
  lease.renew(process.hrtime.bigint() + 3_600_000_000_000n);
  return lease;
}

describe('lastCommit', { timeout: 60_000 }, () => {
  let stack: Stack;
  before(async () => {
    stack = await startStack({ zookeeper: 1 });
  });
  after(() => stack.stop());

  function open(t: TestContext): Promise<Session> {
    return openSession(t, `${stack.zookeeper.connectString}${newRoot()}`);
  }

  test('a first writer claims, then commits; a second finds where the first got to', async (t) => {
    const session = await open(t);
    const first = await openLastCommit(session, TASK, { term: 10, core: 'a', lease: lasting() });
    assert.equal(first.stored, undefined);
    assert.equal(await readLastCommit(session, TASK), undefined);
    await first.commit(at(100), 1234);
    await first.commit(at(200), undefined);
    const second = await openLastCommit(session, TASK, { term: 11, core: 'b', lease: lasting() });
    assert.deepEqual(second.stored?.position, at(200));
    await second.commit(at(200), 1235);
    const stored = await readLastCommit(session, TASK);
    assert.deepEqual([stored?.term, stored?.core, stored?.eventTime], [11, 'b', 1235]);
  });

  test('a node that was made empty is claimed like none', async (t) => {
    const session = await open(t);
    await session.create(paths.lastCommit(TASK), '', 'persistent');
    const first = await openLastCommit(session, TASK, { term: 10, core: 'a', lease: lasting() });
    assert.equal(first.stored, undefined);
    await first.commit(at(100), undefined);
    assert.deepEqual((await readLastCommit(session, TASK))?.position, at(100));
  });

  test('a past writer is refused from the moment the next one has claimed, and names both terms', async (t) => {
    const session = await open(t);
    const past = await openLastCommit(session, TASK, { term: 10, core: 'a', lease: lasting() });
    await past.commit(at(100), undefined);
    const next = await openLastCommit(session, TASK, { term: 20, core: 'b', lease: lasting() });
    const refused = { name: 'Failure', kind: 'lead-lost', message: /20.*10/ };
    await assert.rejects(past.commit(at(300), undefined), refused);
    await assert.rejects(past.commit(at(400), undefined), refused);
    assert.deepEqual((await readLastCommit(session, TASK))?.position, at(100));
    await next.commit(at(150), undefined);
    await assert.rejects(openLastCommit(session, TASK, { term: 19, core: 'a', lease: lasting() }), {
      kind: 'lead-lost',
    });
  });

  test('a past writer that never committed is refused as well', async (t) => {
    const session = await open(t);
    const past = await openLastCommit(session, TASK, { term: 10, core: 'a', lease: lasting() });
    await openLastCommit(session, TASK, { term: 20, core: 'b', lease: lasting() });
    await assert.rejects(past.commit(at(300), undefined), { kind: 'lead-lost' });
    assert.equal(await readLastCommit(session, TASK), undefined);
  });

  test('two that open at the same time: the greater term wins, the other one cannot write', async (t) => {
    const session = await open(t);
    const outcomes = await Promise.allSettled(
      [31, 32].map((term) => openLastCommit(session, TASK, { term, core: String(term), lease: lasting() })),
    );
    const [lower, greater] = outcomes;
    assert.equal(greater?.status, 'fulfilled');
    if (lower?.status === 'fulfilled')
      await assert.rejects(lower.value.commit(at(100), undefined), { kind: 'lead-lost' });
    await greater.value.commit(at(100), undefined);
  });

  test('without a lease nothing is written', async (t) => {
    const session = await open(t);
    const lease = lasting();
    const writer = await openLastCommit(session, TASK, { term: 1, core: 'a', lease });
    await writer.commit(at(100), undefined);
    lease.end();
    await assert.rejects(writer.commit(at(200), undefined), { kind: 'lead-lost' });
    await assert.rejects(openLastCommit(session, TASK, { term: 2, core: 'a', lease }), { kind: 'lead-lost' });
    assert.deepEqual((await readLastCommit(session, TASK))?.position, at(100));
    assert.equal((await readLastCommit(session, TASK))?.term, 1);
  });

  test('it never goes backwards on one server, and may begin anew on another', async (t) => {
    const session = await open(t);
    const writer = await openLastCommit(session, TASK, { term: 1, core: 'a', lease: lasting() });
    await writer.commit(at(500, { file: 'binlog.999999' }), undefined);
    await writer.commit(at(4, { file: 'binlog.1000000', events: 7 }), undefined);
    await assert.rejects(writer.commit(at(4, { file: 'binlog.1000000', events: 6 }), undefined), { kind: 'internal' });
    await assert.rejects(writer.commit(at(900, { file: 'binlog.999999' }), undefined), { kind: 'internal' });
    await writer.commit(at(4, { file: 'mysql-bin.000001', serverUuid: 'server-2' }), undefined);
    assert.equal((await readLastCommit(session, TASK))?.position.serverUuid, 'server-2');
  });

  test('where the sink keeps the position wins, and is forgotten as soon as a run does not keep it there', async (t) => {
    const session = await open(t);
    const sink = { partition: 3, offset: 4711 };
    const first = await openLastCommit(session, TASK, { term: 1, core: 'a', lease: lasting() });
    await first.commit(at(500), undefined, { sink });
    await first.commit(at(400), undefined, { sink, sinkWins: true });
    const second = await openLastCommit(session, TASK, { term: 2, core: 'b', lease: lasting() });
    assert.deepEqual([second.stored?.position, second.sink], [at(400), sink]);
    await second.commit(at(600), undefined);
    assert.equal(second.sink, undefined);
    assert.equal((await readLastCommit(session, TASK))?.sink, undefined);
  });

  test('commits that overlap are written in their order', async (t) => {
    const session = await open(t);
    const writer = await openLastCommit(session, TASK, { term: 1, core: 'a', lease: lasting() });
    await Promise.all([100, 200, 300, 400].map((offset) => writer.commit(at(offset), undefined)));
    assert.deepEqual((await readLastCommit(session, TASK))?.position, at(400));
  });

  for (const cut of ['cut-before', 'cut-after'] as const) {
    test(`a commit whose connection breaks (${cut}) is done once and the next one follows`, async (t) => {
      const tap = await startTap(stack.zookeeper.servers[0]!);
      t.after(() => tap.close());
      const session = await openSession(t, `${tap.connectString}${newRoot()}`);
      const writer = await openLastCommit(session, TASK, { term: 1, core: 'a', lease: lasting() });
      tap.judge = nth(OP.setData, 1, cut);
      await writer.commit(at(100), undefined);
      await writer.commit(at(200), undefined);
      assert.equal((await session.read(paths.lastCommit(TASK)))?.stat.version, 2);
    });
  }

  test('a node that cannot be read stops it with path and reason, and is left as it is', async (t) => {
    const session = await open(t);
    await session.create(paths.lastCommit(TASK), '{"position":{"file":"x"},"term":-1}', 'persistent');
    await assert.rejects(openLastCommit(session, TASK, { term: 1, core: 'a', lease: lasting() }), {
      kind: 'znode-unreadable',
      message: /\/tasks\/copy\/lastCommit.*position\.file/,
    });
    assert.equal((await session.read(paths.lastCommit(TASK)))?.stat.version, 0);
  });

  test('deleted under its writer: the writer is refused and does not make it again', async (t) => {
    const session = await open(t);
    const writer = await openLastCommit(session, TASK, { term: 1, core: 'a', lease: lasting() });
    await session.remove(paths.lastCommit(TASK));
    await assert.rejects(writer.commit(at(100), undefined), { kind: 'lead-lost' });
    assert.equal(await session.read(paths.lastCommit(TASK)), undefined);
  });
});
