import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Column, RowChange, Value } from '../../../core/change.js';
import { UNREADABLE_CHARSETS } from '../../../core/source/text-reader.js';
import type { Stack } from '../../stack/stack.js';
import { startStack } from '../../stack/stack.js';
import { encoded, withoutImages } from '../format/collected.js';
import { Reading, signal, testSource } from './reading.js';
import type { Sql } from './sql.js';
import { connectSql } from './sql.js';

let stack: Stack;
let sql: Sql;

before(async () => {
  stack = await startStack({ mysql: 1 });
  sql = await connectSql(stack.mysql[0]!);
  await sql.run("CREATE DATABASE v; SET time_zone = '+00:00', sql_mode = ''");
});
after(async () => {
  await sql.close();
  await stack.stop();
});

/** Inserts rows into a new table and compares every value of the binlog with what SELECT shows, byte for byte. */
async function compare(
  columns: string,
  rows: readonly string[],
  select = '*',
): Promise<{ columns: readonly Column[] }> {
  await sql.run(`DROP TABLE IF EXISTS v.t; CREATE TABLE v.t (i INT PRIMARY KEY, ${columns})`);
  const source = testSource(stack.mysql[0]!, ['v.t']);
  const reading = new Reading(source, await source.start(signal()));
  try {
    for (const [i, row] of rows.entries()) await sql.run(`INSERT INTO v.t VALUES (${i}, ${row})`);
    await reading.until(() => reading.changes.length === rows.length);
    const shown = await sql.cells(`SELECT ${select} FROM v.t ORDER BY i`);
    for (const [i, change] of reading.changes.entries()) {
      const { table } = change;
      assertSameJson(change);
      for (const [c, column] of table.columns.entries()) {
        assertShown(change.rows[0]![c], shown[i]![c]!, `${column.name} of ${rows[i]}`);
      }
    }
    return reading.changes[0]!.table;
  } finally {
    await reading.stop();
    await source.close();
  }
}

/** The records that are made from the row images are those that are made from the rows. */
function assertSameJson(change: RowChange): void {
  assert.ok(change.images, 'the change has row images');
  const byImages = encoded(change);
  const byValues = encoded(withoutImages(change));
  assert.equal(byValues.asBytes, 0);
  assert.equal(byImages.asBytes, byImages.records.length);
  assert.deepEqual(byImages.records, byValues.records);
}

function assertShown(value: Value | undefined, shown: Buffer | null, what: string): void {
  if (value === null || shown === null) assert.equal(value, shown, what);
  else if (Buffer.isBuffer(value)) assert.equal(value.toString('hex'), shown.toString('hex'), what);
  else if (typeof value === 'number') assert.equal(value, Number(shown.toString()), what);
  else assert.equal(String(value), shown.toString('utf8'), what);
}

test('integers of every size and sign', async () => {
  const table = await compare(
    'a TINYINT, b TINYINT UNSIGNED, c SMALLINT, d SMALLINT UNSIGNED, e MEDIUMINT, f MEDIUMINT UNSIGNED, g INT, h INT UNSIGNED, j BIGINT, k BIGINT UNSIGNED, y YEAR',
    [
      '-128,255,-32768,65535,-8388608,16777215,-2147483648,4294967295,-9223372036854775808,18446744073709551615,2155',
      '127,0,32767,0,8388607,0,2147483647,0,9223372036854775807,9223372036854775808,1901',
      '-1,128,-1,32768,-1,8388608,-1,2147483648,-9007199254740992,9007199254740992,0',
      '0,1,0,1,0,1,0,1,-9007199254740991,9007199254740991,1970',
      'NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL',
    ],
  );
  assert.deepEqual(
    table.columns.slice(1, 5).map(({ unsigned }) => unsigned),
    [false, true, false, true],
  );
});

test('a bigint beyond 2^53 is a bigint, a smaller one a number', async () => {
  await sql.run('DROP TABLE IF EXISTS v.b; CREATE TABLE v.b (a BIGINT UNSIGNED)');
  const source = testSource(stack.mysql[0]!, ['v.b']);
  const reading = new Reading(source, await source.start(signal()));
  await sql.run('INSERT INTO v.b VALUES (9007199254740991), (9007199254740992), (18446744073709551615)');
  await reading.untilLines(3);
  await reading.stop();
  await source.close();
  assert.deepEqual(reading.changes[0]!.rows.flat(), [9007199254740991, 9007199254740992n, 18446744073709551615n]);
});

test('decimals keep every digit', async () => {
  await compare('a DECIMAL(65,30), b DECIMAL(10,0), c DECIMAL(5,5), d DECIMAL(12,2), e DECIMAL(18,9), f DECIMAL(9,8)', [
    `${'9'.repeat(35)}.${'9'.repeat(30)},9999999999,0.99999,9999999999.99,999999999.999999999,9.99999999`,
    `-${'9'.repeat(35)}.${'9'.repeat(30)},-9999999999,-0.99999,-9999999999.99,-999999999.999999999,-9.99999999`,
    '0,0,0,0,0,0',
    '0.000000000000000000000000000001,1,0.00001,0.01,0.000000001,0.00000001',
    '-12345678901234567890.5,-1,-0.00001,-0.01,-1000000000.000000001,-1.5',
  ]);
});

test('floats and doubles', async () => {
  await compare('a FLOAT, b DOUBLE', [
    '1.1,1.1',
    '-0.3,1e308',
    '3.40282e38,-2.2250738585072014e-308',
    '123456,0.1',
    '1e-7,0',
  ]);
});

test('temporal values, negative and zero ones too, with every precision', async () => {
  const all = (type: string): string =>
    [0, 1, 2, 3, 4, 5, 6].map((p) => `${type.toLowerCase()}${p} ${type}(${p})`).join();
  const times = (text: string): string => Array.from({ length: 7 }, () => `'${text}'`).join();
  const negative = [
    '-01:00:00',
    '-00:01:00',
    '-00:00:01',
    '-838:59:59',
    '-00:00:00.5',
    '-01:00:00.000001',
    '838:59:59',
    '0',
    '12:34:56.789012',
  ];
  await compare(all('TIME'), negative.map(times));
  const dates = [
    '1000-01-01',
    '9999-12-31 23:59:59',
    '0000-00-00',
    '2024-00-00',
    '2024-02-29 12:34:56.987654',
    '0001-02-03 04:05:06.7',
  ];
  await compare(all('DATETIME'), dates.map(times));
  const stamps = ['1970-01-01 00:00:01', '2038-01-19 03:14:07', '0000-00-00', '2024-02-29 23:59:59.123456'];
  await compare(all('TIMESTAMP'), stamps.map(times));
  await compare('a DATE', ["'1000-01-01'", "'9999-12-31'", "'0000-00-00'", "'2024-00-07'", "'0099-01-02'"]);
});

test('text of every character set', async () => {
  const sets = (await sql.cells('SELECT CHARACTER_SET_NAME FROM information_schema.CHARACTER_SETS ORDER BY 1')).map(
    String,
  );
  const readable = sets.filter((set) => set !== 'binary' && !UNREADABLE_CHARSETS.some((name) => name === set));
  const columns = readable.map(
    (set, i) => `${set}_v VARCHAR(60) CHARACTER SET ${set}, c${i} CHAR(30) CHARACTER SET ${set}`,
  );
  const samples = [
    '',
    'plain ASCII {}[]|\\\\~^`',
    'Grüße, été ñandú ¥',
    'Привет Ελλάδα שלום',
    '日本語 テスト',
    '中文測試',
    '한국어',
    'łódź ĄČĘ',
    '😀',
  ];
  // What a set does not have becomes "?", in the table already.
  for (let i = 0; i < columns.length; i += 8) {
    const some = columns.slice(i, i + 8);
    await compare(
      some.join(),
      samples.map((text) => some.map(() => `'${text}','${text}'`).join()),
    );
  }
});

test('every byte of the single-byte character sets', async () => {
  const sets = (
    await sql.cells(
      "SELECT CHARACTER_SET_NAME FROM information_schema.CHARACTER_SETS WHERE MAXLEN = 1 AND CHARACTER_SET_NAME <> 'binary'",
    )
  ).map(String);
  const bytes = Array.from({ length: 128 }, (_, i) => i + 128)
    .map((byte) => byte.toString(16))
    .join('');
  for (const set of sets.filter((name) => name !== 'ascii' && name !== 'tis620')) {
    await compare(`a VARCHAR(300) CHARACTER SET ${set}`, [`CONVERT(x'${bytes}' USING ${set})`]);
  }
});

test('binary strings, bits and large objects', async () => {
  const table = await compare(
    'a BINARY(4), b VARBINARY(300), c BLOB, d LONGTEXT, e BIT(1), f BIT(9), g BIT(64), h TINYTEXT, j MEDIUMBLOB, k BINARY(255), l VARCHAR(16000), m TINYBLOB',
    [
      `x'01000000',x'00',x'ff00',REPEAT('é',70000),b'1',b'100000001',b'${'1'.repeat(64)}','t',REPEAT('x',300000),x'00',REPEAT('ü',16000),''`,
      "'','','','',b'0',b'0',b'0','','','','',''",
      'NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL',
    ],
  );
  assert.equal(table.columns[1]!.charset, 'binary');
  assert.equal(table.columns[1]!.length, 4);
  assert.equal(table.columns[6]!.length, 9);
  assert.equal(table.columns[4]!.charset, 'utf8mb4');
});

test('ENUM and SET, with odd members and the empty error value', async () => {
  const many = Array.from({ length: 64 }, (_, i) => `'m${i}'`).join();
  const large = Array.from({ length: 300 }, (_, i) => `'e${i}'`).join();
  await compare(
    `a ENUM('x','it''s','a,b','ä') CHARACTER SET latin1, b SET('one','two','ö'), c SET(${many}), d ENUM(${large})`,
    [
      "'it''s','one,ö','m0,m33,m63','e299'",
      "'ä','','','e0'",
      "'invalid','one','m5','invalid'",
      `4,5,${2n ** 64n - 1n},256`,
      'NULL,NULL,NULL,NULL',
    ],
  );
});

test('geometry is its SRID and WKB', async () => {
  await compare('a GEOMETRY, b POINT SRID 4326', [
    "ST_GeomFromText('POLYGON((0 0,4 0,4 4,0 4,0 0),(1 1,2 1,2 2,1 1))'), ST_GeomFromText('POINT(52 13)', 4326)",
    "ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(0 0,1 1))'), ST_GeomFromText('POINT(0 0)', 4326)",
  ]);
});

test('JSON is the text that SELECT shows', async () => {
  const long = JSON.stringify(
    Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`key${i}`, [i, 'v'.repeat(30)]])),
  );
  const texts = [
    '{}',
    '[]',
    'null',
    'true',
    'false',
    '0',
    '-1',
    '1.0',
    '-0.0',
    '1.5',
    '32767',
    '32768',
    '65536',
    '-2147483649',
    '4294967296',
    '9223372036854775807',
    '18446744073709551615',
    '1e14',
    '1e15',
    '123456789012345680',
    '1e20',
    '1e-14',
    '1e-15',
    '1e-16',
    '0.1',
    '1.7976931348623157e308',
    '5e-324',
    '"text \\\\" \\\\\\\\ \\\\n \\\\u0001 ü 😀"',
    '{"__proto__": 1, "10": 2, "9": 3, "b": {"a": [null, true, {"x": []}]}}',
    '[[1, [2, [3.0]]], {"k": "v"}]',
  ];
  const built = [
    'JSON_OBJECT("d", CAST(12.3400 AS DECIMAL(10,4)), "n", CAST(-0.5 AS DECIMAL(3,1)))',
    'JSON_ARRAY(CAST("2024-02-29 12:34:56.789" AS DATETIME(3)), CAST("2024-02-29" AS DATE), CAST("-12:00:00.5" AS TIME(1)), CAST("-838:59:59" AS TIME))',
    'JSON_OBJECT("ts", TIMESTAMP("2024-01-02 03:04:05.000006"), "bin", x\'00ff\', "bit", b\'101\', "blob", CAST(REPEAT("x", 300) AS BINARY))',
    `'${long}'`,
    `JSON_ARRAY(REPEAT("z", 70000), ${Array.from({ length: 40 }, (_, i) => i * 70000).join()})`,
  ];
  await compare('a JSON', [...texts.map((text) => `'${text}'`), ...built, 'NULL']);
});

test('generated and invisible columns are columns', async () => {
  const columns = 'a INT, b INT AS (a + 1) STORED, d INT AS (a * 2) VIRTUAL, c INT DEFAULT 7 INVISIBLE';
  const table = await compare(columns, ['1, DEFAULT, DEFAULT', '2, DEFAULT, DEFAULT'], 'i, a, b, d, c');
  assert.deepEqual(
    table.columns.map(({ name }) => name),
    ['i', 'a', 'b', 'd', 'c'],
  );
});

test('a primary key is named in its own order', async () => {
  await sql.run('DROP TABLE IF EXISTS v.k; CREATE TABLE v.k (a INT, b VARCHAR(20), c INT, PRIMARY KEY (c, b(5), a))');
  const source = testSource(stack.mysql[0]!, ['v.k']);
  const reading = new Reading(source, await source.start(signal()));
  await sql.run("INSERT INTO v.k VALUES (1, 'b', 2)");
  await reading.untilLines(1);
  await reading.stop();
  await source.close();
  assert.deepEqual(reading.changes[0]!.table.key, [2, 1, 0]);
});
