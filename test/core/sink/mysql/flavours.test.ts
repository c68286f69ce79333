import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { taskSpecSchema } from '../../../../coordination/schema/task-spec.js';
import { preflightTarget } from '../../../../core/sink/mysql/preflight-target.js';
import { sourceSide } from '../../../../core/sink/mysql/source-side.js';
import type { MysqlSink } from '../../../../coordination/schema/task-spec.js';
import { startStack, type Stack } from '../../../stack/stack.js';
import { connectSql, type Sql } from '../../source/sql.js';
import { assertEqualTables, Copying, targetSink, targetSpec, type Server } from './scene.js';

let stack: Stack;
const clients = new Map<Server, Sql>();

before(async () => {
  stack = await startStack({ mysql: 2, mariadb: 1 });
  for (const server of [...stack.mysql, ...stack.mariadb]) clients.set(server, await connectSql(server));
});

after(async () => {
  for (const sql of clients.values()) await sql.close();
  await stack?.stop();
});

function copyingTo(from: Server, to: Server, tables: string[], more: Partial<MysqlSink>): Copying {
  const source = sourceSide({ host: from.host, port: from.port, user: 'root' }, undefined);
  const sink = targetSink(to, more, { task: `into-${to.port}`, source, selected: tables });
  return new Copying(from, sink, tables);
}

/** Rows and schema changes in turn, as a dice says. */
function stream(database: string, dice: () => number): string[] {
  const columns = new Map([['a', ['v']], ['b', ['v']]]); // prettier-ignore
  const statements: string[] = [];
  for (let i = 0; i < 250; i++) {
    const [name, extra] = [...columns][Math.floor(dice() * columns.size)]!;
    const table = `${database}.${name}`;
    const what = Math.floor(dice() * 14);
    if (what === 0 && extra.length < 6) {
      extra.push(`c${i}`);
      statements.push(
        `ALTER TABLE ${table} ADD COLUMN c${i} ${['INT', 'VARCHAR(30)', 'DATETIME(3)'][i % 3]}${i % 2 ? ' FIRST' : ''}`,
      );
    } else if (what === 1 && extra.length > 1) statements.push(`ALTER TABLE ${table} DROP COLUMN ${extra.pop()!}`);
    else if (what === 2) statements.push(`ALTER TABLE ${table} MODIFY v BIGINT`, `CREATE INDEX i${i} ON ${table} (v)`);
    else if (what === 3 && dice() < 0.3) statements.push(`TRUNCATE TABLE ${table}`);
    else if (what === 4 && columns.size < 4) {
      columns.set(`n${i}`, ['v']);
      statements.push(
        `CREATE TABLE ${database}.n${i} LIKE ${table}`,
        `DROP TABLE ${database}.n${i}`,
        `CREATE TABLE ${database}.n${i} (id INT PRIMARY KEY, v INT)`,
      );
    } else if (what === 5 && name.startsWith('n')) {
      columns.delete(name);
      columns.set(`${name}r`, extra);
      statements.push(`RENAME TABLE ${table} TO ${database}.${name}r`);
    } else if (what < 9) statements.push(`REPLACE INTO ${table} (id, v) VALUES (${i}, ${i}), (${i + 1000}, 7)`);
    else if (what < 12) statements.push(`UPDATE ${table} SET v = v + 1 WHERE id % 3 = ${i % 3}`);
    else statements.push(`DELETE FROM ${table} WHERE id % 7 = ${i % 7}`);
  }
  return statements;
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
}

const ways = [
  { name: 'MySQL to MySQL', from: () => stack.mysql[0]!, to: () => stack.mysql[1]! },
  { name: 'MySQL to MariaDB', from: () => stack.mysql[0]!, to: () => stack.mariadb[0]! },
  { name: 'MariaDB to MySQL', from: () => stack.mariadb[0]!, to: () => stack.mysql[1]! },
];

for (const [i, { name, from, to }] of ways.entries()) {
  test(`${name}: tables are made, and a random stream of rows and schema changes ends equal`, async (t) => {
    const seed = Number(process.env['SEED'] ?? 4711 + i);
    t.diagnostic(`seed ${seed}`);
    const database = `s${i}`;
    const [source, target] = [clients.get(from())!, clients.get(to())!];
    await source.run(
      `CREATE DATABASE ${database}; ${['a', 'b'].map((table) => `CREATE TABLE ${database}.${table} (id INT PRIMARY KEY, v INT)`).join(';')}`,
    );
    const more = {
      create: true,
      ddl: 'apply' as const,
      order: i === 1 ? ('key' as const) : ('commit' as const),
      tables: { [`${database}.*`]: `copy_${database}.*` },
    };
    const copying = copyingTo(from(), to(), [`${database}.*`], more);
    await copying.start();
    try {
      // A table is made when its first row comes; a schema change before that would not find it.
      await source.run(`INSERT INTO ${database}.a VALUES (-1, 0); INSERT INTO ${database}.b VALUES (-1, 0)`);
      await copying.caughtUp(source);
      for (const statement of stream(database, seeded(seed))) await source.run(statement);
      await copying.caughtUp(source);
      const tables = (await source.cells(`SHOW TABLES FROM ${database}`)).map(String);
      assert.deepEqual((await target.cells(`SHOW TABLES FROM copy_${database}`)).map(String), tables);
      for (const table of tables) {
        const columns = (
          await source.cells(
            `SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = '${database}' AND TABLE_NAME = '${table}'`,
          )
        ).map(String);
        await assertEqualTables(
          { sql: source, table: `${database}.${table}` },
          { sql: target, table: `copy_${database}.${table}` },
          columns.join(),
        );
      }
    } finally {
      await copying.stop();
    }
  });
}

test('a table that is made while a larger transaction is open does not commit it', async () => {
  const [from, to] = [clients.get(stack.mysql[0]!)!, clients.get(stack.mysql[1]!)!];
  await from.run(
    'CREATE DATABASE o; CREATE TABLE o.a (id INT PRIMARY KEY, pad VARCHAR(500)); CREATE TABLE o.b (id INT PRIMARY KEY)',
  );
  const copying = copyingTo(stack.mysql[0]!, stack.mysql[1]!, ['o.*'], { create: true, parallel: 1 });
  await copying.start();
  try {
    const rows = (first: number): string =>
      Array.from({ length: 5_000 }, (_, i) => `(${first + i},'${'x'.repeat(400)}')`).join();
    await from.run(
      `BEGIN; INSERT INTO o.a VALUES ${rows(0)}; INSERT INTO o.b VALUES (1); INSERT INTO o.a VALUES ${rows(5_000)}; COMMIT`,
    );
    let seen = 0;
    while (seen === 0) seen = Number(await to.one('SELECT COUNT(*) FROM o.a').catch(() => '0'));
    assert.equal(seen, 10_000);
    await copying.caughtUp(from);
    assert.equal(await to.one('SELECT COUNT(*) FROM o.b'), '1');
  } finally {
    await copying.stop();
  }
});

async function findings(sink: Partial<MysqlSink>, to: Server, tables: string[], user = 'root') {
  const [from] = stack.mysql;
  const source = { mysql: { host: from!.host, port: from!.port, user: 'root' }, tables };
  const spec = taskSpecSchema.parse({ name: 'look', source, sink: { mysql: { ...targetSpec(to, sink), user } } });
  const found = await preflightTarget({
    task: 'look',
    source: spec.source,
    sink: spec.sink.mysql!,
    sinkPassword: undefined,
    sourcePassword: undefined,
    signal: AbortSignal.timeout(30_000),
  });
  return found.filter(({ level }) => level !== 'ok').map(({ level, check, mend }) => ({ level, check, mend }));
}

test('preflight: each finding has the statement that mends it, and it does', async () => {
  const [from, to] = [clients.get(stack.mysql[0]!)!, clients.get(stack.mysql[1]!)!];
  await from.run(`CREATE DATABASE look; CREATE TABLE look.t (id INT PRIMARY KEY, name VARCHAR(20) COLLATE utf8mb4_bin UNIQUE, more INT NOT NULL DEFAULT 3);
    CREATE TABLE look.gone (id INT PRIMARY KEY, o INT, FOREIGN KEY (o) REFERENCES look.t (id)); CREATE TABLE look.bare (a INT)`);
  await to.run(`CREATE DATABASE look; CREATE TABLE look.t (id INT PRIMARY KEY, name VARCHAR(20) COLLATE utf8mb4_0900_ai_ci UNIQUE, own INT NOT NULL);
    CREATE TRIGGER look.g BEFORE INSERT ON look.t FOR EACH ROW SET NEW.id = NEW.id; CREATE TABLE look.bare (a INT) ENGINE=MyISAM;
    CREATE USER poor@'%'; GRANT SELECT ON look.* TO poor@'%'`);
  const before = await findings({}, stack.mysql[1]!, ['look.*']);
  assert.deepEqual(
    before.map(({ check }) => check).sort(),
    ['target_collation', 'target_columns', 'target_columns', 'target_engine', 'target_key_missing', 'target_table_missing', 'target_trigger'], // prettier-ignore
  );
  for (const { mend, check } of before) {
    const statement = mend!
      .replace(/^.*on the target: /, '')
      .replace('SET DEFAULT …', 'SET DEFAULT 0')
      .replace('PRIMARY KEY (…)', 'PRIMARY KEY (a)');
    await to.run(statement).catch((error: unknown) => assert.fail(`${check}: ${statement}: ${String(error)}`));
  }
  assert.deepEqual(await findings({}, stack.mysql[1]!, ['look.*']), []);
  const poor = await findings({}, stack.mysql[1]!, ['look.*'], 'poor');
  assert.deepEqual(poor.map(({ check }) => check), ['target_privileges', 'target_privileges']); // prettier-ignore
  assert.match(poor[0]!.mend!, /GRANT INSERT, UPDATE, DELETE ON `look`/);
  const loop = await findings({}, stack.mysql[0]!, ['look.*']);
  assert.deepEqual(loop.map(({ check }) => check), ['target_loop']); // prettier-ignore
});

test('a target that is read-only, or has the rows locked, is waited for', async () => {
  const [from, to] = [clients.get(stack.mysql[0]!)!, clients.get(stack.mysql[1]!)!];
  for (const sql of [from, to]) await sql.run('CREATE DATABASE w; CREATE TABLE w.t (id INT PRIMARY KEY, v INT)');
  const copying = copyingTo(stack.mysql[0]!, stack.mysql[1]!, ['w.*'], {});
  await copying.start();
  const holder = await connectSql(stack.mysql[1]!);
  try {
    await from.run('INSERT INTO w.t VALUES (1, 1), (2, 2)');
    await copying.caughtUp(from);
    await holder.run('BEGIN; SELECT * FROM w.t WHERE id = 1 FOR UPDATE');
    await from.run('UPDATE w.t SET v = 10 WHERE id = 1; UPDATE w.t SET v = 20 WHERE id = 2');
    while ((await to.one("SELECT COUNT(*) FROM performance_schema.data_locks WHERE LOCK_STATUS = 'WAITING'")) === '0');
    await holder.run('ROLLBACK');
    await copying.caughtUp(from);
    await assertEqualTables({ sql: from, table: 'w.t' }, { sql: to, table: 'w.t' });
    await to.run('SET GLOBAL super_read_only = ON');
    await from.run('UPDATE w.t SET v = 11 WHERE id = 1');
    const failure = (await copying.failure()) as { kind: string; then: string };
    assert.deepEqual([failure.kind, failure.then], ['sink-busy', 'retry']);
  } finally {
    await to.run('SET GLOBAL super_read_only = OFF, GLOBAL read_only = OFF');
    await holder.close();
    await copying.stop();
  }
});
