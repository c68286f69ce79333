import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Stack } from '../../stack/stack.js';
import { startStack } from '../../stack/stack.js';
import type { RowChange } from '../../../core/change.js';
import { Reading, signal, testSource } from './reading.js';
import type { Sql } from './sql.js';
import { connectSql } from './sql.js';

let stack: Stack;
let sql: Sql;

before(async () => {
  stack = await startStack({ mysql: 1 });
  sql = await connectSql(stack.mysql[0]!);
  await sql.run('CREATE DATABASE u; USE u');
});
after(async () => {
  await sql.close();
  await stack.stop();
});

/** Runs statements and reads so many rows of what they changed in `u`. */
async function read(statements: string, rows: number): Promise<{ lines: string[]; changes: RowChange[] }> {
  const source = testSource(stack.mysql[0]!, ['u.*']);
  const reading = new Reading(source, await source.start(signal()));
  try {
    await sql.run(statements);
    await reading.untilLines(rows);
    return { lines: reading.lines, changes: reading.changes };
  } finally {
    await reading.stop();
    await source.close();
  }
}

test('a compressed transaction, its rows numbered through at its place', async () => {
  await sql.run('CREATE TABLE c (id INT PRIMARY KEY, v TEXT); SET binlog_transaction_compression = ON');
  const { lines, changes } = await read(
    `INSERT INTO c VALUES (1, REPEAT('x', 500)); BEGIN; INSERT INTO c VALUES (2, 'a'), (3, 'b'); UPDATE c SET v = 'u' WHERE id = 1; DELETE FROM c WHERE id = 2; COMMIT`,
    5,
  );
  await sql.run('SET binlog_transaction_compression = OFF');
  assert.deepEqual(lines, [
    `insert c: 1,${'x'.repeat(500)}`,
    'insert c: 2,a',
    'insert c: 3,b',
    `update c: 1,${'x'.repeat(500)} -> 1,u`,
    'delete c: 2,a',
  ]);
  const places = changes.map(({ place }) => place);
  assert.deepEqual(
    places.map(({ firstRow }) => firstRow),
    [0, 0, 2, 3],
  );
  assert.equal(new Set(places.slice(1).map(({ offset }) => offset)).size, 1);
  assert.notEqual(places[0]!.transaction, places[1]!.transaction);
  assert.equal(places[1]!.transaction, places[3]!.transaction);
});

test('a partial update of JSON is applied to the value before', async () => {
  const long = 'y'.repeat(200);
  await sql.run(
    `CREATE TABLE j (id INT PRIMARY KEY, a JSON, b JSON, c JSON); SET binlog_row_value_options = PARTIAL_JSON;
     INSERT INTO j VALUES (1, '{"k": [1, 2, {"n": "${long}"}], "zz": 1.50, "odd \\\\"key\\\\".x": {"a": true}, "bb": "${long}"}', '[1, "${long}", [3]]', '{"n": null, "s": "${long}"}')`,
  );
  const updates = [
    `a = JSON_SET(a, '$.k[2].n', 'short')`,
    `a = JSON_REPLACE(a, '$.zz', CAST(7.25 AS DECIMAL(5,3)), '$."odd \\\\"key\\\\".x".a', FALSE), b = JSON_SET(b, '$[2][0]', 'x')`,
    `a = JSON_REMOVE(a, '$.k[0]', '$.zz')`,
    `a = JSON_SET(a, '$.aa', 1, '$.c', 2, '$.k[1].new', CAST('2024-02-03 04:05:06' AS DATETIME))`,
    `b = JSON_ARRAY_INSERT(b, '$[1]', 'in', '$[0]', JSON_OBJECT('o', 1)), c = JSON_REMOVE(c, '$.n')`,
    `b = JSON_ARRAY_APPEND(b, '$', 'end'), c = NULL`,
    `c = '{"new": 1}', a = JSON_SET(a, '$.bb', REPEAT('z', 70000))`,
    `id = 2, a = JSON_SET(a, '$.c', JSON_ARRAY(1, JSON_ARRAY(2)))`,
  ];
  const source = testSource(stack.mysql[0]!, ['u.j']);
  const reading = new Reading(source, await source.start(signal()));
  const shown: string[][] = [];
  for (const update of updates) {
    await sql.run(`UPDATE j SET ${update}`);
    shown.push((await sql.cells('SELECT * FROM j'))[0]!.map(String));
  }
  await reading.untilLines(updates.length);
  await reading.stop();
  await source.close();
  await sql.run("SET binlog_row_value_options = ''");
  assert.deepEqual(
    reading.changes.map(({ rows }) => rows[0]!.map(String)),
    shown,
  );
  const partial = await sql.cells(`SHOW BINLOG EVENTS IN '${await sql.one('SHOW BINARY LOG STATUS')}'`);
  assert.ok(partial.filter((event) => String(event[2]) === 'Update_rows_partial').length >= 6);
});

test('columns that an image does not have are not NULL', async () => {
  await sql.run(
    "CREATE TABLE m (id INT PRIMARY KEY, a INT DEFAULT 5, b BLOB, c INT); INSERT INTO m VALUES (0, 1, 'b', NULL); SET binlog_row_image = MINIMAL",
  );
  const minimal = await read(
    'INSERT INTO m (id, c) VALUES (1, NULL); UPDATE m SET c = 7 WHERE id = 1; UPDATE m SET a = NULL, id = 2 WHERE id = 1; DELETE FROM m WHERE id = 2',
    4,
  );
  const absent = undefined;
  assert.deepEqual(
    minimal.changes.map((change) => [...('before' in change ? change.before : []), ...change.rows]),
    [
      [[1, absent, absent, null]],
      [
        [1, absent, absent, absent],
        [1, absent, absent, 7],
      ],
      [
        [1, absent, absent, absent],
        [2, null, absent, absent],
      ],
      [[2, absent, absent, absent]],
    ],
  );
  await sql.run('SET binlog_row_image = NOBLOB');
  const noblob = await read("UPDATE m SET c = 8 WHERE id = 0; UPDATE m SET b = 'new' WHERE id = 0", 2);
  assert.deepEqual(
    noblob.changes.map(({ rows }) => rows[0]!.map((cell) => (Buffer.isBuffer(cell) ? String(cell) : cell))),
    [
      [0, 1, absent, 8],
      [0, 1, 'new', 8],
    ],
  );
  await sql.run('SET binlog_row_image = FULL');
});

test('without column names the server is asked, and what fits is taken', async () => {
  await sql.run(
    `CREATE TABLE s (id INT UNSIGNED, e ENUM('x','it''s','a,b'), s SET('m','n') , t TEXT CHARACTER SET latin1, d DECIMAL(12,2), ts DATETIME(3), k1 INT, k2 BIGINT UNSIGNED, b VARBINARY(9), PRIMARY KEY (k2, k1));
     SET GLOBAL binlog_row_metadata = MINIMAL`,
  );
  try {
    const { lines, changes } = await read(
      "INSERT INTO s VALUES (4294967295, 'it''s', 'm,n', 'Grüße', 1.25, '2024-01-02 03:04:05.678', -1, 18446744073709551615, x'00ff')",
      1,
    );
    assert.deepEqual(lines, [
      "insert s: 4294967295,it's,m,n,Grüße,1.25,2024-01-02 03:04:05.678,-1,18446744073709551615,00ff",
    ]);
    const { table } = changes[0]!;
    assert.deepEqual([table.columns.map(({ name }) => name).join(), table.key], ['id,e,s,t,d,ts,k1,k2,b', [7, 6]]);
    const renamed = await read(
      'ALTER TABLE s RENAME COLUMN t TO text; INSERT INTO s VALUES (1, NULL, NULL, NULL, NULL, NULL, 1, 1, NULL)',
      1,
    );
    assert.equal(renamed.changes[0]!.table.columns[3]!.name, 'text');
  } finally {
    await sql.run('SET GLOBAL binlog_row_metadata = FULL');
  }
});

test('VECTOR is its bytes, and the columns behind it are right', async () => {
  await sql.run('CREATE TABLE v (id INT PRIMARY KEY, v VECTOR(3), w INT)');
  const { lines } = await read("INSERT INTO v VALUES (1, TO_VECTOR('[1.5, -0.25, 3]'), 7), (2, NULL, 8)", 2);
  assert.deepEqual(lines, ['insert v: 1,0000c03f000080be00004040,7', 'insert v: 2,null,8']);
});

test('the transaction that changes share: its clock, its times and its length', async () => {
  await sql.run('CREATE TABLE t (id INT PRIMARY KEY)');
  const { changes } = await read('INSERT INTO t VALUES (1); INSERT INTO t VALUES (2), (3)', 3);
  const [first, second] = changes.map(({ place }) => place.transaction!);
  assert.equal(second!.sequenceNumber! - first!.sequenceNumber!, 1);
  assert.ok(second!.lastCommitted! >= 0 && second!.lastCommitted! < second!.sequenceNumber!);
  assert.ok(Math.abs(second!.committed! / 1000 - Date.now()) < 60_000);
  assert.equal(second!.firstCommitted, second!.committed);
  assert.ok(second!.bytes! > 100 && second!.bytes! < 1000);
  assert.equal(second!.gtid, changes[1]!.place.gtid);
});
