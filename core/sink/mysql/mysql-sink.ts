import { Failure } from '../../../coordination/failure.js';
import type { Logger } from '../../../coordination/log.js';
import type { MysqlSink as MysqlSinkSpec } from '../../../coordination/schema/task-spec.js';
import type { Position } from '../../../coordination/position.js';
import type { SchemaChange } from '../../change.js';
import type { Batch, Claim, Durable, Sink } from '../sink.js';
import { Applier } from './applier.js';
import { Bookkeeping } from './bookkeeping.js';
import { RowByRow } from './conflict.js';
import { LeadRow, type End } from './lead-row.js';
import { OpenTransaction } from './open-transaction.js';
import { releasePredecessor } from './predecessor.js';
import {
  isSchemaChange,
  sameTransaction,
  sourceTransactions,
  transactionOf,
  type SourceTransaction,
  type Step,
} from './source-transactions.js';
import type { SourceSide } from './source-side.js';
import { createTable } from './create-table.js';
import { SchemaChanges } from './schema-changes.js';
import { TableNames, type TableName } from './table-names.js';
import { TargetConnection } from './target-connection.js';
import { targetFailure } from './target-failure.js';
import { TargetTables } from './target-tables.js';

export interface MysqlSinkOptions {
  readonly task: string;
  readonly spec: MysqlSinkSpec;
  /** Of `spec.user`. */
  readonly password?: string | undefined;
  readonly log: Logger;
  /** The task's patterns of tables, for schema changes. */
  readonly selected?: readonly string[];
  /** What the source can be asked for, where it is a database. */
  readonly source?: SourceSide | undefined;
}

/** How often a position moves for nothing but itself. */
const IDLE_COMMIT_MS = 1_000;

/**
 * A MySQL or MariaDB database as a sink, exactly once: each transaction of the target holds rows and the place up to which they go, in a row of
 * the task's that only the last to claim it can move.
 */
export function createMysqlSink(options: MysqlSinkOptions): Sink {
  return new MysqlSink(options);
}

/** What a lead has after its claim. */
interface Lead {
  readonly row: LeadRow;
  readonly applier: Applier;
  readonly rowByRow: RowByRow;
}

class MysqlSink implements Sink {
  readonly #options: MysqlSinkOptions;
  readonly #books: Bookkeeping;
  readonly #tables: TargetTables;
  readonly #schemaChanges: SchemaChanges;
  #opening: Promise<void> | undefined;
  #connections: TargetConnection[] = [];
  #lead: Lead | undefined;
  #open: OpenTransaction | undefined;
  #failed = false;
  /** Ends questions to the source. */
  #closed = new AbortController();
  #committedAt = -Infinity;

  constructor(options: MysqlSinkOptions) {
    const { task, spec, password } = options;
    this.#options = options;
    this.#books = new Bookkeeping(spec.bookkeeping, task);
    const names = new TableNames(spec.tables);
    const { source, selected = [], log } = options;
    this.#schemaChanges = new SchemaChanges({ task, policy: spec.ddl, names, selected, log });
    const create =
      source &&
      (async (from: TableName): Promise<void> => {
        const { signal } = this.#closed;
        // On a connection of its own: it would commit what another one has open.
        const connection = await TargetConnection.open({ spec, password }, signal);
        try {
          await createTable(connection, source, names, { from, signal });
        } finally {
          await connection.close();
        }
      });
    this.#tables = new TargetTables({ names, create: spec.create ? create : undefined });
  }

  open(signal: AbortSignal): Promise<void> {
    this.#opening ??= this.#connect(signal);
    return this.#opening;
  }

  async #connect(signal: AbortSignal): Promise<void> {
    const { spec, password } = this.#options;
    try {
      const opened = await Promise.allSettled(
        Array.from({ length: spec.parallel }, () => TargetConnection.open({ spec, password }, signal)),
      );
      this.#connections = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      for (const one of opened) if (one.status === 'rejected') throw one.reason;
      await this.#unlessAborted(signal, () => this.#books.prepare(this.#connections[0]!));
      this.#tables.forget();
      this.#lead = undefined;
      this.#open = undefined;
      this.#failed = false;
    } catch (error) {
      await this.close();
      signal.throwIfAborted();
      throw targetFailure(error, this.#place);
    }
  }

  async claim(claim: Claim, signal: AbortSignal): Promise<Durable> {
    this.#lead = undefined;
    this.#open = undefined;
    const [connection] = this.#opened();
    const { task, log, spec } = this.#options;
    return this.#work(signal, async () => {
      await releasePredecessor(this.#connections, { books: this.#books, claim, task, log });
      // What cascades at such a source is in its binlog, children first, and was checked there.
      const trusted = !this.#options.source || (await this.#options.source.logsCascades(signal));
      const checks = `SET SESSION foreign_key_checks = ${trusted ? 0 : 1}`;
      await Promise.all(this.#connections.map((one) => one.run(checks)));
      const row = await LeadRow.claim(this.#books, connection!, claim);
      const rowByRow = new RowByRow({ policy: spec.conflict, task, log });
      const applier = new Applier({
        connections: this.#connections,
        tables: this.#tables,
        row,
        rowByRow,
        order: spec.order,
        log,
      });
      this.#lead = { row, applier, rowByRow };
      return row.durable;
    });
  }

  async write(batch: Batch, signal: AbortSignal): Promise<Durable> {
    const { row } = this.#claimed();
    this.#opened();
    return this.#work(signal, async () => {
      const inside = batch.end.events > 0;
      const end: End | undefined = inside ? undefined : { position: batch.end, eventTime: batch.eventTime };
      const steps = sourceTransactions(batch.changes, inside).filter(
        (step) => !row.hasPassed(isSchemaChange(step) ? transactionOf(step.place) : step.transaction),
      );
      await this.#steps(steps, { end, last: batch.end }, signal);
      return { ...row.durable, conflicts: this.#claimed().rowByRow.conflicts };
    });
  }

  /** Applies step after step: transactions together, up to a schema change or one that goes on in the next batch. */
  async #steps(
    steps: readonly Step[],
    { end, last }: { end: End | undefined; last: Position },
    signal: AbortSignal,
  ): Promise<void> {
    const { row, applier } = this.#claimed();
    let rest = await this.#goOn(steps, end);
    while (rest.length > 0) {
      signal.throwIfAborted();
      const stop = rest.findIndex((step) => isSchemaChange(step) || !step.ends);
      const together = rest.slice(0, stop < 0 ? rest.length : stop) as SourceTransaction[];
      rest = rest.slice(together.length);
      if (together.length > 0) {
        await this.#prepare(together);
        await applier.apply(together, rest.length === 0 ? end : undefined);
        this.#committedAt = performance.now();
      }
      const [next] = rest;
      if (!next) return;
      rest = rest.slice(1);
      if (isSchemaChange(next)) {
        const ends = rest.length === 0 ? end : undefined;
        await this.#schemaChange(next, rest[0], { end: ends, last });
      } else await this.#begin(next);
    }
    if (end && !this.#open && row.isBehind(end)) await this.#moveOnly(end);
  }

  /** Continues or ends the transaction that the batch before left open. Resolves to the steps after it. */
  async #goOn(steps: readonly Step[], end: End | undefined): Promise<readonly Step[]> {
    const open = this.#open;
    if (!open) return steps;
    const { row, rowByRow } = this.#claimed();
    const [first, ...others] = steps;
    const continues =
      first !== undefined && !isSchemaChange(first) && sameTransaction(first.transaction, open.transaction);
    if (continues) {
      await this.#prepare([first]);
      await open.add(this.#tables.ops(first.changes), rowByRow);
      if (!first.ends) return others;
    } else if (!first && !end) return steps;
    const rest = continues ? others : steps;
    await open.commit(row, { end: rest.length === 0 ? end : undefined, applied: [open.transaction] });
    this.#open = undefined;
    return rest;
  }

  async #begin(part: SourceTransaction): Promise<void> {
    const { rowByRow } = this.#claimed();
    await this.#prepare([part]);
    this.#open = new OpenTransaction(part.transaction, this.#connections[0]!);
    await this.#open.add(this.#tables.ops(part.changes), rowByRow);
  }

  async #prepare(transactions: readonly SourceTransaction[]): Promise<void> {
    for (const { changes } of transactions) await this.#tables.prepare(this.#connections.at(-1)!, changes);
  }

  async #moveOnly(end: End): Promise<void> {
    const { row } = this.#claimed();
    if (performance.now() - this.#committedAt < IDLE_COMMIT_MS) return;
    const move = row.move({ end, applied: [] });
    move.accept((await this.#connections[0]!.run(move.sql))[0]);
    this.#committedAt = performance.now();
  }

  /** @param next what comes after it @param end where the chunk ends, if it ends with it */
  async #schemaChange(
    change: SchemaChange,
    next: Step | undefined,
    { end, last }: { end: End | undefined; last: Position },
  ): Promise<void> {
    const { row } = this.#claimed();
    const place = next && (isSchemaChange(next) ? transactionOf(next.place) : next.transaction);
    const behind = place ? { file: place.file, offset: place.offset, events: 0 } : last;
    const step = { end, applied: [transactionOf(change.place)] };
    await this.#schemaChanges.meet(this.#connections[0]!, row, change, step, behind);
    this.#tables.forget();
  }

  async close(): Promise<void> {
    this.#closed.abort(new Error('the sink is closed'));
    this.#closed = new AbortController();
    this.#opening = undefined;
    this.#lead = undefined;
    this.#open = undefined;
    const connections = this.#connections;
    this.#connections = [];
    await Promise.all(connections.map((connection) => connection.close()));
  }

  get #place(): string {
    const { host, port } = this.#options.spec;
    return `${host}:${port}`;
  }

  #opened(): readonly TargetConnection[] {
    if (this.#connections.length > 0 && !this.#failed) return this.#connections;
    throw new Failure('internal', 'the sink is not open: after a failure it is closed and opened');
  }

  #claimed(): Lead {
    if (this.#lead) return this.#lead;
    throw new Failure('internal', 'a write before the sink was claimed');
  }

  /** Whatever fails leaves the sink to be closed and claimed anew: only the target knows then what was committed. */
  async #work<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    try {
      return await this.#unlessAborted(signal, work);
    } catch (error) {
      this.#failed = true;
      await this.close();
      signal.throwIfAborted();
      throw targetFailure(error, this.#place);
    }
  }

  /** An abort closes the connections, which ends what is under way. */
  async #unlessAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const abort = (): void => {
      for (const connection of this.#connections) void connection.close();
    };
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await work();
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }
}
