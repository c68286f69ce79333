import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../../../coordination/failure.js';
import { startStack, type Stack } from '../../../stack/stack.js';
import { connectSql, type Sql } from '../../source/sql.js';
import { assertEqualTables, claimOf, contents, Copying, targetSink, after as nextClaim } from './scene.js';

let stack: Stack;
let from: Sql;
let to: Sql;
const source = () => stack.mysql[0]!;
const target = () => stack.mysql[1]!;

before(async () => {
  stack = await startStack({ mysql: 2 });
  from = await connectSql(source());
  to = await connectSql(target());
});

after(async () => {
  await from?.close();
  await to?.close();
  await stack?.stop();
});

const TABLE = 'id INT PRIMARY KEY, v INT NOT NULL, note VARCHAR(50)';

beforeEach(async () => {
  for (const sql of [from, to])
    await sql.run(`DROP DATABASE IF EXISTS shop; CREATE DATABASE shop; CREATE TABLE shop.t (${TABLE})`);
  await to.run('DROP DATABASE IF EXISTS mysql_replicator');
});

test('inserts, updates, deletes and changed keys arrive', async () => {
  const copying = new Copying(source(), targetSink(target()), ['shop.*']);
  await copying.start();
  try {
    await from.run(`
      INSERT INTO shop.t VALUES (1,1,'a'),(2,2,NULL),(3,3,'it''s \\\\ a'),(4,4,'d'),(5,5,'e');
      UPDATE shop.t SET v = v + 10 WHERE id < 4;
      DELETE FROM shop.t WHERE id IN (2, 4);
      UPDATE shop.t SET id = 40 WHERE id = 5;
      BEGIN; INSERT INTO shop.t VALUES (6,6,'f'); UPDATE shop.t SET v = 7 WHERE id = 6; DELETE FROM shop.t WHERE id = 6; INSERT INTO shop.t VALUES (6,8,'g'); COMMIT;
    `);
    await copying.caughtUp(from);
    await assertEqualTables({ sql: from, table: 'shop.t' }, { sql: to, table: 'shop.t' });
    assert.equal((await contents(to, 'shop.t')).length, 4);
  } finally {
    await copying.stop();
  }
});

for (const order of ['commit', 'key'] as const) {
  test(`order ${order}: many transactions that touch the same and other rows, with four connections, end equal`, async () => {
    const copying = new Copying(source(), targetSink(target(), { parallel: 4, order }), ['shop.*']);
    await copying.start();
    try {
      const statements: string[] = [];
      for (let i = 0; i < 3_000; i++) {
        const id = (i * 7919) % 200;
        statements.push(
          i % 5 === 4
            ? `DELETE FROM shop.t WHERE id = ${id}`
            : `INSERT INTO shop.t VALUES (${id}, ${i}, 'n${i}') ON DUPLICATE KEY UPDATE v = ${i}`,
        );
      }
      for (let i = 0; i < statements.length; i += 500) await from.run(statements.slice(i, i + 500).join(';'));
      await copying.caughtUp(from);
      await assertEqualTables({ sql: from, table: 'shop.t' }, { sql: to, table: 'shop.t' });
      assert.equal(await to.one('SELECT COUNT(*) FROM mysql_replicator.applied'), '0');
    } finally {
      await copying.stop();
    }
  });

  test(`order ${order}: what ends at any moment is gone on with, nothing lost, nothing twice`, async () => {
    const spec = { parallel: 4, order };
    const first = new Copying(source(), targetSink(target(), spec), ['shop.*']);
    await first.start();
    const claim = nextClaim(2, first.durable!);
    await first.stop();
    const writer = await connectSql(source());
    let writing = true;
    const load = (async () => {
      for (let i = 0; writing; i++) {
        await writer.run(
          `INSERT INTO shop.t VALUES (${i}, 0, 'x'); UPDATE shop.t SET v = v + 1 WHERE id % 7 = ${i % 7} AND id > ${i - 50}`,
        );
      }
    })();
    for (let term = 2; term <= 12; term++) {
      const copying = new Copying(source(), targetSink(target(), spec), ['shop.*']);
      await copying.start({ ...claim, term });
      await sleep(randomInt(250)); // the moment is the point, nothing is awaited
      await copying.sink.close();
      await copying.stop();
    }
    writing = false;
    await load;
    await writer.close();
    const last = new Copying(source(), targetSink(target(), spec), ['shop.*']);
    await last.start({ ...claim, term: 99 });
    await last.caughtUp(from);
    await last.stop();
    await assertEqualTables({ sql: from, table: 'shop.t' }, { sql: to, table: 'shop.t' });
  });
}

test('a lead that was overtaken writes nothing: its connections are ended', async () => {
  const old = new Copying(source(), targetSink(target()), ['shop.*']);
  await old.start();
  await from.run("INSERT INTO shop.t VALUES (1,1,'a')");
  await old.caughtUp(from);
  const young = targetSink(target());
  try {
    await young.open(soon());
    const claimed = await young.claim(nextClaim(2, old.durable!), soon());
    assert.deepEqual(claimed.position, old.durable!.position);
    await from.run("INSERT INTO shop.t VALUES (2,2,'b')");
    await assertKind(old.failure(), 'sink-unreachable');
    assert.equal(await to.one('SELECT COUNT(*) FROM shop.t'), '1');
    const again = targetSink(target());
    await again.open(soon());
    await assert.rejects(again.claim(claimOf(1, claimed.position), soon()), { kind: 'term-behind' });
  } finally {
    await old.stop();
    await young.close();
  }
});

test('a lead that was overtaken writes nothing: the database refuses it', async () => {
  const old = new Copying(source(), targetSink(target()), ['shop.*']);
  await old.start();
  try {
    await to.run('UPDATE mysql_replicator.positions SET term = 2, version = version + 1');
    await from.run("INSERT INTO shop.t VALUES (1,1,'a')");
    await assertKind(old.failure(), 'sink-fenced');
    assert.equal(await to.one('SELECT COUNT(*) FROM shop.t'), '0');
  } finally {
    await old.stop();
  }
});

test('a lead goes on where the target is, not where lastCommit is; what an operator orders wins', async () => {
  const first = new Copying(source(), targetSink(target()), ['shop.*']);
  await first.start();
  const begin = { ...first.durable! };
  await from.run("INSERT INTO shop.t VALUES (1,1,'a'); INSERT INTO shop.t VALUES (2,2,'b')");
  await first.caughtUp(from);
  await first.stop();
  const second = targetSink(target());
  await second.open(soon());
  const late = claimOf(2, begin.position, { sink: begin.sink });
  assert.deepEqual((await second.claim(late, soon())).position, first.durable!.position);
  assert.deepEqual((await second.claim({ ...late, order: 7 }, soon())).position, begin.position);
  await second.close();
});

async function assertKind(failure: Promise<unknown>, kind: string): Promise<Failure> {
  const thrown = await failure;
  assert.ok(thrown instanceof Failure, String(thrown));
  assert.equal(thrown.kind, kind, thrown.message);
  return thrown;
}

const soon = (): AbortSignal => AbortSignal.timeout(20_000);
