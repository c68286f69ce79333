import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Failure } from '../../../../coordination/failure.js';
import type { MysqlSink } from '../../../../coordination/schema/task-spec.js';
import { startStack, type Stack } from '../../../stack/stack.js';
import { connectSql, type Sql } from '../../source/sql.js';
import { quiet } from '../fixtures.js';
import { assertEqualTables, Copying, targetSink } from './scene.js';

let stack: Stack;
let from: Sql;
let to: Sql;

before(async () => {
  stack = await startStack({ mysql: 2 });
  from = await connectSql(stack.mysql[0]!);
  to = await connectSql(stack.mysql[1]!);
});

after(async () => {
  await from?.close();
  await to?.close();
  await stack?.stop();
});

beforeEach(async () => {
  for (const sql of [from, to]) {
    await sql.run(
      `DROP DATABASE IF EXISTS c; CREATE DATABASE c; CREATE TABLE c.t (id INT PRIMARY KEY, mail VARCHAR(20) UNIQUE, v INT)`,
    );
  }
  await to.run('DROP DATABASE IF EXISTS mysql_replicator');
});

/** Rows that only one of the two has, then changes that meet them. */
async function diverge(): Promise<void> {
  await from.run(
    "SET sql_log_bin = 0; INSERT INTO c.t VALUES (1,'one',1),(2,'two',2),(3,'three',3); SET sql_log_bin = 1",
  );
  await to.run("INSERT INTO c.t VALUES (3,'three',3),(4,'other',4),(9,'five',9)");
}

const CHANGES = [
  "INSERT INTO c.t VALUES (10,'ten',10)",
  'UPDATE c.t SET v = 11 WHERE id = 1', // the target does not have it
  'DELETE FROM c.t WHERE id = 2', // nor this
  "INSERT INTO c.t VALUES (4,'four',4)", // the target has another
  "INSERT INTO c.t VALUES (5,'five',5)", // its second key is taken
  'UPDATE c.t SET v = 30 WHERE id = 3',
];

async function run(conflict: MysqlSink['conflict']) {
  const warnings: Record<string, unknown>[] = [];
  const log = { ...quiet, warn: (fields: object | string) => void warnings.push(fields as Record<string, unknown>) };
  const copying = new Copying(stack.mysql[0]!, targetSink(stack.mysql[1]!, { conflict }, { log }), ['c.*']);
  await diverge();
  await copying.start();
  return { copying, warnings };
}

test('stop: all before the conflict is applied, nothing of it, and both keys and the choices are named', async () => {
  const { copying } = await run('stop');
  try {
    await from.run(CHANGES.join(';'));
    const failure = await copying.failure();
    assert.ok(failure instanceof Failure, String(failure));
    assert.equal(failure.kind, 'sink-conflict');
    assert.match(failure.message, /update c\.t \(id=1\): the row to update is not there/);
    assert.match(failure.place!, /binlog\.\d+:\d+ row 0/);
    assert.match(failure.remedy!, /overwrite.*ignore/);
    assert.equal(await to.one('SELECT COUNT(*) FROM c.t WHERE id = 10'), '1');
  } finally {
    await copying.stop();
  }
});

test('stop: a second unique key names the row that has it', async () => {
  const { copying } = await run('stop');
  try {
    await from.run("INSERT INTO c.t VALUES (5,'five',5)");
    const failure = await copying.failure();
    assert.ok(failure instanceof Failure, String(failure));
    assert.match(failure.message, /insert c\.t \(id=5\): another row has its unique key; in its way: id=9/);
  } finally {
    await copying.stop();
  }
});

test('overwrite: the target becomes like the source, each time logged', async () => {
  const { copying, warnings } = await run('overwrite');
  try {
    await from.run(CHANGES.join(';'));
    await copying.caughtUp(from);
    await assertEqualTables({ sql: from, table: 'c.t' }, { sql: to, table: 'c.t' });
    assert.deepEqual(
      warnings.map(({ conflict, key }) => [conflict, key]),
      [['row-missing', 'id=1'], ['row-missing', 'id=2'], ['row-exists', 'id=4'], ['key-taken', 'id=5']], // prettier-ignore
    );
    assert.equal(copying.durable?.conflicts, 4);
  } finally {
    await copying.stop();
  }
});

test('ignore: such rows are left out, each time logged, the others arrive', async () => {
  const { copying, warnings } = await run('ignore');
  try {
    await from.run(CHANGES.join(';'));
    await copying.caughtUp(from);
    const rows = await to.cells("SELECT CONCAT_WS(',', id, mail, v) FROM c.t ORDER BY id");
    assert.deepEqual(rows.map(String), ['3,three,30', '4,other,4', '9,five,9', '10,ten,10']);
    assert.equal(warnings.length, 4);
  } finally {
    await copying.stop();
  }
});
