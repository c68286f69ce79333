import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Stack } from '../../stack/stack.js';
import { startStack } from '../../stack/stack.js';
import { Reading, signal, testSource } from './reading.js';
import type { Sql } from './sql.js';
import { connectSql } from './sql.js';

let stack: Stack;
let sql: Sql;

before(async () => {
  stack = await startStack({ mysql: 1 });
  sql = await connectSql(stack.mysql[0]!);
  await sql.run('CREATE DATABASE x; USE x; CREATE TABLE t (id INT PRIMARY KEY, v TEXT); CREATE TABLE other (id INT)');
  await sql.run('CREATE TABLE seed (n INT); INSERT INTO seed VALUES (1),(2),(3),(4),(5),(6),(7),(8),(9),(10)');
});
after(async () => {
  await sql.close();
  await stack.stop();
});

test('rows of an XA transaction come with its commit, in the order of the commits; what is rolled back does not', async () => {
  const source = testSource(stack.mysql[0]!, ['x.t']);
  const reading = new Reading(source, await source.start(signal()));
  const second = await connectSql(stack.mysql[0]!);
  await second.run("USE x; XA START 'b', 'branch', 7; INSERT INTO t VALUES (10, 'b'), (11, 'b')");
  await sql.run(
    "XA START 'a'; INSERT INTO t VALUES (1, 'a'); UPDATE t SET v = 'aa' WHERE id = 1; XA END 'a'; XA PREPARE 'a'",
  );
  await second.run("XA END 'b', 'branch', 7; XA PREPARE 'b', 'branch', 7");
  const third = await connectSql(stack.mysql[0]!);
  await third.run("USE x; XA START 'c'; INSERT INTO t VALUES (20, 'c'); XA END 'c'; XA PREPARE 'c'");
  const fourth = await connectSql(stack.mysql[0]!);
  await fourth.run("USE x; INSERT INTO t VALUES (2, 'plain')");
  await second.run("XA COMMIT 'b', 'branch', 7");
  await third.run("XA ROLLBACK 'c'");
  await sql.run("XA COMMIT 'a'");
  await fourth.run("XA START 'd'; INSERT INTO t VALUES (30, 'd'); XA END 'd'; XA COMMIT 'd' ONE PHASE");
  await fourth.run("XA START 'e'; INSERT INTO other VALUES (1); XA END 'e'; XA PREPARE 'e'; XA COMMIT 'e'");
  await fourth.run("INSERT INTO t VALUES (3, 'last')");
  await reading.untilLines(7);
  await reading.stop();
  await source.close();
  for (const connection of [second, third, fourth]) await connection.close();
  assert.deepEqual(reading.lines, [
    'insert t: 2,plain',
    'insert t: 10,b',
    'insert t: 11,b',
    'insert t: 1,a',
    'update t: 1,a -> 1,aa',
    'insert t: 30,d',
    'insert t: 3,last',
  ]);
  assert.equal(reading.end.prepared, undefined);
});

for (const gtids of [true, false]) {
  test(`a reading that ends between prepare and commit goes on there, ${gtids ? 'by GTID' : 'by file'}`, async () => {
    await sql.run('DELETE FROM t');
    const source = testSource(stack.mysql[0]!, ['x.t']);
    const { gtidSet, ...rest } = await source.start(signal());
    const from = gtids ? { ...rest, gtidSet } : rest;
    const first = new Reading(source, from);
    await sql.run("XA START 'r'; INSERT INTO t VALUES (1, 'r'); XA END 'r'; XA PREPARE 'r'");
    const other = await connectSql(stack.mysql[0]!);
    await other.run("USE x; XA START 's'; INSERT INTO other VALUES (1); XA END 's'; XA PREPARE 's'");
    const plain = await connectSql(stack.mysql[0]!);
    await plain.run("USE x; FLUSH BINARY LOGS; INSERT INTO t VALUES (2, 'plain')");
    await first.untilLines(1);
    await first.stop();
    assert.deepEqual(first.lines, ['insert t: 2,plain']);
    const { end } = first;
    assert.deepEqual(
      end.prepared?.map(({ xid, empty }) => `${xid} ${empty ?? false}`),
      ["X'72',X'',1 false", "X'73',X'',1 true"],
    );
    const begin = gtids ? end : { ...end, gtidSet: undefined };
    const again = new Reading(source, begin);
    await sql.run("XA COMMIT 'r'");
    await other.run("XA COMMIT 's'");
    await plain.run("INSERT INTO t VALUES (3, 'last')");
    await again.untilLines(2);
    await again.stop();
    await source.close();
    await other.close();
    await plain.close();
    assert.deepEqual(again.lines, ['insert t: 1,r', 'insert t: 3,last']);
    assert.equal(again.end.prepared, undefined);
  });
}

test('a large XA transaction waits on disk, comes in parts, and a reading goes on inside', async () => {
  await sql.run('DELETE FROM t');
  const source = testSource(stack.mysql[0]!, ['x.t'], { maxChunkBytes: 256 * 1024, maxQueuedBytes: 512 * 1024 });
  const from = await source.start(signal());
  await sql.run(
    `XA START 'big'; INSERT INTO t SELECT (a.n-1)*10000 + (b.n-1)*1000 + (c.n-1)*100 + (d.n-1)*10 + e.n, REPEAT('v', 300)
     FROM seed a, seed b, seed c, seed d, seed e; XA END 'big'; XA PREPARE 'big'`,
  );
  await sql.run("XA COMMIT 'big'");
  await sql.run("INSERT INTO t VALUES (0, 'last')");
  const seen = new Set<unknown>();
  let at = from;
  let inside = 0;
  for (let part = 0; part < 4; part++) {
    let chunks = 0;
    for await (const chunk of source.read(at, signal())) {
      for (const change of chunk.changes) {
        if (change.kind === 'schema') continue;
        for (const row of change.rows) {
          assert.ok(!seen.has(row[0]), `${String(row[0])} twice`);
          seen.add(row[0]);
        }
      }
      at = chunk.end;
      if (at.events > 0) inside++;
      if (seen.has(0) || (part < 3 && ++chunks === 20)) break;
    }
  }
  await source.close();
  assert.equal(seen.size, 100_001);
  assert.ok(inside > 50, `${inside} chunks inside`);
});
