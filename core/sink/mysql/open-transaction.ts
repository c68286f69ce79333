import { applyStages, UnexpectedRows } from './apply-rows.js';
import type { RowByRow } from './conflict.js';
import type { Step, LeadRow } from './lead-row.js';
import type { RowOp } from './row-op.js';
import { Schedule } from './schedule.js';
import type { Transaction } from '../../change.js';
import type { TargetConnection } from './target-connection.js';
import { isOfRows } from './target-failure.js';

const SAVEPOINT = 'mysql_replicator';

/**
 * A transaction of the source that is larger than a chunk: its rows come in parts, and one of the target is kept open for them. Nothing of it is
 * there before its end, and no more of it in memory than a part.
 */
export class OpenTransaction {
  readonly transaction: Transaction | undefined;
  readonly #connection: TargetConnection;
  #begun = false;

  constructor(transaction: Transaction | undefined, connection: TargetConnection) {
    this.transaction = transaction;
    this.#connection = connection;
  }

  /** @throws Failure; TargetError: then the transaction is lost, and begins anew with the source's position before it */
  async add(ops: readonly RowOp[], rowByRow: RowByRow): Promise<void> {
    const begin = this.#begun ? `SAVEPOINT ${SAVEPOINT}` : `START TRANSACTION;SAVEPOINT ${SAVEPOINT}`;
    this.#begun = true;
    try {
      await this.#connection.run(begin);
      await applyStages(this.#connection, new Schedule().add(ops, true), { committed: () => Promise.resolve() });
    } catch (error) {
      if (!(error instanceof UnexpectedRows) && !isOfRows(error)) throw error;
      await this.#connection.run(`ROLLBACK TO SAVEPOINT ${SAVEPOINT}`);
      await rowByRow.apply(this.#connection, ops);
    }
  }

  async commit(row: LeadRow, step: Step): Promise<void> {
    const move = row.move(step);
    move.accept((await this.#connection.run(move.sql))[0]);
    await this.#connection.run('COMMIT');
  }
}
