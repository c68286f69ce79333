import { createHash } from 'node:crypto';
import { Failure } from '../../../coordination/failure.js';
import type { Logger } from '../../../coordination/log.js';
import { formatPosition, type Position } from '../../../coordination/position.js';
import type { MysqlSink } from '../../../coordination/schema/task-spec.js';
import type { SchemaChange } from '../../change.js';
import { rewriteDdl, type Rewritten } from './ddl-rewrite.js';
import type { LeadRow, Step } from './lead-row.js';
import { identifier } from './literal.js';
import { tableFilter, type TableFilter } from '../../source/table-filter.js';
import type { TableName, TableNames } from './table-names.js';
import type { TargetConnection } from './target-connection.js';
import { isLocked, targetFailure, TargetError } from './target-failure.js';

export interface SchemaChangesOptions {
  readonly task: string;
  readonly policy: MysqlSink['ddl'];
  readonly names: TableNames;
  /** The task's patterns of tables. */
  readonly selected: readonly string[];
  readonly log: Logger;
}

const NO_SUCH_TABLE = 1146;
const NO_SUCH_DATABASE = 1049;
/** A statement waits so long for others that use its table. */
const LOCK_WAIT_SECONDS = 60;
const SHOWN = 300;

/** Carries out, leaves out or stops at a statement that changes the schema. Nothing else is under way in the target meanwhile. */
export class SchemaChanges {
  readonly #options: SchemaChangesOptions;
  readonly #selectsTable: TableFilter;
  readonly #selectsDatabase: TableFilter;

  constructor(options: SchemaChangesOptions) {
    const { selected } = options;
    this.#options = options;
    this.#selectsTable = tableFilter(selected, { lowerCaseTableNames: 0 });
    // A database is of interest where any table of it could be.
    const databases = selected
      .filter((pattern) => !pattern.startsWith('!'))
      .map((pattern) => pattern.replace(/\..*$/, '.*'));
    this.#selectsDatabase = tableFilter(databases, { lowerCaseTableNames: 0 });
  }

  /**
   * @param step what the bookkeeping says when it is done
   * @param behind where a task goes on without it
   * @throws Failure sink-schema, sink-fenced, sink-busy; TargetError
   */
  async meet(
    connection: TargetConnection,
    row: LeadRow,
    change: SchemaChange,
    step: Step,
    behind: Position,
  ): Promise<void> {
    const { policy, log } = this.#options;
    const rewritten = this.#rewrite(change);
    const place = placeOf(change);
    // What names no table that could be read may be about any.
    const selected = rewritten.kind === 'other' || rewritten.tables.some((name) => this.#selected(name));
    if (!selected || policy === 'ignore') {
      if (selected)
        log.warn({ place, statement: shown(change.statement) }, 'a schema change is left out, as the task says');
      await done(connection, row, step);
      return;
    }
    if (policy === 'stop') throw this.#stop(change, 'the task stops at schema changes (sink.mysql.ddl: stop)', behind);
    if (rewritten.kind === 'other') throw this.#stop(change, 'it is not understood', behind);
    if (rewritten.kind === 'drop-database')
      throw this.#stop(change, 'a whole database is not dropped by itself', behind);
    if (rewritten.kind === 'table' && !rewritten.tables.every((name) => this.#selected(name))) {
      throw this.#stop(change, 'it names a table that the task does not replicate, too', behind);
    }
    await this.#apply(connection, row, { change, rewritten, step, behind });
  }

  /**
   * A statement commits by itself, so a crash leaves it open whether it was carried out. Before it the bookkeeping remembers how its tables
   * looked: if they look otherwise when it is met again, it was.
   */
  async #apply(
    connection: TargetConnection,
    row: LeadRow,
    { change, rewritten, step, behind }: { change: SchemaChange; rewritten: Rewritten; step: Step; behind: Position },
  ): Promise<void> {
    const { log } = this.#options;
    const place = placeOf(change);
    const now = await this.#looks(connection, rewritten.tables);
    const begun = row.statement;
    if (begun !== `${place} ${now}`) {
      if (begun.startsWith(`${place} `)) {
        log.info({ place }, 'the schema change was carried out before; going on behind it');
        await done(connection, row, step);
        return;
      }
      const before = row.move({ end: undefined, applied: [], statement: `${place} ${now}` });
      before.accept((await connection.run(before.sql))[0]);
    }
    try {
      await connection.run(`SET SESSION lock_wait_timeout=${LOCK_WAIT_SECONDS}`);
      await connection.run(rewritten.sql, 0);
    } catch (error) {
      if (!(error instanceof TargetError) || error.fatal || isLocked(error)) throw error;
      const failure = targetFailure(error, place);
      // A full disk or a read-only server will pass; what the statement itself is refused for will not.
      if (failure.then === 'retry' && failure.kind !== 'internal') throw failure;
      throw this.#stop(change, `the target refuses it: ${error.message}`, behind, error);
    }
    log.info({ place, statement: shown(rewritten.sql) }, 'a schema change was carried out');
    await done(connection, row, step);
  }

  #rewrite({ statement, database }: SchemaChange): Rewritten {
    const { names } = this.#options;
    return rewriteDdl(statement, { database, rename: (name) => names.of(name) });
  }

  #selected({ database, name }: TableName): boolean {
    return name === '' ? this.#selectsDatabase(database, name) : this.#selectsTable(database, name);
  }

  /** The definitions of the tables in the target as one short text. */
  async #looks(connection: TargetConnection, tables: readonly TableName[]): Promise<string> {
    const hash = createHash('sha256');
    for (const table of tables) {
      const { database, name } = this.#options.names.of(table);
      const show =
        name === ''
          ? `SHOW CREATE DATABASE ${identifier(database)}`
          : `SHOW CREATE TABLE ${identifier(database)}.${identifier(name)}`;
      try {
        const [found] = await connection.rows(show);
        hash.update(String(Object.values(found ?? {})[1]).replace(/ AUTO_INCREMENT=\d+/, ''));
      } catch (error) {
        if (!(error instanceof TargetError) || (error.errno !== NO_SUCH_TABLE && error.errno !== NO_SUCH_DATABASE))
          throw error;
        hash.update('none');
      }
      hash.update('\n');
    }
    return hash.digest('hex').slice(0, 16);
  }

  #stop(change: SchemaChange, why: string, behind: Position, cause?: unknown): Failure {
    const { task, policy } = this.#options;
    const other = policy === 'stop' ? '; or set sink.mysql.ddl to apply or ignore, and resume' : '';
    return new Failure('sink-schema', `${why}: ${shown(change.statement)}`, {
      place: placeOf(change),
      remedy: `do on the target what it asks for, or decide not to, then go on behind it: mysql-replicator task resume ${task} --from ${formatPosition(behind)}${other}`,
      cause,
    });
  }
}

async function done(connection: TargetConnection, row: LeadRow, step: Step): Promise<void> {
  const move = row.move(step);
  move.accept((await connection.run(move.sql))[0]);
}

function placeOf({ place }: SchemaChange): string {
  return place.gtid === undefined ? `${place.file}:${place.offset}` : `${place.file}:${place.offset}, ${place.gtid}`;
}

function shown(statement: string): string {
  const line = statement.replace(/\s+/g, ' ').trim();
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
}
