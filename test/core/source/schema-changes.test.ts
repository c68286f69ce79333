import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Dice } from '../../chaos/dice.js';
import type { Stack } from '../../stack/stack.js';
import { startStack } from '../../stack/stack.js';
import { Reading, signal, testSource } from './reading.js';
import type { Sql } from './sql.js';
import { connectSql } from './sql.js';

const SEED = Number(process.env['DDL_SEED'] ?? 1);
const STEPS = Number(process.env['DDL_STEPS'] ?? 60);

let stack: Stack;
let sql: Sql;

before(async () => {
  stack = await startStack({ mysql: 1 });
  sql = await connectSql(stack.mysql[0]!);
  await sql.run('CREATE DATABASE d; USE d');
});
after(async () => {
  await sql.close();
  await stack.stop();
});

/** Statements that change the table `t`, whose columns are `id` and those given; each returns the columns behind it. */
function change(random: Dice, columns: string[], step: number): { statements: string; columns: string[] } {
  const some = random.pick(columns);
  const type = random.pick([
    'INT',
    'VARCHAR(40) CHARACTER SET latin1',
    'VARCHAR(300)',
    'TEXT',
    'DECIMAL(20,2)',
    'BIGINT',
  ]);
  const fresh = `c${step}`;
  const others = columns.filter((column) => column !== some);
  switch (random.between(0, 10)) {
    case 0:
      return { statements: `ALTER TABLE t ADD ${fresh} ${type} FIRST`, columns: [...columns, fresh] };
    case 1:
      return columns.length > 2
        ? { statements: `ALTER TABLE t DROP ${some}`, columns: others }
        : { statements: `ALTER TABLE t ADD ${fresh} ${type} AFTER id`, columns: [...columns, fresh] };
    case 2:
      return { statements: `ALTER TABLE t RENAME COLUMN ${some} TO ${fresh}`, columns: [...others, fresh] };
    case 3:
      return { statements: `UPDATE t SET ${some} = NULL; ALTER TABLE t MODIFY ${some} ${type} FIRST`, columns };
    case 4:
      return {
        statements: `UPDATE t SET ${some} = NULL; ALTER TABLE t CHANGE ${some} ${fresh} ${type}`,
        columns: [...others, fresh],
      };
    case 5:
      return { statements: 'TRUNCATE TABLE t', columns };
    case 6:
      return { statements: `DROP TABLE t; CREATE TABLE t (${fresh} ${type}, id INT PRIMARY KEY)`, columns: [fresh] };
    case 7:
      return { statements: 'CREATE TABLE s LIKE t; RENAME TABLE t TO old, s TO t; DROP TABLE old', columns };
    case 8:
      return {
        statements: 'ALTER TABLE t PARTITION BY HASH (id) PARTITIONS 3; ALTER TABLE t REMOVE PARTITIONING',
        columns,
      };
    case 9:
      // gh-ost's dance: a shadow with the change, rows copied, then both names swapped at once.
      return {
        statements: `CREATE TABLE _t_gho LIKE t; ALTER TABLE _t_gho ADD ${fresh} ${type} FIRST;
          INSERT INTO _t_gho (id, ${columns.join()}) SELECT id, ${columns.join()} FROM t; RENAME TABLE t TO _t_del, _t_gho TO t; DROP TABLE _t_del`,
        columns: [...columns, fresh],
      };
    default:
      return {
        statements: 'ALTER TABLE t CONVERT TO CHARACTER SET utf8mb3; ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4',
        columns,
      };
  }
}

test(`random schema changes, read from far behind (seed ${SEED}): every row with the columns of its own time`, async () => {
  const random = new Dice(SEED);
  await sql.run('CREATE TABLE t (id INT PRIMARY KEY, a INT, b VARCHAR(40))');
  const source = testSource(stack.mysql[0]!, ['d.t']);
  const from = await source.start(signal());
  let columns = ['a', 'b'];
  const expected: string[] = [];
  const statements: string[] = [];
  for (let step = 1; step <= STEPS; step++) {
    const next = change(random, columns, step);
    await sql.run(next.statements);
    statements.push(...next.statements.split(/;\s*/).filter((statement) => !/^(INSERT|UPDATE)/.test(statement)));
    columns = next.columns;
    const values = columns.map((_, i) => String(step * 10 + (i % 10)));
    await sql.run(`INSERT INTO t (id, ${columns.join()}) VALUES (${step}, ${values.join()})`);
    const shown = (await sql.cells(`SELECT * FROM t WHERE id = ${step}`))[0]!.map(String);
    const names = (
      await sql.cells(
        'SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = "d" AND TABLE_NAME = "t" ORDER BY ORDINAL_POSITION',
      )
    ).map(String);
    expected.push(names.map((name, i) => `${name}=${shown[i]}`).join());
  }
  const reading = new Reading(source, from);
  const inserted = (): string[] =>
    reading.changes.flatMap((read) =>
      read.kind === 'insert'
        ? read.rows.map((row) => read.table.columns.map(({ name }, i) => `${name}=${String(row[i])}`).join())
        : [],
    );
  await reading.until(() => inserted().length >= STEPS);
  await reading.stop();
  await source.close();
  assert.deepEqual(inserted(), expected);
  // Of the shadow tables only those statements come that name the table itself.
  const wanted = statements.filter((statement) => /\bt\b/.test(statement.replace(/ LIKE t$/, ''))).length;
  assert.equal(reading.schemaChanges.length, wanted);
  for (const { tables, database, place } of reading.schemaChanges) {
    assert.ok(tables.some(({ database: of, name }) => of === 'd' && name === 't'));
    assert.equal(database, 'd');
    assert.ok(place.transaction);
  }
});
