import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { comparePositions } from '../../../coordination/position.js';
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
  await sql.run('CREATE DATABASE s; CREATE DATABASE other; USE s');
});
after(async () => {
  await sql.close();
  await stack.stop();
});

test('all changes come in order, whole transactions together', async () => {
  await sql.run('CREATE TABLE a (id INT PRIMARY KEY, v TEXT); CREATE TABLE b (id INT PRIMARY KEY, n INT)');
  const source = testSource(stack.mysql[0]!, ['s.*']);
  const reading = new Reading(source, await source.start(signal()));
  await sql.run("INSERT INTO a VALUES (1, 'x'), (2, 'y')");
  await sql.run(
    "BEGIN; INSERT INTO b VALUES (1, 10); UPDATE a SET v = 'z'; SAVEPOINT p; DELETE FROM b; ROLLBACK TO p; COMMIT",
  );
  await sql.run('BEGIN; INSERT INTO b VALUES (7, 7); ROLLBACK');
  await sql.run('DELETE a, b FROM a JOIN b ON a.id = b.id');
  const lines = await reading.untilLines(7);
  await reading.stop();
  await source.close();
  assert.deepEqual(lines.slice(0, 5), [
    'insert a: 1,x',
    'insert a: 2,y',
    'insert b: 1,10',
    'update a: 1,x -> 1,z',
    'update a: 2,y -> 2,z',
  ]);
  assert.deepEqual(lines.slice(5).toSorted(), ['delete a: 1,z', 'delete b: 1,10']);
  const [first, second, third] = reading.changes;
  assert.notEqual(first!.place.gtid, second!.place.gtid);
  assert.equal(second!.place.gtid, third!.place.gtid);
  assert.ok(second!.place.offset < third!.place.offset);
  assert.equal(first!.place.serverId, stack.mysql[0]!.serverId);
  assert.ok(Math.abs(first!.place.time - Date.now()) < 60_000);
  assert.notEqual(first!.place.time % 1000, 0, 'as exact as the commit timestamp');
  assert.ok(reading.chunks.every(({ end }) => end.events === 0));
});

test('rows are read with the definition of their own time, however far behind', async () => {
  await sql.run('CREATE TABLE d (id INT PRIMARY KEY, v INT)');
  const source = testSource(stack.mysql[0]!, ['s.d', 's.e']);
  const from = await source.start(signal());
  await sql.run('INSERT INTO d VALUES (1, 1); ALTER TABLE d ADD COLUMN w VARCHAR(9) FIRST');
  await sql.run("INSERT INTO d VALUES ('w', 2, 2); ALTER TABLE d RENAME COLUMN v TO u, DROP COLUMN w");
  await sql.run('INSERT INTO d VALUES (3, 3); TRUNCATE TABLE d; ALTER TABLE d MODIFY id BIGINT UNSIGNED');
  await sql.run('INSERT INTO d VALUES (4, 4); RENAME TABLE d TO e; INSERT INTO e VALUES (5, 5); DROP TABLE e');
  await sql.run(
    "CREATE TABLE d (x JSON); INSERT INTO d VALUES ('[1]'); CREATE TABLE e SELECT 6 AS six; DROP TABLE d, e",
  );
  const reading = new Reading(source, from);
  await reading.untilLines(7);
  await reading.stop();
  await source.close();
  assert.deepEqual(
    reading.changes.map(
      ({ table, rows }) => `${table.name}(${table.columns.map(({ name }) => name).join()}): ${rows.join()}`,
    ),
    ['d(id,v): 1,1', 'd(w,id,v): w,2,2', 'd(id,u): 3,3', 'd(id,u): 4,4', 'e(id,u): 5,5', 'd(x): [1]', 'e(six): 6'],
  );
});

test('a definition that is the same is the same object', async () => {
  await sql.run('CREATE TABLE o (id INT PRIMARY KEY)');
  const source = testSource(stack.mysql[0]!, ['s.o']);
  const reading = new Reading(source, await source.start(signal()));
  // FLUSH TABLES gives the table a new id, a rotation makes the reader forget ids.
  await sql.run(
    'INSERT INTO o VALUES (1); FLUSH TABLES; INSERT INTO o VALUES (2); FLUSH BINARY LOGS; INSERT INTO o VALUES (3)',
  );
  await reading.untilLines(3);
  await reading.stop();
  await source.close();
  assert.equal(new Set(reading.changes.map(({ table }) => table)).size, 1);
});

test('tables with the same name in two schemas are two tables', async () => {
  await sql.run('CREATE TABLE twin (id INT); CREATE TABLE other.twin (id INT, v INT)');
  const source = testSource(stack.mysql[0]!, ['s.twin', 'other.twin']);
  const reading = new Reading(source, await source.start(signal()));
  await sql.run(
    'BEGIN; INSERT INTO twin VALUES (1); INSERT INTO other.twin VALUES (2, 2); INSERT INTO twin VALUES (3); COMMIT',
  );
  await reading.untilLines(3);
  await reading.stop();
  await source.close();
  assert.deepEqual(
    reading.changes.map(({ table, rows }) => `${table.database}:${rows.join()}`),
    ['s:1', 'other:2,2', 's:3'],
  );
});

test('rotations are followed, and every place moves forward', async () => {
  await sql.run('CREATE TABLE r (id INT PRIMARY KEY)');
  const source = testSource(stack.mysql[0]!, ['s.r']);
  const from = await source.start(signal());
  const reading = new Reading(source, from);
  for (let id = 0; id < 5; id++) await sql.run(`INSERT INTO r VALUES (${id}); FLUSH BINARY LOGS`);
  await reading.untilLines(5);
  await reading.until(() => reading.end.file !== reading.changes.at(-1)!.place.file);
  await reading.stop();
  await source.close();
  const ends = [from, ...reading.chunks.map(({ end }) => end)];
  for (const [i, end] of ends.slice(1).entries()) assert.ok(comparePositions(ends[i]!, end) <= 0);
  assert.equal(reading.end.file, await sql.one('SHOW BINARY LOG STATUS'));
  assert.equal(new Set(reading.changes.map(({ place }) => place.file)).size, 5);
});

test('what is filtered out, and an idle source, still move the place', async () => {
  await sql.run('CREATE TABLE yes (id INT); CREATE TABLE no (id INT)');
  const source = testSource(stack.mysql[0]!, ['s.*', '!s.no']);
  const reading = new Reading(source, await source.start(signal()));
  await sql.run('INSERT INTO no VALUES (1); INSERT INTO yes VALUES (2); INSERT INTO no VALUES (3)');
  const executed = await sql.one('SELECT @@GLOBAL.gtid_executed');
  await reading.until(() => reading.chunks.at(-1)?.end.gtidSet === executed);
  const idleSince = Date.now();
  await reading.until(() => reading.chunks.at(-1)!.eventTime > idleSince);
  await reading.stop();
  await source.close();
  assert.deepEqual(reading.lines, ['insert yes: 2']);
  assert.ok(reading.chunks.every(({ changes, bytes }) => changes.length > 0 || bytes === 0));
});

test('tables of engines without transactions', async () => {
  await sql.run('CREATE TABLE m (id INT) ENGINE = MyISAM');
  const source = testSource(stack.mysql[0]!, ['s.m']);
  const reading = new Reading(source, await source.start(signal()));
  await sql.run('INSERT INTO m VALUES (1), (2); DELETE FROM m WHERE id = 1');
  assert.deepEqual(await reading.untilLines(3), ['insert m: 1', 'insert m: 2', 'delete m: 1']);
  await reading.until(() => reading.end.gtidSet !== undefined);
  await reading.stop();
  await source.close();
});

test('temporary tables and administration within the stream break nothing', async () => {
  await sql.run('CREATE TABLE q (id INT)');
  const source = testSource(stack.mysql[0]!, ['s.q']);
  const reading = new Reading(source, await source.start(signal()));
  await sql.run(
    'CREATE TEMPORARY TABLE tmp (id INT); BEGIN; INSERT INTO q VALUES (1); DROP TEMPORARY TABLE tmp; INSERT INTO q VALUES (2); COMMIT',
  );
  await sql.run(
    'CREATE USER u1; GRANT SELECT ON s.* TO u1; ANALYZE TABLE q; DROP USER u1; SET SESSION binlog_rows_query_log_events = ON; INSERT INTO q VALUES (3)',
  );
  assert.deepEqual(await reading.untilLines(3), ['insert q: 1', 'insert q: 2', 'insert q: 3']);
  await reading.stop();
  await source.close();
});

test('a tagged GTID is known as such', async () => {
  await sql.run('CREATE TABLE g (id INT)');
  const source = testSource(stack.mysql[0]!, ['s.g']);
  const reading = new Reading(source, await source.start(signal()));
  await sql.run(
    "SET gtid_next = 'AUTOMATIC:red'; INSERT INTO g VALUES (1); SET gtid_next = AUTOMATIC; INSERT INTO g VALUES (2)",
  );
  await reading.untilLines(2);
  await reading.until(() => reading.end.gtidSet?.includes(':red:1') ?? false);
  await reading.stop();
  assert.match(reading.changes[0]!.place.gtid!, /:red:1$/);
  assert.ok(reading.changes[0]!.place.time % 1000 !== 0 || reading.changes[1]!.place.time % 1000 !== 0);
  assert.equal(
    reading.end.gtidSet,
    await sql.one('SELECT @@GLOBAL.gtid_executed').then((text) => text.replace(/\s/g, '')),
  );
  // The set with a tag is taken by the server, and so is the start of a file that names it.
  await sql.run('FLUSH BINARY LOGS; INSERT INTO g VALUES (3)');
  const again = new Reading(source, reading.end);
  assert.deepEqual(await again.untilLines(1), ['insert g: 3']);
  await again.stop();
  await source.close();
});

test('binlogs without checksums, and a change of that in mid-stream', async () => {
  await sql.run('CREATE TABLE c (id INT)');
  const source = testSource(stack.mysql[0]!, ['s.c']);
  const from = await source.start(signal());
  await sql.run('INSERT INTO c VALUES (1); SET GLOBAL binlog_checksum = NONE; INSERT INTO c VALUES (2)');
  const off = new Reading(source, from);
  assert.deepEqual(await off.untilLines(2), ['insert c: 1', 'insert c: 2']);
  await sql.run('INSERT INTO c VALUES (3); SET GLOBAL binlog_checksum = CRC32; INSERT INTO c VALUES (4)');
  assert.deepEqual((await off.untilLines(4)).slice(2), ['insert c: 3', 'insert c: 4']);
  await off.stop();
  await source.close();
});
