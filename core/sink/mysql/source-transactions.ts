import type { Change, Place, RowChange, SchemaChange, Transaction } from '../../change.js';

/** What one transaction of the source changed, or the part of it that a batch has. */
export interface SourceTransaction {
  readonly transaction: Transaction | undefined;
  readonly changes: readonly RowChange[];
  readonly rows: number;
  /** Whether it ends within the batch. */
  readonly ends: boolean;
}

export type Step = SourceTransaction | SchemaChange;

export const isSchemaChange = (step: Step): step is SchemaChange => 'kind' in step;

/** Whether two parts belong to the same transaction: each batch has objects of its own. */
export function sameTransaction(a: Transaction | undefined, b: Transaction | undefined): boolean {
  if (a === undefined || b === undefined || a === b) return a === b;
  return a.gtid === undefined ? a.file === b.file && a.offset === b.offset : a.gtid === b.gtid;
}

/** Rows that no transaction brought (a snapshot's) are each for themselves, unless a GTID holds them together. */
function together(a: Place, b: Place): boolean {
  if (a.transaction || b.transaction) return sameTransaction(a.transaction, b.transaction);
  return a.gtid !== undefined && a.gtid === b.gtid;
}

/** The transaction that a place belongs to, as far as it is known. */
export function transactionOf({ transaction, file, offset, gtid }: Place): Transaction | undefined {
  if (transaction || gtid === undefined) return transaction;
  const unknown = undefined;
  return {
    file,
    offset,
    gtid,
    lastCommitted: unknown,
    sequenceNumber: unknown,
    committed: unknown,
    firstCommitted: unknown,
    bytes: unknown,
  };
}

/** Cuts a batch's changes where one transaction of the source ends and the next begins, and at schema changes. */
export function sourceTransactions(changes: readonly Change[], lastIsOpen: boolean): Step[] {
  const steps: Step[] = [];
  let current: RowChange[] = [];
  let rows = 0;
  const end = (ends: boolean): void => {
    if (current.length > 0) steps.push({ transaction: transactionOf(current[0]!.place), changes: current, rows, ends });
    current = [];
    rows = 0;
  };
  for (const change of changes) {
    if (change.kind === 'schema') {
      end(true);
      steps.push(change);
      continue;
    }
    if (current.length > 0 && !together(current[0]!.place, change.place)) end(true);
    current.push(change);
    rows += change.rows.length;
  }
  end(!lastIsOpen);
  return steps;
}
