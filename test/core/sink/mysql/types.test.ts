import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startStack, type Stack } from '../../../stack/stack.js';
import { connectSql, type Sql } from '../../source/sql.js';
import { assertEqualTables, Copying, targetSink } from './scene.js';
import { TYPE_CASES, type TypeCase } from './type-cases.js';

let stack: Stack;
let from: Sql;
const to = new Map<string, Sql>();

before(async () => {
  stack = await startStack({ mysql: 2, mariadb: 1 });
  from = await connectSql(stack.mysql[0]!);
  to.set('mysql', await connectSql(stack.mysql[1]!));
  to.set('mariadb', await connectSql(stack.mariadb[0]!));
  for (const sql of [from, ...to.values()]) {
    await sql.run("SET time_zone = '+00:00', sql_mode = 'ALLOW_INVALID_DATES'; CREATE DATABASE v");
  }
});

after(async () => {
  for (const sql of [from, ...to.values()]) await sql?.close();
  await stack?.stop();
});

/** Inserts, updates and deletes rows of one kind, in a table with a key and one without, and compares after each. */
async function copies({ name, columns, rows }: TypeCase, flavour: 'mysql' | 'mariadb'): Promise<void> {
  const target = to.get(flavour)!;
  const tables = [`${name}_key`, `${name}_bare`];
  const definition = (key: string): string =>
    `(i INT ${key}, ${columns}, touched INT NOT NULL DEFAULT 0) CHARSET utf8mb4`;
  for (const sql of [from, target]) {
    await sql.run(tables.map((table) => `DROP TABLE IF EXISTS v.${table}`).join(';'));
    await sql.run(
      `CREATE TABLE v.${tables[0]} ${definition('PRIMARY KEY')}; CREATE TABLE v.${tables[1]} ${definition('')}`,
    );
  }
  const server = flavour === 'mysql' ? stack.mysql[1]! : stack.mariadb[0]!;
  const sink = targetSink(server, {}, { task: `types-${name}` });
  const copying = new Copying(stack.mysql[0]!, sink, ['v.*']);
  await copying.start();
  try {
    const equal = async (): Promise<void> => {
      await copying.caughtUp(from);
      for (const table of tables)
        await assertEqualTables({ sql: from, table: `v.${table}` }, { sql: target, table: `v.${table}` });
    };
    for (const table of tables) {
      await from.run(rows.map((row, i) => `INSERT INTO v.${table} VALUES (${i}, ${row}, 0)`).join(';'));
    }
    await equal();
    for (const table of tables) await from.run(`UPDATE v.${table} SET touched = i + 1`);
    await equal();
    for (const table of tables) await from.run(`DELETE FROM v.${table}`);
    await equal();
    assert.equal(await target.one(`SELECT COUNT(*) FROM v.${tables[1]}`), '0');
  } finally {
    await copying.stop();
  }
}

for (const flavour of ['mysql', 'mariadb'] as const) {
  for (const one of TYPE_CASES) {
    if (flavour === 'mariadb' && one.mysqlOnly) continue;
    test(`MySQL to ${flavour}: ${one.name}`, () => copies(one, flavour));
  }
}
