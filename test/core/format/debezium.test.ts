import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Change, Column, Table, Value } from '../../../core/change.js';
import { createDebeziumFormat } from '../../../core/format/debezium.js';
import { column, place, table } from '../sink/fixtures.js';
import { CollectedRecords, type Collected } from './collected.js';

function encode(change: Change, tombstones = true): Collected[] {
  const format = createDebeziumFormat({ task: 'copy', tombstones, version: '1.2.3' });
  const output = new CollectedRecords();
  format.at(1_760_000_000_500);
  format.encode(change, output);
  return output.records;
}

/** The JSON text of one value in a column of that kind, as it stands in the record. */
function text(of: Partial<Column>, value: Value): string {
  const wide: Table = { database: 'd', name: 't', columns: [column('v', of)], key: [] };
  const [record] = encode({ kind: 'insert', table: wide, place: place(), rows: [[value]] });
  const [, json] = /"after":\{"v":(.*)\},"source"/s.exec(record!.value!)!;
  assert.deepEqual(Object.keys((JSON.parse(record!.value!) as { after: object }).after), ['v']);
  return json!;
}

test('an insert has the whole envelope, in Debezium’s order', () => {
  const change: Change = {
    kind: 'insert',
    table: table('orders'),
    place: { ...place(), gtid: 'u:23', thread: 88, time: 1_760_000_000_123.456 },
    rows: [[7, 3, 'x'], [8, 4, null]], // prettier-ignore
  };
  const [first, second] = encode(change);
  assert.equal(first!.key, '{"id":7}');
  assert.equal(
    first!.value,
    '{"before":null,"after":{"id":7,"version":3,"note":"x"},"source":{"version":"1.2.3","connector":"mysql","name":"copy",' +
      '"ts_ms":1760000000123,"ts_us":1760000000123456,"ts_ns":1760000000123456000,"snapshot":"false","db":"shop",' +
      '"sequence":null,"table":"orders","server_id":1,"gtid":"u:23","file":"binlog.000012","pos":4711,"row":0,"thread":88,' +
      '"query":null},"transaction":null,"op":"c","ts_ms":1760000000500,"ts_us":1760000000500000,"ts_ns":1760000000500000000}',
  );
  assert.equal(second!.key, '{"id":8}');
  assert.match(second!.value!, /"note":null\},.*"row":1,/);
});

test('an update has both images; without gtid and thread they are null', () => {
  const [record] = encode({
    kind: 'update',
    table: table('o'),
    place: place(),
    before: [[7, 3, 'x']],
    rows: [[7, 4, 'y']],
  });
  const value = JSON.parse(record!.value!) as Record<string, unknown> & { source: Record<string, unknown> };
  assert.deepEqual(
    [value.op, value.before, value.after],
    ['u', { id: 7, version: 3, note: 'x' }, { id: 7, version: 4, note: 'y' }],
  );
  assert.deepEqual([value.source.gtid, value.source.thread], [null, null]);
});

test('a delete is followed by a tombstone, unless switched off or without a key', () => {
  const change: Change = { kind: 'delete', table: table('o'), place: place(), rows: [[7, 3, 'x']] };
  const [record, tombstone, ...rest] = encode(change);
  const value = JSON.parse(record!.value!) as Record<string, unknown>;
  assert.deepEqual([value.op, value.before, value.after], ['d', { id: 7, version: 3, note: 'x' }, null]);
  assert.deepEqual([tombstone, rest], [{ row: 0, key: '{"id":7}', value: null }, []]);
  assert.equal(encode(change, false).length, 1);
  const keyless = encode({ ...change, table: table('o', []) });
  assert.deepEqual(
    keyless.map(({ key }) => key),
    [null],
  );
});

test('a change of the key is a delete, a tombstone and a create, each pointing at the other key', () => {
  const change: Change = {
    kind: 'update',
    table: table('o'),
    place: place(),
    before: [[7, 3, 'x']],
    rows: [[9, 3, 'x']],
  };
  const records = encode(change);
  const ops = records.map(({ value }) => (value === null ? null : (JSON.parse(value) as { op: string }).op));
  assert.deepEqual(ops, ['d', null, 'c']);
  assert.deepEqual(
    records.map(({ key }) => key),
    ['{"id":7}', '{"id":7}', '{"id":9}'],
  );
  assert.deepEqual(records[0]!.header, { name: '__debezium.newkey', value: '{"id":9}' });
  assert.equal(records[1]!.header, undefined);
  assert.deepEqual(records[2]!.header, { name: '__debezium.oldkey', value: '{"id":7}' });
  assert.deepEqual((JSON.parse(records[2]!.value!) as { before: unknown }).before, null);
  assert.equal(encode(change, false).length, 2);
});

test('equal bytes in a key are no change of the key', () => {
  const binary: Table = { ...table('o'), columns: [column('id', { charset: 'binary' }), column('a'), column('b')] };
  const change: Change = {
    kind: 'update',
    table: binary,
    place: place(),
    before: [[Buffer.from('k'), 'x', 'y']],
    rows: [[Buffer.from('k'), 'z', 'y']],
  };
  assert.deepEqual(
    encode(change).map(({ key }) => key),
    ['{"id":"aw=="}'],
  );
});

test('a key of several columns keeps the key’s order', () => {
  const [record] = encode({ kind: 'insert', table: table('o', [2, 0]), place: place(), rows: [[7, 3, 'x']] });
  assert.equal(record!.key, '{"note":"x","id":7}');
});

test('numbers', () => {
  assert.equal(text({ type: 1 }, -128), '-128');
  assert.equal(text({ type: 8 }, 9223372036854775807n), '9223372036854775807');
  assert.equal(text({ type: 8, unsigned: true }, 18446744073709551615n), '18446744073709551615');
  assert.equal(text({ type: 4 }, 1.1), '1.1');
  assert.equal(text({ type: 5 }, 1.7976931348623157e308), '1.7976931348623157e+308');
  assert.equal(text({ type: 5 }, -0), '0');
  assert.equal(text({ type: 5 }, NaN), 'null');
  assert.equal(text({ type: 246, decimals: 2 }, '12345678901234567890.10'), '"12345678901234567890.10"');
  assert.equal(text({ type: 13 }, 2025), '2025');
  assert.equal(text({ type: 3 }, null), 'null');
});

test('temporal types by their precision', () => {
  assert.equal(text({ type: 10 }, '2025-10-09'), '20370');
  assert.equal(text({ type: 19, decimals: 3 }, '-01:00:00.500'), '-3600500000');
  assert.equal(text({ type: 18 }, '2025-10-09 08:53:20'), '1760000000000');
  assert.equal(text({ type: 18, decimals: 3 }, '2025-10-09 08:53:20.123'), '1760000000123');
  assert.equal(text({ type: 18, decimals: 6 }, '2025-10-09 08:53:20.123456'), '1760000000123456');
  assert.equal(text({ type: 18, decimals: 6 }, '9999-12-31 23:59:59.999999'), '253402300799999999');
  assert.equal(text({ type: 17, decimals: 6 }, '2025-10-09 08:53:20.123400'), '"2025-10-09T08:53:20.123400Z"');
});

test('zero dates are null, or Debezium’s substitute in a NOT NULL column', () => {
  const zero = '0000-00-00 00:00:00';
  assert.equal(text({ type: 10 }, '0000-00-00'), 'null');
  assert.equal(text({ type: 10, nullable: true }, '0000-00-00'), 'null');
  assert.equal(text({ type: 10, nullable: false }, '0000-00-00'), '0');
  assert.equal(text({ type: 18, decimals: 6, nullable: false }, `${zero}.000000`), '0');
  assert.equal(text({ type: 17, nullable: false }, zero), '"1970-01-01T00:00:00Z"');
  assert.equal(text({ type: 17, nullable: true }, zero), 'null');
});

test('bits and bytes', () => {
  assert.equal(text({ type: 16, length: 1 }, Buffer.from([1])), 'true');
  assert.equal(text({ type: 16, length: 1 }, Buffer.from([0])), 'false');
  assert.equal(text({ type: 16, length: 16 }, Buffer.from([1, 2])), `"${Buffer.from([2, 1]).toString('base64')}"`);
  assert.equal(text({ type: 252 }, Buffer.from([0, 255, 128])), '"AP+A"');
  const binary = { type: 254, charset: 'binary', length: 4 };
  assert.equal(text(binary, Buffer.from('ab')), `"${Buffer.from('ab\0\0').toString('base64')}"`);
  assert.equal(text(binary, Buffer.from('abcd')), '"YWJjZA=="');
});

test('encoding leaves the bytes of a value as they were', () => {
  const value = Buffer.from([1, 2]);
  text({ type: 16, length: 16 }, value);
  assert.deepEqual([...value], [1, 2]);
});

test('geometry: SRID and WKB, a point also with its coordinates', () => {
  const wkb = Buffer.alloc(21);
  wkb[0] = 1;
  wkb.writeUInt32LE(1, 1);
  wkb.writeDoubleLE(1.5, 5);
  wkb.writeDoubleLE(-2, 13);
  const srid = Buffer.alloc(4);
  const base64 = wkb.toString('base64');
  assert.equal(text({ type: 255 }, Buffer.concat([srid, wkb])), `{"x":1.5,"y":-2,"wkb":"${base64}","srid":null}`);
  srid.writeUInt32LE(4326);
  wkb.writeUInt32LE(2, 1);
  const line = wkb.toString('base64');
  assert.equal(text({ type: 255 }, Buffer.concat([srid, wkb])), `{"wkb":"${line}","srid":4326}`);
});

test('text of every kind is a valid JSON string with the same characters', () => {
  const long = 'long enough for the other way of looking ';
  for (const piece of ['', 'a"b', 'a\\b', '\u0000\u001f\n\t', 'é漢', '😀', '\u007f\u2028\u2029', '{"json":[1]}']) {
    for (const value of [piece, long + piece]) assert.equal(JSON.parse(text({}, value)), value);
  }
});

test('a lone surrogate survives as an escape, and the UTF-8 is valid', () => {
  for (const value of ['\ud83d', 'a\udc00b', `a longer text with half a pair \ud83d and more`]) {
    const json = text({}, value);
    assert.equal(JSON.parse(json), value);
    assert.equal(Buffer.from(json).toString(), json);
  }
});

test('names of tables and columns are escaped', () => {
  const odd: Table = { database: 'd"b', name: 't\\n', columns: [column('a"b')], key: [0] };
  const [record] = encode({ kind: 'insert', table: odd, place: place(), rows: [['x']] });
  const value = JSON.parse(record!.value!) as { after: unknown; source: Record<string, unknown> };
  assert.deepEqual(value.after, { 'a"b': 'x' });
  assert.deepEqual([value.source.db, value.source.table], ['d"b', 't\\n']);
  assert.equal(record!.key, '{"a\\"b":"x"}');
});
