import { randomUUID } from 'node:crypto';
import { Failure } from '../../../coordination/failure.js';
import { formatPosition } from '../../../coordination/position.js';
import { parseStoredPosition, type StoredPosition } from '../../../coordination/schema/stored-position.js';
import type { RowAt } from '../../../coordination/schema/znodes.js';
import { identifier, quoted } from './literal.js';
import type { TargetConnection } from './target-connection.js';

/** What the target itself knows of a task. */
export interface Stored {
  readonly at: RowAt;
  readonly value: StoredPosition;
  /** Transactions behind the position that are there already; see applied.ts. */
  readonly applied: string;
  /** A schema change that was begun, as its place; empty when none is open. */
  readonly statement: string;
}

/** Answers of `UPDATE … WHERE task = ? AND term = ? AND version = ?`. */
export interface Entry {
  readonly value: StoredPosition;
  readonly applied: string;
  readonly statement?: string;
}

/**
 * The task's row in the target's bookkeeping: written in the same transaction as the rows, and only by who wrote it last, so that of two leads
 * one matches nothing and writes nothing.
 */
export class Bookkeeping {
  readonly #schema: string;
  readonly #table: string;
  /** Of transactions that were committed out of order behind the position, until the position is past them. */
  readonly #notes: string;
  readonly #task: string;

  constructor(schema: string, task: string) {
    this.#schema = identifier(schema);
    this.#table = `${this.#schema}.positions`;
    this.#notes = `${this.#schema}.applied`;
    this.#task = task;
  }

  /** Of the table, as SQL. */
  get name(): string {
    return this.#table;
  }

  /** Makes the table where it is missing. @throws TargetError */
  async prepare(connection: TargetConnection): Promise<void> {
    try {
      await connection.rows(`SELECT p.task FROM ${this.#table} p JOIN ${this.#notes} a USING (task) LIMIT 0`);
    } catch (error) {
      const errno = (error as { errno?: number }).errno;
      if (errno !== 1146 && errno !== 1049) throw error;
      await connection.run([`CREATE DATABASE IF NOT EXISTS ${this.#schema}`, ...this.definitions()].join(';'));
    }
  }

  /** The statements that make the tables. */
  definitions(): string[] {
    const task = 'task VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL';
    return [
      `CREATE TABLE IF NOT EXISTS ${this.#table} (${task}, worker SMALLINT UNSIGNED NOT NULL, ` +
        'term BIGINT UNSIGNED NOT NULL, version BIGINT UNSIGNED NOT NULL, ' +
        'line CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, position MEDIUMTEXT CHARACTER SET utf8mb4 NOT NULL, ' +
        'applied MEDIUMTEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL, statement MEDIUMTEXT CHARACTER SET utf8mb4 NOT NULL, ' +
        'PRIMARY KEY (task, worker)) ENGINE=InnoDB',
      `CREATE TABLE IF NOT EXISTS ${this.#notes} (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, ${task}, ` +
        'transactions MEDIUMTEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL, KEY (task)) ENGINE=InnoDB',
    ];
  }

  /** What stands there; with `lock` it waits for who is writing it, and keeps it until the transaction's end. @throws TargetError */
  async read(connection: TargetConnection, lock: 'lock' | 'look'): Promise<Stored | undefined> {
    const [row] = await connection.rows(
      `SELECT term, version, line, position, applied, statement FROM ${this.#table} WHERE ${this.#mine()}${lock === 'lock' ? ' FOR UPDATE' : ''}`,
    );
    if (!row) return undefined;
    const notes = await connection.rows(`SELECT transactions FROM ${this.#notes} WHERE task=${quoted(this.#task)}`);
    const value = parseStoredPosition(String(row['position']));
    if (!value) {
      throw new Failure('sink-misconfigured', 'the stored position cannot be read', {
        place: `${this.#table}, task ${this.#task}`,
        remedy: `if nobody needs it: DELETE FROM ${this.#table} WHERE ${this.#mine()}; the task goes on from lastCommit then`,
      });
    }
    return {
      at: { row: String(row['line']), version: Number(row['version']) },
      value: { ...value, term: Number(row['term']) },
      applied: [row['applied'], ...notes.map((note) => note['transactions'])].map(String).join('\n'),
      statement: String(row['statement']),
    };
  }

  /** Puts the row of a new lead in the place of what `read` has locked, or makes it. Resolves to where it is. @throws TargetError */
  async claim(connection: TargetConnection, stored: Stored | undefined, entry: Entry): Promise<RowAt> {
    const row = stored?.at.row ?? randomUUID();
    const version = (stored?.at.version ?? 0) + 1;
    const { term, position, applied, statement } = this.#cells(entry);
    await connection.run(
      stored
        ? `UPDATE ${this.#table} SET term=${term},version=${version},position=${position},applied=${applied},statement=${statement} WHERE ${this.#mine()}`
        : `INSERT INTO ${this.#table} (task, worker, term, version, line, position, applied, statement) VALUES (${quoted(this.#task)},0,${term},${version},${quoted(row)},${position},${applied},${statement})`,
    );
    await connection.run(this.forgetNotes());
    return { row, version };
  }

  /** The statement that notes transactions as applied beside the row, which stays as it is; it writes one row, or somebody else leads. */
  note(at: RowAt, term: number, transactions: string): string {
    return (
      `INSERT INTO ${this.#notes} (task, transactions) SELECT task, ${quoted(transactions)} FROM ${this.#table} ` +
      `WHERE ${this.#mine()} AND term=${term} AND version=${at.version} AND line=${quoted(at.row)} LOCK IN SHARE MODE`
    );
  }

  /** Forgets them. */
  forgetNotes(): string {
    return `DELETE FROM ${this.#notes} WHERE task=${quoted(this.#task)}`;
  }

  /** The statement that moves the row from one version to the next; it matches one row, or somebody else leads. */
  move(from: RowAt, entry: Entry): string {
    const { term, position, applied, statement } = this.#cells(entry);
    return (
      `UPDATE ${this.#table} SET version=${from.version + 1},position=${position},applied=${applied},statement=${statement} ` +
      `WHERE ${this.#mine()} AND term=${term} AND version=${from.version} AND line=${quoted(from.row)}`
    );
  }

  /** @throws always: another lead of the task has written since */
  fenced(): never {
    throw new Failure('sink-fenced', 'another lead of this task has taken the target over; nothing was written', {
      place: `${this.#table}, task ${this.#task}`,
    });
  }

  behind({ value }: Stored, term: number): Failure {
    const task = this.#task;
    return new Failure('term-behind', `term ${value.term} has written to the target, this is term ${term}`, {
      place: `${this.#table}, task ${task}`,
      remedy:
        `If ZooKeeper was rebuilt or restored and no other deployment runs a task ${task} into this target, let it go on at ` +
        `${formatPosition(value.position)}, where the target is: mysql-replicator task resume ${task} --adopt-term ${value.term} ` +
        `(with --from, elsewhere). If another one does, give one of them another sink.mysql.bookkeeping.`,
    });
  }

  #mine(): string {
    return `task=${quoted(this.#task)} AND worker=0`;
  }

  #cells({ value, applied, statement = '' }: Entry): {
    term: number;
    position: string;
    applied: string;
    statement: string;
  } {
    return {
      term: value.term,
      position: quoted(JSON.stringify(value)),
      applied: quoted(applied),
      statement: quoted(statement),
    };
  }
}
