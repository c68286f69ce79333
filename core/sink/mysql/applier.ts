import type { Logger } from '../../../coordination/log.js';
import type { MysqlSink } from '../../../coordination/schema/task-spec.js';
import { applyStages, rollBack, UnexpectedRows } from './apply-rows.js';
import { CommitLine, MustYield } from './commit-line.js';
import type { RowByRow } from './conflict.js';
import type { End, LeadRow, Move, Step } from './lead-row.js';
import { Schedule, type Stage } from './schedule.js';
import type { SourceTransaction } from './source-transactions.js';
import type { TargetConnection } from './target-connection.js';
import { isLocked, isOfRows } from './target-failure.js';
import type { TargetTables } from './target-tables.js';

/** A target transaction holds at least and at most so many rows, where there are so many; a larger transaction of the source stays whole. */
const FEWEST_ROWS = 100;
const MOST_ROWS = 1_000;
/** How often a group is done again because of locks, before the target is called busy. */
const ATTEMPTS = 8;

/** Transactions of the source that become one of the target. */
interface Group {
  readonly index: number;
  readonly transactions: readonly SourceTransaction[];
  readonly stages: readonly Stage[];
  /** Where the chunk ends, with its last group. */
  readonly end: End | undefined;
}

export interface ApplierOptions {
  readonly connections: readonly TargetConnection[];
  readonly tables: TargetTables;
  readonly row: LeadRow;
  readonly rowByRow: RowByRow;
  readonly order: MysqlSink['order'];
  readonly log: Logger;
}

/**
 * Applies whole transactions of the source: several in one of the target, several of those at the same time, committed in the order of the source,
 * each together with the bookkeeping's row; with `order: key` committed as they come. What fails for its rows' sake is done again, one transaction at a time and row by row.
 */
export class Applier {
  readonly #options: ApplierOptions;

  constructor(options: ApplierOptions) {
    this.#options = options;
  }

  /**
   * Resolves when all is committed; the tables of the changes are prepared.
   * @param end where the chunk ends, if it ends with these
   * @throws Failure; TargetError
   */
  async apply(transactions: readonly SourceTransaction[], end: End | undefined): Promise<void> {
    const { connections } = this.#options;
    const groups = this.#groups(transactions, end);
    const line = new CommitLine(groups.length);
    let next = 0;
    const work = async (connection: TargetConnection): Promise<void> => {
      for (let group = groups[next++]; group && !line.failed; group = groups[next++]) {
        try {
          await this.#group(connection, group, line);
        } catch (error) {
          line.fail(error);
          throw error;
        }
      }
    };
    try {
      const works = connections.slice(0, groups.length).map(work);
      const outcomes = await Promise.allSettled(works);
      // The first to fail has made the others fail.
      if (line.failed) await line.committed(-1);
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
      if (this.#options.order === 'key' && end) await this.#reach(connections[0]!, end);
    } finally {
      line.end();
    }
  }

  /** All groups are there, whatever their order was. */
  async #reach(connection: TargetConnection, end: End): Promise<void> {
    const move = this.#options.row.move({ end, applied: [] });
    await connection.run('START TRANSACTION');
    move.accept((await connection.run(move.sql))[0]);
    await connection.run('COMMIT');
  }

  /** What a transaction of the target says of itself: the place up to which all is there, or only that these are. */
  #move(step: Step): Move {
    const { row, order } = this.#options;
    return order === 'commit' ? row.move(step) : row.note(step.applied);
  }

  #groups(transactions: readonly SourceTransaction[], end: End | undefined): Group[] {
    const { connections, tables } = this.#options;
    const all = transactions.reduce((sum, { rows }) => sum + rows, 0);
    const size = Math.min(Math.max(Math.ceil(all / connections.length), FEWEST_ROWS), MOST_ROWS);
    const groups: SourceTransaction[][] = [];
    let rows = Infinity;
    for (const transaction of transactions) {
      if (rows + transaction.rows > size && rows > 0) {
        groups.push([]);
        rows = 0;
      }
      groups.at(-1)!.push(transaction);
      rows += transaction.rows;
    }
    const schedule = new Schedule();
    const serial = connections.length === 1;
    return groups.map((group, index) => {
      const ops = group.flatMap(({ changes }) => tables.ops(changes));
      const last = index === groups.length - 1;
      return { index, transactions: group, stages: schedule.add(ops, serial), end: last ? end : undefined };
    });
  }

  /** Applies a group and commits it in its turn. */
  async #group(connection: TargetConnection, group: Group, line: CommitLine): Promise<void> {
    const { index, stages, transactions, end } = group;
    const step = { end, applied: transactions.map(({ transaction }) => transaction) };
    const { row, order } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        let move: Move | undefined;
        const isTurn = (): boolean => order === 'key' || line.isFirst(index);
        const last = (): string | undefined => (isTurn() ? (move = this.#move(step)) : undefined)?.sql;
        const committed = (earlier: number): Promise<void> => line.behind(index, earlier);
        let { last: matched } = await applyStages(connection, stages, { begin: 'START TRANSACTION', committed, last });
        if (!move) {
          await line.turn(index);
          move = row.move(step);
          [matched] = await connection.run(move.sql);
        }
        move.accept(matched);
        if (order === 'commit') line.enter(index);
        await connection.run('COMMIT');
        break;
      } catch (error) {
        if (connection.broken || line.failed) throw error;
        await rollBack(connection);
        await line.committed(index - 1);
        if (error instanceof MustYield || (isLocked(error) && attempt < ATTEMPTS)) continue;
        if (!(error instanceof UnexpectedRows) && !isOfRows(error)) throw error;
        await this.#oneByOne(connection, group);
        break;
      }
    }
    line.commit(index);
  }

  /** Each of the source's transactions by itself, its rows one after the other. */
  async #oneByOne(connection: TargetConnection, { transactions, end }: Group): Promise<void> {
    const { rowByRow, tables, log } = this.#options;
    log.debug(
      { transactions: transactions.length },
      'a target transaction was not as expected; its rows are applied one by one',
    );
    for (const [i, { changes, transaction }] of transactions.entries()) {
      const step = { end: i === transactions.length - 1 ? end : undefined, applied: [transaction] };
      const ops = tables.ops(changes);
      for (let attempt = 1; ; attempt++) {
        const { conflicts } = rowByRow;
        try {
          await connection.run('START TRANSACTION');
          await rowByRow.apply(connection, ops);
          const move = this.#move(step);
          move.accept((await connection.run(move.sql))[0]);
          break;
        } catch (error) {
          await rollBack(connection);
          rowByRow.conflicts = conflicts;
          if (!isLocked(error) || attempt >= ATTEMPTS) throw error;
        }
      }
      await connection.run('COMMIT');
    }
  }
}
