import { Failure } from '../../../coordination/failure.js';
import type { Logger } from '../../../coordination/log.js';
import type { MysqlSink } from '../../../coordination/schema/task-spec.js';
import type { Row } from '../../change.js';
import { plain } from './literal.js';
import type { RowOp } from './row-op.js';
import {
  deleteOne,
  insertStatement,
  overwriteStatement,
  rowCondition,
  updateStatement,
  type Statement,
} from './statements.js';
import type { PlannedColumn } from './table-plan.js';
import type { TargetConnection } from './target-connection.js';
import { isConstraint, isDuplicate, isOfRows, targetFailure } from './target-failure.js';
import { columnKey } from './target-table.js';

/** What the target has that the source's change does not expect. */
type ConflictKind = 'row-missing' | 'row-exists' | 'key-taken' | 'constraint';

export interface ConflictOptions {
  readonly policy: MysqlSink['conflict'];
  readonly task: string;
  readonly log: Logger;
}

interface Conflict {
  readonly kind: ConflictKind;
  readonly what: string;
  /** Keys of the rows that are in the way. */
  readonly others: readonly string[];
  readonly cause?: unknown;
}

/** Writes rows one by one in their order, and does with each that conflicts what the task says. */
export class RowByRow {
  readonly #options: ConflictOptions;
  /** How many rows were overwritten or left out. */
  conflicts = 0;

  constructor(options: ConflictOptions) {
    this.#options = options;
  }

  /** Within the open transaction. @throws Failure sink-conflict, sink-schema; TargetError for what is not the row's fault */
  async apply(connection: TargetConnection, ops: readonly RowOp[]): Promise<void> {
    for (const op of ops) await this.#one(connection, op);
  }

  async #one(connection: TargetConnection, op: RowOp): Promise<void> {
    const conflict = await attempt(connection, op);
    if (!conflict) return;
    const { policy } = this.#options;
    // What no overwriting mends is for a person.
    const mended = policy === 'ignore' || (policy === 'overwrite' && (await overwrite(connection, op, conflict)));
    if (!mended) throw stopped(op, conflict, this.#options);
    this.conflicts++;
    const place = `${op.place.file}:${op.place.offset} row ${op.index}`;
    this.#options.log.warn(
      {
        conflict: conflict.kind,
        table: op.plan.label,
        key: keyOf(op),
        others: conflict.others,
        place,
        gtid: op.place.gtid,
      },
      policy === 'ignore' ? 'conflict: the row was left out' : 'conflict: the target’s row was overwritten',
    );
  }
}

async function attempt(connection: TargetConnection, op: RowOp): Promise<Conflict | undefined> {
  const statement = statementOf(op);
  try {
    const matched = await connection.run(statement.sql);
    if (matched.every((rows, i) => rows === statement.expected[i])) return undefined;
    return { kind: 'row-missing', what: `the row to ${op.kind} is not there`, others: [] };
  } catch (error) {
    if (isDuplicate(error)) {
      const others = await inTheWay(connection, op);
      const itself = op.kind === 'insert' && others.some(({ isSelf }) => isSelf);
      const kind = itself ? 'row-exists' : 'key-taken';
      const what = itself ? 'a row of this key is there already' : 'another row has its unique key';
      return { kind, what, others: others.map(({ key }) => key), cause: error };
    }
    if (isConstraint(error)) {
      return {
        kind: 'constraint',
        what: error instanceof Error ? error.message : 'a constraint',
        others: [],
        cause: error,
      };
    }
    if (isOfRows(error))
      throw targetFailure(error, `${op.plan.label} at ${op.place.file}:${op.place.offset} row ${op.index}`);
    throw error;
  }
}

function statementOf(op: RowOp): Statement {
  switch (op.kind) {
    case 'insert':
      return insertStatement(op);
    case 'update':
      return updateStatement(op);
    case 'delete':
      return deleteOne(op);
  }
}

/** The unique keys by which a row can collide, as conditions. */
function collisions({ plan, after }: RowOp): string[] {
  return plan.target.keys.flatMap(({ unique, parts }) => {
    if (!unique) return [];
    const conditions = parts.map(({ column }) => {
      const planned = column === undefined ? undefined : find(plan.columns, column);
      const value = planned && after?.[planned.index];
      return value === undefined || value === null ? undefined : `${planned!.name}=${planned!.write(value)}`;
    });
    return conditions.every((one) => one !== undefined) ? [`(${conditions.join(' AND ')})`] : [];
  });
}

function find(columns: readonly PlannedColumn[], name: string): PlannedColumn | undefined {
  return columns.find((column) => columnKey(column.name.slice(1, -1).replaceAll('``', '`')) === columnKey(name));
}

interface Other {
  readonly key: string;
  /** It is the row that this change is about. */
  readonly isSelf: boolean;
}

async function inTheWay(connection: TargetConnection, op: RowOp): Promise<Other[]> {
  const { plan } = op;
  const conditions = collisions(op);
  if (conditions.length === 0 || plan.key.length === 0) return [];
  const image = op.kind === 'update' ? op.before! : op.after!;
  const self = `(${rowCondition(plan, image)})`;
  const rows = await connection.rows(
    `SELECT ${plan.key.map(({ name }) => name).join()}, ${self} AS is_self FROM ${plan.name} WHERE ${conditions.join(' OR ')} LIMIT 5`,
  );
  return rows.map((row) => ({
    key: plan.key.map(({ name }) => `${name.slice(1, -1)}=${String(row[name.slice(1, -1)])}`).join(', '),
    isSelf: Number(row['is_self']) === 1,
  }));
}

/** Makes the target's row what the source has. Resolves to false where that is not possible. */
async function overwrite(connection: TargetConnection, op: RowOp, conflict: Conflict): Promise<boolean> {
  const { plan, after, before } = op;
  if (op.kind === 'delete') return conflict.kind === 'row-missing';
  if (conflict.kind === 'constraint' || after!.includes(undefined)) return false;
  const image = op.kind === 'update' ? before! : after!;
  try {
    const others = collisions(op);
    if (others.length > 0 && plan.key.length > 0) {
      await connection.run(
        `DELETE FROM ${plan.name} WHERE (${others.join(' OR ')}) AND NOT (${rowCondition(plan, image)})`,
      );
    }
    const [matched = 0] =
      plan.key.length > 0 ? await connection.run(overwriteStatement(op, rowCondition(plan, image))) : [0];
    if (matched === 0) await connection.run(insertStatement(op).sql);
    return true;
  } catch (error) {
    if (isConstraint(error)) return false;
    throw error;
  }
}

function keyOf({ plan, before, after }: RowOp): string {
  const row: Row = before ?? after!;
  const columns = plan.key.length > 0 ? plan.key : [];
  const shown = columns.map(
    ({ name, index }) => `${name.slice(1, -1)}=${row[index] === undefined ? '?' : plain(row[index])}`,
  );
  return shown.length > 0 ? shown.join(', ') : 'a row without a key';
}

function stopped(op: RowOp, conflict: Conflict, { task, policy }: ConflictOptions): Failure {
  const { plan, place } = op;
  const others = conflict.others.length > 0 ? `; in its way: ${conflict.others.join('; ')}` : '';
  const choices =
    policy === 'overwrite'
      ? 'it cannot be overwritten; mend the target’s rows'
      : `mend the target’s row, or set sink.mysql.conflict to overwrite (the source wins) or ignore (the row is left out)`;
  return new Failure('sink-conflict', `${op.kind} ${plan.label} (${keyOf(op)}): ${conflict.what}${others}`, {
    place: `${place.file}:${place.offset} row ${op.index}${place.gtid === undefined ? '' : `, ${place.gtid}`}`,
    remedy: `${choices}; then: mysql-replicator task resume ${task}`,
    cause: conflict.cause,
  });
}
