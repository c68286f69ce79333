import assert from 'node:assert/strict';
import { mysqlSink, type MysqlSink } from '../../../../coordination/schema/task-spec.js';
import type { Position } from '../../../../coordination/position.js';
import { createMysqlSink, type MysqlSinkOptions } from '../../../../core/sink/mysql/mysql-sink.js';
import type { Claim, Durable, Sink } from '../../../../core/sink/sink.js';
import type { Chunk } from '../../../../core/source/source.js';
import { testSource, type TestSource } from '../../source/reading.js';
import type { Sql } from '../../source/sql.js';
import { quiet } from '../fixtures.js';

export interface Server {
  readonly host: string;
  readonly port: number;
}

export function targetSpec({ host, port }: Server, more: Partial<MysqlSink> = {}): MysqlSink {
  return mysqlSink.parse({ host, port, user: 'root', ...more });
}

export function targetSink(
  server: Server,
  more: Partial<MysqlSink> = {},
  options: Partial<Omit<MysqlSinkOptions, 'spec'>> = {},
): Sink {
  return createMysqlSink({ task: 'test', log: quiet, ...options, spec: targetSpec(server, more) });
}

export function claimOf(term: number, position: Position, more: Partial<Claim> = {}): Claim {
  return { term, position, order: undefined, sink: undefined, adoptTerm: undefined, ...more };
}

/** What `lastCommit` would remember of a run that ended like this. */
export function after(term: number, durable: Durable): Claim {
  return claimOf(term, durable.position, { sink: durable.sink });
}

/** A source and a target, and the loop of a pipeline between them. */
export class Copying {
  readonly source: TestSource;
  readonly sink: Sink;
  readonly #abort = new AbortController();
  #running: Promise<unknown> | undefined;
  #look: (() => void) | undefined;
  #outcome: { readonly thrown: unknown } | undefined;
  durable: Durable | undefined;

  constructor(source: Server, sink: Sink, tables: string[], more: Parameters<typeof testSource>[2] = {}) {
    this.source = testSource(source, tables, more);
    this.sink = sink;
  }

  /** From where the source's log ends now, or from a claim. */
  async start(claim?: Claim, each: (chunk: Chunk) => Promise<void> | void = () => undefined): Promise<void> {
    const { signal } = this.#abort;
    const first = claim ?? claimOf(1, await this.source.start(signal));
    await this.sink.open(signal);
    this.durable = await this.sink.claim(first, signal);
    this.#running = this.#run(this.durable.position, each);
  }

  /** Resolves when all that the source has committed by now is in the target. */
  async caughtUp(sql: Sql): Promise<void> {
    const [row] = await sql.cells('SHOW BINARY LOG STATUS').catch(() => sql.cells('SHOW MASTER STATUS'));
    const [file, offset] = [String(row![0]), Number(String(row![1]))];
    await this.until(({ position }) => position.file === file && position.offset >= offset);
  }

  async until(holds: (durable: Durable) => boolean): Promise<void> {
    while (!this.durable || !holds(this.durable)) {
      if (this.#outcome) throw this.#outcome.thrown;
      await new Promise<void>((resolve) => (this.#look = resolve));
    }
  }

  /** What ended it. */
  async failure(): Promise<unknown> {
    await this.#running;
    return this.#outcome?.thrown;
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error('test is over'));
    await this.#running;
    await this.sink.close();
    await this.source.close();
  }

  async #run(from: Position, each: (chunk: Chunk) => Promise<void> | void): Promise<void> {
    try {
      for await (const chunk of this.source.read(from, this.#abort.signal)) {
        await each(chunk);
        const { changes, end, eventTime } = chunk;
        this.durable = await this.sink.write({ changes, end, eventTime }, this.#abort.signal);
        this.#look?.();
      }
    } catch (thrown) {
      this.#outcome = { thrown };
    }
    this.#look?.();
  }
}

/** All rows of a table as text, in the order of their bytes. */
export async function contents(sql: Sql, table: string, columns = '*'): Promise<string[]> {
  const rows = await sql.cells(`SELECT ${columns} FROM ${table}`);
  return rows.map((row) => row.map((cell) => (cell === null ? 'NULL' : cell.toString('hex'))).join('|')).sort();
}

/** Both have the same rows, byte for byte as SELECT shows them. */
export async function assertEqualTables(
  source: { sql: Sql; table: string },
  target: { sql: Sql; table: string },
  columns = '*',
): Promise<void> {
  const [want, have] = [
    await contents(source.sql, source.table, columns),
    await contents(target.sql, target.table, columns),
  ];
  const missing = want.filter((row) => !have.includes(row));
  assert.deepEqual(
    missing.slice(0, 3),
    [],
    `${target.table}: ${missing.length} of ${want.length} rows are missing or differ`,
  );
  assert.equal(have.length, want.length, `${target.table} has other rows besides`);
}
