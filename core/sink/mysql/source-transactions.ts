import type { Change, RowChange, SchemaChange, Transaction } from '../../change.js';

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
  return a === b || (a !== undefined && b !== undefined && a.file === b.file && a.offset === b.offset);
}

/** Cuts a batch's changes where one transaction of the source ends and the next begins, and at schema changes. */
export function sourceTransactions(changes: readonly Change[], lastIsOpen: boolean): Step[] {
  const steps: Step[] = [];
  let current: RowChange[] = [];
  let rows = 0;
  const end = (ends: boolean): void => {
    if (current.length > 0) steps.push({ transaction: current[0]!.place.transaction, changes: current, rows, ends });
    current = [];
    rows = 0;
  };
  for (const change of changes) {
    const { transaction } = change.place;
    if (change.kind === 'schema') {
      end(true);
      steps.push(change);
      continue;
    }
    if (current.length > 0 && !sameTransaction(current[0]!.place.transaction, transaction)) end(true);
    current.push(change);
    rows += change.rows.length;
  }
  end(!lastIsOpen);
  return steps;
}
