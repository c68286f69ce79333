import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { Position } from '../../../../coordination/position.js';
import type { MysqlSink } from '../../../../coordination/schema/task-spec.js';
import type { Change, Transaction } from '../../../../core/change.js';
import type { Sink } from '../../../../core/sink/sink.js';
import { startStack, type Stack } from '../../../stack/stack.js';
import { connectSql, type Sql } from '../../source/sql.js';
import { column, table } from '../fixtures.js';
import { claimOf, targetSink } from './scene.js';

let stack: Stack;
let sql: Sql;

before(async () => {
  stack = await startStack({ mysql: 1 });
  sql = await connectSql(stack.mysql[0]!);
});

after(async () => {
  await sql?.close();
  await stack?.stop();
});

beforeEach(async () => {
  await sql.run(`DROP DATABASE IF EXISTS copy; CREATE DATABASE copy; CREATE TABLE copy.t (id INT PRIMARY KEY, version INT, note VARCHAR(50));
    DROP DATABASE IF EXISTS mysql_replicator`);
});

const soon = (): AbortSignal => AbortSignal.timeout(20_000);
const at = (offset: number): Position => ({ file: 'binlog.000001', offset, events: 0 });
const UUID = '3e11fa47-71ca-11e1-9e33-c80aa9429562';

function transaction(number: number): Transaction {
  const unknown = undefined;
  return { file: 'binlog.000001', offset: number * 100, gtid: `${UUID}:${number}`, lastCommitted: unknown, sequenceNumber: unknown, committed: unknown, firstCommitted: unknown, bytes: unknown }; // prettier-ignore
}

const place = (number: number) => ({
  file: 'binlog.000001',
  offset: number * 100 + 10,
  serverId: 1,
  time: 1_760_000_000_000,
  gtid: `${UUID}:${number}`,
  transaction: transaction(number),
});

function ddl(number: number, statement: string): Change {
  return { kind: 'schema', place: place(number), statement, database: 'shop', tables: [] };
}

async function opened(more: Partial<MysqlSink> = {}, term = 1): Promise<Sink> {
  const spec = { tables: { 'shop.*': 'copy.*' }, ddl: 'apply' as const, ...more };
  const sink = targetSink(stack.mysql[0]!, spec, { selected: ['shop.*', '!shop.tmp_*'] });
  await sink.open(soon());
  await sink.claim(claimOf(term, at(100)), soon());
  return sink;
}

const wider = { ...table('t'), columns: [...table('t').columns, column('more')] };

test('apply: at its place among the rows, with the target’s names', async () => {
  const sink = await opened();
  const changes: Change[] = [
    { kind: 'insert', table: table('t'), place: place(1), rows: [[1, 1, 'a']] },
    ddl(2, 'ALTER TABLE t ADD COLUMN more VARCHAR(20)'),
    { kind: 'insert', table: wider, place: place(3), rows: [[2, 2, 'b', 'c']] },
    ddl(4, 'CREATE TABLE u (id INT PRIMARY KEY, version INT, note TEXT)'),
    { kind: 'insert', table: table('u'), place: place(5), rows: [[3, 3, 'd']] },
    ddl(6, 'RENAME TABLE u TO w'),
    ddl(7, 'TRUNCATE TABLE t'),
    { kind: 'insert', table: wider, place: place(8), rows: [[4, 4, 'e', null]] },
    ddl(9, 'ALTER TABLE shop.tmp_x ADD COLUMN a INT'),
    ddl(10, 'ALTER TABLE other.t ADD COLUMN a INT'),
  ];
  const durable = await sink.write({ changes, end: at(1200) }, soon());
  assert.deepEqual(durable.position, at(1200));
  assert.equal(await sql.one("SELECT GROUP_CONCAT(CONCAT_WS(',', id, version, note, more)) FROM copy.t"), '4,4,e');
  assert.equal(await sql.one('SELECT COUNT(*) FROM copy.w'), '1');
  await sink.close();
});

test('ignore: left out; the rows go on', async () => {
  const sink = await opened({ ddl: 'ignore' });
  const changes: Change[] = [
    ddl(1, 'TRUNCATE TABLE t'),
    { kind: 'insert', table: table('t'), place: place(2), rows: [[1, 1, 'a']] },
  ];
  await sink.write({ changes, end: at(300) }, soon());
  assert.equal(await sql.one('SELECT COUNT(*) FROM copy.t'), '1');
  await sink.close();
});

test('stop: all before it is applied, and the way on is named', async () => {
  const sink = await opened({ ddl: 'stop' });
  const changes: Change[] = [
    { kind: 'insert', table: table('t'), place: place(1), rows: [[1, 1, 'a']] },
    ddl(2, 'ALTER TABLE t ADD COLUMN more VARCHAR(20)'),
    { kind: 'insert', table: wider, place: place(3), rows: [[2, 2, 'b', 'c']] },
  ];
  await assert.rejects(sink.write({ changes, end: at(400) }, soon()), {
    kind: 'sink-schema',
    message: /ALTER TABLE t ADD COLUMN/,
    remedy: /--from binlog\.000001:300/,
  });
  assert.equal(await sql.one('SELECT COUNT(*) FROM copy.t'), '1');
  await sink.close();
});

test('what is not understood stops', async () => {
  const sink = await opened();
  const changes = [ddl(1, 'ALTER TABLESPACE x ADD DATAFILE y')];
  await assert.rejects(sink.write({ changes, end: at(200) }, soon()), {
    kind: 'sink-schema',
    message: /not understood/,
  });
  await sink.close();
});

test('what the target refuses stops with its words', async () => {
  const sink = await opened();
  const changes = [ddl(1, 'ALTER TABLE t DROP COLUMN absent')];
  await assert.rejects(sink.write({ changes, end: at(200) }, soon()), { kind: 'sink-schema', message: /absent/ });
  await sink.close();
});

/** Ends what still waits for a lock at the server although its client is gone: it would be carried out when the lock is given back. */
async function endStatements(): Promise<void> {
  for (;;) {
    const rows = await sql.cells("SELECT ID FROM information_schema.PROCESSLIST WHERE INFO LIKE 'ALTER TABLE%'");
    if (rows.length === 0) return;
    for (const [id] of rows) await sql.run(`KILL ${String(id)}`).catch(() => undefined);
  }
}

for (const carriedOut of [true, false]) {
  test(`a crash within a statement that was ${carriedOut ? '' : 'not '}carried out: it is there once`, async () => {
    const first = await opened();
    // As after the note and before, or after, the statement.
    const holder = await connectSql(stack.mysql[0]!);
    await holder.run('LOCK TABLES copy.t READ');
    const writing = first.write({ changes: [ddl(1, 'ALTER TABLE t ADD COLUMN more INT')], end: at(200) }, soon());
    writing.catch(() => undefined);
    while ((await sql.one("SELECT COUNT(*) FROM mysql_replicator.positions WHERE statement <> ''")) === '0');
    await first.close();
    await writing.catch(() => undefined);
    await endStatements();
    await holder.close();
    if (carriedOut) await sql.run('ALTER TABLE copy.t ADD COLUMN more INT');
    const second = targetSink(
      stack.mysql[0]!,
      { tables: { 'shop.*': 'copy.*' }, ddl: 'apply' },
      { selected: ['shop.*'] },
    );
    await second.open(soon());
    const row = await sql.one('SELECT line FROM mysql_replicator.positions');
    await second.claim(claimOf(2, at(100), { sink: { row, version: 1 } }), soon());
    await second.write({ changes: [ddl(1, 'ALTER TABLE t ADD COLUMN more INT')], end: at(200) }, soon());
    assert.equal(
      await sql.one(
        "SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'copy' AND COLUMN_NAME = 'more'",
      ),
      '1',
    );
    assert.equal(await sql.one('SELECT statement FROM mysql_replicator.positions'), '');
    await second.close();
  });
}
