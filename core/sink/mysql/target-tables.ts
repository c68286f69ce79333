import { Failure } from '../../../coordination/failure.js';
import type { RowChange, Table } from '../../change.js';
import type { RowOp } from './row-op.js';
import type { TableName, TableNames } from './table-names.js';
import { planTable, type TablePlan } from './table-plan.js';
import type { TargetConnection } from './target-connection.js';
import { readTargetTable, type TargetTable } from './target-table.js';

export interface TargetTablesOptions {
  readonly names: TableNames;
  /** Makes a table that the target does not have; undefined where the task does not want that. */
  readonly create: ((source: TableName) => Promise<void>) | undefined;
}

/** How the source's tables are written into the target's, looked up once for each definition. */
export class TargetTables {
  readonly #options: TargetTablesOptions;
  #plans = new WeakMap<Table, TablePlan>();
  /** By the target's name: definitions of the source may be many for one table. */
  readonly #targets = new Map<string, TargetTable>();

  constructor(options: TargetTablesOptions) {
    this.#options = options;
  }

  /** The target's tables have changed, or may have. */
  forget(): void {
    this.#plans = new WeakMap();
    this.#targets.clear();
  }

  /** Looks up what these changes need. @throws Failure sink-schema; TargetError */
  async prepare(connection: TargetConnection, changes: readonly RowChange[]): Promise<void> {
    for (const { table } of changes) {
      if (this.#plans.has(table)) continue;
      const name = this.#options.names.of(table);
      const target = this.#targets.get(keyOf(name)) ?? (await this.#look(connection, table, name));
      this.#targets.set(keyOf(name), target);
      this.#plans.set(table, planTable(table, target));
    }
  }

  async #look(connection: TargetConnection, source: Table, name: TableName): Promise<TargetTable> {
    let target = await readTargetTable(connection, name);
    if (!target && this.#options.create) {
      await this.#options.create(source);
      target = await readTargetTable(connection, name);
    }
    if (!target) throw missing(source, name);
    return target;
  }

  /** The rows of changes that were prepared, in their order. */
  ops(changes: readonly RowChange[]): RowOp[] {
    const ops: RowOp[] = [];
    for (const change of changes) {
      const plan = this.#plans.get(change.table)!;
      const { kind, place, rows } = change;
      const first = place.firstRow ?? 0;
      for (const [i, row] of rows.entries()) {
        const before = kind === 'insert' ? undefined : kind === 'delete' ? row : change.before[i]!;
        const after = kind === 'delete' ? undefined : row;
        ops.push({ kind, plan, place, index: first + i, before, after });
      }
    }
    return ops;
  }
}

const keyOf = ({ database, name }: TableName): string => `${database}\n${name}`;

function missing(source: Table, { database, name }: TableName): Failure {
  const from = `${source.database}.${source.name}`;
  return new Failure('sink-schema', `the target has no table ${database}.${name} for ${from}`, {
    place: `${database}.${name}`,
    remedy: `set sink.mysql.create: true, or make it on the target as SHOW CREATE TABLE ${from} on the source says, or map ${from} elsewhere in sink.mysql.tables; then resume`,
  });
}
