import { setTimeout as sleep } from 'node:timers/promises';
import { registerTask } from '../coordination/registry.js';
import { taskSpecSchema } from '../coordination/schema/task-spec.js';
import { connectSql, type Sql } from '../test/core/source/sql.js';
import { startStack, type Stack } from '../test/stack/stack.js';
import { rowSql } from './fill.js';
import { runs, type BinlogPlace, type Field } from './field.js';

const CONNECTIONS = 6;
const STATEMENTS_PER_CALL = 50;
const LIMIT_MS = 600_000;
const REPLICA_PASSWORD = 'right-horse';

const TABLE = `(id BIGINT PRIMARY KEY, customer INT NOT NULL, state ENUM('new','paid','sent'), amount DECIMAL(12,2), rate DOUBLE,
  note VARCHAR(200), created DATETIME(6), updated TIMESTAMP, flags SMALLINT UNSIGNED, token BINARY(16))`;

/** Two more servers beside the field's source: a target for a Core, and a replica of MySQL's own. */
export class TargetField {
  readonly field: Field;
  readonly stack: Stack;
  readonly target: Sql;
  readonly replica: Sql;
  #tasks = 0;

  private constructor(field: Field, stack: Stack, target: Sql, replica: Sql) {
    this.field = field;
    this.stack = stack;
    this.target = target;
    this.replica = replica;
  }

  static async open(field: Field): Promise<TargetField> {
    const stack = await startStack(
      { mysql: 2 },
      { mysqlArgs: ['--server-id=77', '--replica-parallel-workers=4', '--skip-replica-start'] },
    );
    const [target, replica] = await Promise.all(stack.mysql.map((server) => connectSql(server)));
    return new TargetField(field, stack, target!, replica!);
  }

  async close(): Promise<void> {
    await this.target.close().catch(() => undefined);
    await this.replica.close().catch(() => undefined);
    await this.stack.stop();
  }

  /** A database with so many tables, at the source and, empty, at whoever is to apply. */
  async prepare(database: string, tables: number): Promise<void> {
    for (const sql of [this.field.sql, this.target, this.replica]) await makeTables(sql, database, tables);
  }

  /** Rows 1 to `rows`, `perTransaction` to a transaction, each transaction into one of the tables. */
  async fill(database: string, tables: number, rows: number, perTransaction: number): Promise<void> {
    let next = 1;
    const insert = (): string => {
      const ids = Array.from({ length: Math.min(perTransaction, rows - next + 1) }, (_, i) => next + i);
      const table = Math.floor(next / perTransaction) % tables;
      next += ids.length;
      return `INSERT INTO ${database}.t${table} VALUES ${ids.map(rowSql).join(',')}`;
    };
    const work = async (): Promise<void> => {
      const sql = await connectSql(this.field.stack.mysql[0]!);
      try {
        while (next <= rows) {
          const statements: string[] = [];
          while (statements.length < STATEMENTS_PER_CALL && next <= rows) statements.push(insert());
          await sql.run(statements.join(';'));
        }
      } finally {
        await sql.close();
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, work));
  }

  async register(task: string, database: string, from: 'latest' | BinlogPlace, parallel: number): Promise<void> {
    const { host, port } = this.field.stack.mysql[0]!;
    const source = {
      mysql: { host, port, user: 'repl', password: 'env:SOURCE_PASSWORD' },
      tables: [`${database}.*`],
      from,
    };
    const target = this.stack.mysql[0]!;
    const sink = { mysql: { host: target.host, port: target.port, user: 'root', parallel } };
    await registerTask(this.field.session, taskSpecSchema.parse({ name: task, source, sink }));
  }

  /** Seconds from RUNNING until a Core has applied what the source's binlog has from `from` on. */
  async applyByCore(database: string, from: BinlogPlace, plan: { parallel: number; tables: number; rows: number }) {
    await makeTables(this.target, database, plan.tables);
    const task = `${database}_${++this.#tasks}`;
    await this.register(task, database, from, plan.parallel);
    const core = this.field.core(task);
    await this.field.until(task, 'RUNNING', runs);
    const began = performance.now();
    await this.#untilRows(database, plan);
    const seconds = (performance.now() - began) / 1000;
    const cpu = await core.cpuSeconds();
    const megabytes = await core.peakMegabytes();
    await this.field.endCores();
    return { seconds, cpu, megabytes };
  }

  /** Seconds from START REPLICA until MySQL's own replica has applied the same. */
  async applyByReplica(from: BinlogPlace): Promise<number> {
    const { host, port } = this.field.stack.mysql[0]!;
    const { file, position } = await this.field.binlogEnd();
    await this.replica.run(`STOP REPLICA; RESET REPLICA ALL; RESET BINARY LOGS AND GTIDS;
      SET GLOBAL replica_preserve_commit_order = ON;
      CHANGE REPLICATION SOURCE TO SOURCE_HOST='${host}', SOURCE_PORT=${port}, SOURCE_USER='repl', SOURCE_PASSWORD='${REPLICA_PASSWORD}',
        SOURCE_LOG_FILE='${from.file}', SOURCE_LOG_POS=${from.position}, SOURCE_AUTO_POSITION=0, GET_SOURCE_PUBLIC_KEY=1`);
    const began = performance.now();
    await this.replica.run('START REPLICA');
    const waited = await this.replica.one(`SELECT SOURCE_POS_WAIT('${file}', ${position}, ${LIMIT_MS / 1000})`);
    const seconds = (performance.now() - began) / 1000;
    await this.replica.run('STOP REPLICA');
    if (!/^\d+$/.test(waited)) throw new Error(`the replica has not applied all: ${waited}`);
    return seconds;
  }

  async #untilRows(database: string, { tables, rows }: { tables: number; rows: number }): Promise<void> {
    const end = performance.now() + LIMIT_MS;
    // Sequences of ids are spread over the tables: the last transaction's table is looked at first, since a count is not cheap.
    for (;;) {
      const last = await this.target.one(
        Array.from({ length: tables }, (_, i) => `SELECT 1 FROM ${database}.t${i} WHERE id = ${rows}`).join(
          ' UNION ALL ',
        ),
      );
      if (last === '1') break;
      if (performance.now() > end) throw new Error(`not all rows of ${database} within ${LIMIT_MS} ms`);
      await sleep(20);
    }
    const counts = Array.from({ length: tables }, (_, i) => `(SELECT COUNT(*) FROM ${database}.t${i})`);
    // Connections of the fill wrote side by side: the last id need not be the last commit.
    while ((await this.target.one(`SELECT ${counts.join('+')}`)) !== String(rows)) await sleep(20);
  }
}

async function makeTables(sql: Sql, database: string, tables: number): Promise<void> {
  const all = Array.from({ length: tables }, (_, i) => `CREATE TABLE ${database}.t${i} ${TABLE}`);
  await sql.run([`DROP DATABASE IF EXISTS ${database}`, `CREATE DATABASE ${database}`, ...all].join(';'));
}
