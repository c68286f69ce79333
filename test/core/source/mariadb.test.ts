import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Position } from '../../../coordination/position.js';
import type { RowChange } from '../../../core/change.js';
import type { Stack } from '../../stack/stack.js';
import { startStack } from '../../stack/stack.js';
import { Reading, signal, testSource } from './reading.js';
import type { Sql } from './sql.js';
import { connectSql } from './sql.js';

let stack: Stack;
let sql: Sql;

before(async () => {
  stack = await startStack({ mariadb: 1 });
  sql = await connectSql(stack.mariadb[0]!);
  await sql.run("CREATE DATABASE m; USE m; SET time_zone = '+00:00', sql_mode = ''");
});
after(async () => {
  await sql.close();
  await stack.stop();
});

async function read(
  statements: string,
  rows: number,
  from?: Position,
): Promise<{ lines: string[]; changes: RowChange[]; end: Position }> {
  const source = testSource(stack.mariadb[0]!, ['m.*']);
  const reading = new Reading(source, from ?? (await source.start(signal())));
  try {
    await sql.run(statements);
    await reading.untilLines(rows);
    return { lines: reading.lines, changes: reading.changes, end: reading.end };
  } finally {
    await reading.stop();
    await source.close();
  }
}

/** Compares every value with what SELECT shows, as text. */
async function compare(columns: string, rows: readonly string[]): Promise<void> {
  await sql.run(`DROP TABLE IF EXISTS v; CREATE TABLE v (i INT PRIMARY KEY, ${columns})`);
  const { changes } = await read(rows.map((row, i) => `INSERT INTO v VALUES (${i}, ${row});`).join('\n'), rows.length);
  const shown = await sql.cells('SELECT * FROM v ORDER BY i');
  for (const [i, { rows: read }] of changes.entries()) {
    for (const [c, cell] of read[0]!.entries()) {
      const text = shown[i]![c]!;
      const what = `${rows[i]}, column ${c}`;
      if (Buffer.isBuffer(cell)) assert.deepEqual(cell, text, what);
      else assert.equal(cell === null ? null : String(cell), text === null ? null : String(text), what);
    }
  }
}

test('changes of every kind, with GTIDs, transactions and places that move on', async () => {
  await sql.run('CREATE TABLE a (id INT PRIMARY KEY, v VARCHAR(20)); CREATE TABLE my (id INT) ENGINE=MyISAM');
  const { lines, changes, end } = await read(
    "INSERT INTO a VALUES (1, 'x'), (2, 'y'); BEGIN; UPDATE a SET v = 'z' WHERE id = 1; DELETE FROM a WHERE id = 2; COMMIT; INSERT INTO my VALUES (7); ALTER TABLE a ADD w INT; INSERT INTO a VALUES (3, 'w', 5)",
    6,
  );
  assert.deepEqual(lines, [
    'insert a: 1,x',
    'insert a: 2,y',
    'update a: 1,x -> 1,z',
    'delete a: 2,y',
    'insert my: 7',
    'insert a: 3,w,5',
  ]);
  assert.match(changes[0]!.place.gtid ?? '', /^0-101-\d+$/);
  assert.equal(changes[1]!.place.transaction, changes[2]!.place.transaction);
  assert.notEqual(changes[0]!.place.transaction, changes[1]!.place.transaction);
  const offsets = changes.map(({ place }) => place.offset);
  assert.deepEqual(
    offsets,
    [...new Set(offsets)].sort((x, y) => x - y),
  );
  const more = await read("INSERT INTO a VALUES (4, 'more', 1)", 1, end);
  assert.deepEqual(more.lines, ['insert a: 4,more,1']);
  const byGtid = await read("INSERT INTO a VALUES (5, 'by gtid', 1)", 2, { ...end, serverUuid: 'another' });
  assert.deepEqual(byGtid.lines, ['insert a: 4,more,1', 'insert a: 5,by gtid,1']);
});

test('a reading goes on inside a large transaction', async () => {
  await sql.run('CREATE TABLE big (id INT PRIMARY KEY, v VARCHAR(200))');
  const source = testSource(stack.mariadb[0]!, ['m.big'], { maxChunkBytes: 64 * 1024, maxQueuedBytes: 64 * 1024 });
  let at = await source.start(signal());
  await sql.run("INSERT INTO big SELECT seq, REPEAT('v', 150) FROM seq_1_to_20000");
  const seen: unknown[] = [];
  for (let part = 0; part < 3; part++) {
    let chunks = 0;
    for await (const chunk of source.read(at, signal())) {
      for (const change of chunk.changes) if (change.kind !== 'schema') seen.push(...change.rows.map(([id]) => id));
      at = chunk.end;
      if (seen.length >= 20000 || (part < 2 && ++chunks === 5)) break;
    }
    assert.ok(part === 2 || at.events > 0);
  }
  await source.close();
  assert.deepEqual(
    seen,
    Array.from({ length: 20000 }, (_, i) => i + 1),
  );
});

test('compressed events', async () => {
  await sql.run(
    'CREATE TABLE z (id INT PRIMARY KEY, v TEXT); SET GLOBAL log_bin_compress = ON, GLOBAL log_bin_compress_min_len = 10',
  );
  try {
    const text = 'c'.repeat(1000);
    const { lines } = await read(
      `INSERT INTO z VALUES (1, '${text}'), (2, '${text}'); UPDATE z SET v = CONCAT(v, '!'); CREATE TABLE zz (id INT COMMENT '${'comment '.repeat(100)}'); DELETE FROM z WHERE id = 1`,
      5,
    );
    assert.deepEqual(lines, [
      `insert z: 1,${text}`,
      `insert z: 2,${text}`,
      `update z: 1,${text} -> 1,${text}!`,
      `update z: 2,${text} -> 2,${text}!`,
      `delete z: 1,${text}!`,
    ]);
  } finally {
    await sql.run('SET GLOBAL log_bin_compress = OFF');
  }
});

test('XA', async () => {
  await sql.run('CREATE TABLE x (id INT PRIMARY KEY)');
  const { lines } = await read(
    "XA START 'a'; INSERT INTO x VALUES (1); XA END 'a'; XA PREPARE 'a'; XA COMMIT 'a'; XA START 'b'; INSERT INTO x VALUES (2); XA END 'b'; XA PREPARE 'b'; XA ROLLBACK 'b'; XA START 'c'; INSERT INTO x VALUES (3); XA END 'c'; XA COMMIT 'c' ONE PHASE; INSERT INTO x VALUES (4)",
    3,
  );
  assert.deepEqual(lines, ['insert x: 1', 'insert x: 3', 'insert x: 4']);
});

test('types that only MariaDB has', async () => {
  await compare('a INET6, b UUID, c INET4, d BINARY(16), e BINARY(4)', [
    "'2001:db8::ff00:42:8329', '123e4567-e89b-12d3-a456-426655440000', '192.0.2.1', 'sixteen', 'four'",
    "'::', '00000000-0000-0000-0000-000000000000', '0.0.0.0', '', ''",
    "'::ffff:192.0.2.128', '018f8ba0-7c00-7000-8000-000000000000', '255.255.255.255', x'00', x'00'",
    "'::192.0.2.1', 'ffffffff-ffff-ffff-ffff-ffffffffffff', NULL, NULL, NULL",
    "'1:0:0:2::3', '6ccd780c-baba-1026-9564-5b8c656024db', NULL, NULL, NULL",
    "'fe80::', '00000000-0000-1000-8000-00000000000f', NULL, NULL, NULL",
    "'::1', NULL, NULL, NULL, NULL",
    "'0:0:1::', NULL, NULL, NULL, NULL",
  ]);
  await compare(
    'a VARCHAR(100) COMPRESSED, b TEXT COMPRESSED CHARACTER SET latin1, c BLOB COMPRESSED, d VARBINARY(300) COMPRESSED, e JSON',
    [
      `REPEAT('Grüße ', 16), REPEAT('Grüße ', 1000), REPEAT(x'00ff', 1000), REPEAT(x'01', 300), '{"a": 1.50}'`,
      `'', '', '', '', '[]'`,
      `'short', 'short', 'x', 'x', NULL`,
    ],
  );
});

test('temporal types of before MySQL 5.6, with fractions too', async () => {
  await sql.run('SET GLOBAL mysql56_temporal_format = OFF');
  const widths = [0, 1, 2, 3, 4, 5, 6];
  const all = (type: string): string => widths.map((n) => `c${n} ${type}(${n})`).join();
  const times = (text: string): string => widths.map(() => `'${text}'`).join();
  try {
    await compare(
      all('TIME'),
      ['12:34:56.789012', '-01:00:00', '-838:59:59', '838:59:59', '0', '-00:00:00.5', '-12:34:56.000001'].map(times),
    );
    await compare(
      all('DATETIME'),
      [
        '2024-02-29 12:34:56.987654',
        '0000-00-00',
        '9999-12-31 23:59:59',
        '2024-00-00',
        '1000-01-01 00:00:01.000001',
      ].map(times),
    );
    await compare(all('TIMESTAMP'), ['2024-02-29 23:59:59.123456', '1970-01-01 00:00:01', '0000-00-00'].map(times));
  } finally {
    await sql.run('SET GLOBAL mysql56_temporal_format = ON');
  }
});

test('system-versioned tables: each version is a row of its own', async () => {
  await sql.run('CREATE TABLE sv (id INT PRIMARY KEY, v INT) WITH SYSTEM VERSIONING');
  const { lines } = await read('INSERT INTO sv VALUES (1, 1); UPDATE sv SET v = 2; DELETE FROM sv', 3);
  assert.match(lines[0]!, /^insert sv: 1,1/);
});

test('text in every collation that MariaDB has', async () => {
  const rows = await sql.cells(
    `SELECT FULL_COLLATION_NAME, CHARACTER_SET_NAME FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY
     WHERE CHARACTER_SET_NAME NOT IN ('binary', 'big5', 'cp932', 'eucjpms', 'euckr', 'gb18030', 'sjis', 'ujis')`,
  );
  const all = rows.map(([collation, charset]) => `CHARACTER SET ${String(charset)} COLLATE ${String(collation)}`);
  for (let i = 0; i < all.length; i += 60) {
    const some = all.slice(i, i + 60);
    await compare(some.map((set, n) => `c${n} CHAR(3) ${set}`).join(), [some.map(() => "'Aé€'").join()]);
  }
});
