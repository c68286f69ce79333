import type { Row, Value } from '../../change.js';
import type { RowOp } from './row-op.js';
import { LENIENT_MODE, STRICT_MODE } from './target-connection.js';
import type { PlannedColumn, TablePlan } from './table-plan.js';

/** SQL of one or several statements, and how many rows each must match or write. */
export interface Statement {
  readonly sql: string;
  readonly expected: readonly number[];
}

/** One statement names at most so many rows and bytes: what a server plans within its default limits. */
const DELETE_ROWS = 500;
const INSERT_ROWS = 1_000;

/**
 * Statements for rows that may be written in any order: inserts and deletes of a table in one statement each, as far as its limits allow.
 * @param maxBytes of one statement; a single row may be larger
 */
export function statementsFor(ops: readonly RowOp[], maxBytes: number): Statement[] {
  const statements: Statement[] = [];
  const inserts = new Map<string, RowOp[]>();
  const deletes = new Map<TablePlan, RowOp[]>();
  for (const op of ops) {
    if (op.kind === 'update') statements.push(updateStatement(op));
    else if (op.kind === 'delete' && !isKeyed(op.plan, op.before!)) statements.push(deleteOne(op));
    else if (op.kind === 'delete') listed(deletes, op.plan).push(op);
    else if (isLenient(op)) statements.push(insertStatement(op));
    else listed(inserts, `${op.plan.name} ${signature(op)}`).push(op);
  }
  for (const of of deletes.values()) {
    for (let i = 0; i < of.length; i += DELETE_ROWS) statements.push(deleteMany(of.slice(i, i + DELETE_ROWS)));
  }
  for (const of of inserts.values()) statements.push(...insertMany(of, maxBytes));
  return statements;
}

function listed<K>(lists: Map<K, RowOp[]>, key: K): RowOp[] {
  let list = lists.get(key);
  if (!list) lists.set(key, (list = []));
  return list;
}

/** Which columns a row image has; nearly always all. */
function signature({ plan, after }: RowOp): string {
  return after!.includes(undefined)
    ? plan.columns.map(({ index }) => (after![index] === undefined ? 0 : 1)).join('')
    : '';
}

/** Whether a row holds the empty text that stands for an invalid ENUM value, which no strict server takes. */
function isLenient({ plan, after }: RowOp): boolean {
  return plan.columns.some(({ emptyIsInvalid, index }) => emptyIsInvalid && after?.[index] === '');
}

function oneRow(op: RowOp, sql: string): Statement {
  if (!isLenient(op)) return { sql, expected: [1] };
  const mode = (name: string): string => `SET SESSION sql_mode='${name}'`;
  return { sql: [mode(LENIENT_MODE), sql, mode(STRICT_MODE)].join(';'), expected: [0, 1, 0] };
}

function present(plan: TablePlan, row: Row): readonly PlannedColumn[] {
  return row.includes(undefined) ? plan.columns.filter(({ index }) => row[index] !== undefined) : plan.columns;
}

function insertHead(plan: TablePlan, columns: readonly PlannedColumn[]): string {
  return `INSERT INTO ${plan.name} (${columns.map(({ name }) => name).join()}) VALUES `;
}

function tuple(columns: readonly PlannedColumn[], row: Row): string {
  let text = '(';
  for (let i = 0; i < columns.length; i++) {
    const { write, index } = columns[i]!;
    text += i === 0 ? write(row[index]!) : `,${write(row[index]!)}`;
  }
  return `${text})`;
}

function insertMany(ops: readonly RowOp[], maxBytes: number): Statement[] {
  const { plan, after } = ops[0]!;
  const columns = present(plan, after!);
  const head = insertHead(plan, columns);
  const statements: Statement[] = [];
  let sql = '';
  let rows = 0;
  for (const op of ops) {
    const row = tuple(columns, op.after!);
    if (rows > 0 && (rows >= INSERT_ROWS || sql.length + row.length > maxBytes)) {
      statements.push({ sql, expected: [rows] });
      rows = 0;
    }
    sql = rows === 0 ? head + row : `${sql},${row}`;
    rows++;
  }
  statements.push({ sql, expected: [rows] });
  return statements;
}

/** One insert of one row; also for the row-by-row way. */
export function insertStatement(op: RowOp): Statement {
  const columns = present(op.plan, op.after!);
  return oneRow(op, insertHead(op.plan, columns) + tuple(columns, op.after!));
}

/** Only what changes is set: the others keep their index entries. */
export function updateStatement(op: RowOp): Statement {
  const { plan, before, after } = op;
  const changed = plan.columns.filter(
    ({ index }) => after![index] !== undefined && !same(before![index], after![index]),
  );
  // A row that is written as it was: it has to be there all the same.
  const set = changed.length > 0 ? changed : present(plan, before!).slice(0, 1);
  const values = set.map(({ name, write, index }) => `${name}=${write(after![index] ?? before![index]!)}`);
  return oneRow(op, `UPDATE ${plan.name} SET ${values.join()} WHERE ${rowCondition(plan, before!)}`);
}

/** All columns of an image, for a row that is to become what the source has. @param condition which row */
export function overwriteStatement({ plan, after }: RowOp, condition: string): string {
  const values = present(plan, after!).map(({ name, write, index }) => `${name}=${write(after![index]!)}`);
  return `UPDATE ${plan.name} SET ${values.join()} WHERE ${condition}`;
}

export function deleteOne({ plan, before }: RowOp): Statement {
  return { sql: `DELETE FROM ${plan.name} WHERE ${rowCondition(plan, before!)}`, expected: [1] };
}

function deleteMany(ops: readonly RowOp[]): Statement {
  const { plan } = ops[0]!;
  const [first] = plan.key;
  if (ops.length === 1) return deleteOne(ops[0]!);
  const condition =
    plan.key.length === 1
      ? `${first!.name} IN (${ops.map(({ before }) => first!.write(before![first!.index]!)).join()})`
      : ops.map(({ before }) => `(${rowCondition(plan, before!)})`).join(' OR ');
  return { sql: `DELETE FROM ${plan.name} WHERE ${condition}`, expected: [ops.length] };
}

/** What only this row fulfils: its key; without one every column that is known, and of several like it one. */
export function rowCondition(plan: TablePlan, row: Row): string {
  if (isKeyed(plan, row))
    return plan.key.map(({ name, write, index }) => `${name}=${write(row[index]!)}`).join(' AND ');
  const known = plan.columns.filter(({ index }) => row[index] !== undefined);
  return `${known.map(({ equals, index }) => equals(row[index]!)).join(' AND ')} LIMIT 1`;
}

function isKeyed({ key }: TablePlan, row: Row): boolean {
  return key.length > 0 && key.every(({ index }) => row[index] !== undefined);
}

function same(a: Value | undefined, b: Value): boolean {
  if (Buffer.isBuffer(a) && Buffer.isBuffer(b)) return a.equals(b);
  return Object.is(a, b);
}
