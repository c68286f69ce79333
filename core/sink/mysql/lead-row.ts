import { samePosition, type Position } from '../../../coordination/position.js';
import type { RowAt } from '../../../coordination/schema/znodes.js';
import type { Transaction } from '../../change.js';
import { goesOn } from '../going-on.js';
import type { Claim, Durable } from '../sink.js';
import { Applied } from './applied.js';
import type { Bookkeeping, Entry, Stored } from './bookkeeping.js';
import type { TargetConnection } from './target-connection.js';

/** Where a chunk ends. */
export interface End {
  readonly position: Position;
  readonly eventTime?: number | undefined;
}

/** What is to be written with some rows. */
export interface Step {
  /** Set when all up to here is applied then. */
  readonly end: End | undefined;
  /** Else the transactions that are, besides. */
  readonly applied: readonly (Transaction | undefined)[];
  /** A schema change that begins with it. */
  readonly statement?: string;
}

export interface Move {
  readonly sql: string;
  /** @param matched rows that `sql` has matched @throws Failure sink-fenced */
  accept(matched: number | undefined): void;
}

/**
 * This lead's view of the task's row in the target: what it says now, and the statement that moves it on. A statement that matches nothing
 * says that another lead has written.
 */
export class LeadRow {
  readonly #books: Bookkeeping;
  readonly #common: { readonly term: number; readonly order: number | undefined; readonly adopted: number | undefined };
  #at: RowAt;
  #end: End;
  #applied: Applied;
  /** Of those that the lead before has applied: what the stream has not come past yet. A chunk may end before them, other than its did. */
  readonly #ahead: Applied;
  #statement: string;
  #noted = false;

  private constructor(books: Bookkeeping, stored: Stored) {
    const { term, order, adopted, position, eventTime } = stored.value;
    this.#books = books;
    this.#common = { term, order, adopted };
    this.#at = stored.at;
    this.#end = { position, eventTime };
    this.#applied = Applied.parse(stored.applied);
    this.#ahead = Applied.parse(stored.applied);
    this.#statement = stored.statement;
  }

  /**
   * Takes the row over: the model's steps from `initialise` to the claim. Waiting for the row's lock settles what the predecessor may
   * still be committing; from the commit on whatever it writes matches nothing.
   * @throws Failure term-behind; TargetError
   */
  static async claim(books: Bookkeeping, connection: TargetConnection, claim: Claim): Promise<LeadRow> {
    await connection.run('START TRANSACTION');
    const stored = await books.read(connection, 'lock');
    if (stored && stored.value.term > claim.term && stored.value.term !== claim.adoptTerm) {
      throw books.behind(stored, claim.term);
    }
    const governs =
      stored !== undefined && claim.sink !== undefined && 'row' in claim.sink && claim.sink.row === stored.at.row;
    const { position, adopted, wins } = goesOn(claim, stored?.value, governs);
    const entry: Entry = {
      value: { position, term: claim.term, order: claim.order, adopted, eventTime: stored?.value.eventTime },
      applied: wins ? stored!.applied : '',
      statement: wins ? stored!.statement : '',
    };
    const at = await books.claim(connection, stored, entry);
    await connection.run('COMMIT');
    return new LeadRow(books, { at, value: entry.value, applied: entry.applied, statement: entry.statement ?? '' });
  }

  get durable(): Durable {
    return { position: this.#end.position, sink: this.#at };
  }

  /** The schema change that was begun, as its place. */
  get statement(): string {
    return this.#statement;
  }

  /** Whether the target has a transaction already that the stream brings now. */
  hasPassed(transaction: Transaction | undefined): boolean {
    if (transaction === undefined || this.#applied.empty || !this.#applied.has(transaction)) return false;
    this.#ahead.pass(transaction);
    return true;
  }

  /** Whether the row says less than that everything up to here is applied. */
  isBehind({ position }: End): boolean {
    return !this.#applied.empty || !samePosition(this.#end.position, position);
  }

  /** The statement that moves the row on from where it is, and what to do when it has matched. Nothing is changed before that. */
  move({ end, applied, statement = '' }: Step): Move {
    const next = Applied.parse((end ? this.#ahead : this.#applied).toString());
    if (!end) for (const transaction of applied) if (transaction) next.add(transaction);
    const reached = end ?? this.#end;
    const forgotten = end && this.#noted;
    const moved = this.#books.move(this.#at, {
      value: { ...this.#common, position: reached.position, eventTime: reached.eventTime },
      applied: next.toString(),
      statement,
    });
    const sql = forgotten ? `${moved};${this.#books.forgetNotes()}` : moved;
    const accept = (matched: number | undefined): void => {
      if (matched !== 1) this.#books.fenced();
      this.#at = { row: this.#at.row, version: this.#at.version + 1 };
      this.#end = reached;
      this.#applied = next;
      this.#statement = statement;
      if (forgotten) this.#noted = false;
    };
    return { sql, accept };
  }

  /** The statement that says of transactions that they are applied, in whatever order they are committed; the position stays where it is. */
  note(transactions: readonly (Transaction | undefined)[]): Move {
    const applied = new Applied();
    for (const transaction of transactions) if (transaction) applied.add(transaction);
    const sql = this.#books.note(this.#at, this.#common.term, applied.toString());
    const accept = (matched: number | undefined): void => {
      if (matched !== 1) this.#books.fenced();
      this.#noted = true;
    };
    return { sql, accept };
  }
}
