import { Failure } from '../../../coordination/failure.js';
import type { Table, Value } from '../../change.js';
import { keyText, type KeyText } from './key-text.js';
import { identifier, literalWriter, plain, type LiteralWriter } from './literal.js';
import { columnKey, type TargetColumn, type TargetKey, type TargetTable } from './target-table.js';

/** A column that is written: where its value is in a row, and how it stands in SQL. */
export interface PlannedColumn {
  readonly index: number;
  readonly name: string;
  readonly write: LiteralWriter;
  /** SQL that holds for exactly the rows with this value, also where the type's `=` is looser. */
  readonly equals: (value: Value) => string;
  /** Members of an ENUM without the empty text: then that is the value for an invalid one. */
  readonly emptyIsInvalid: boolean;
}

/** A set of columns by which rows can be in each other's way. */
export interface PlannedKey {
  /** The same for all who mean this key of this table. */
  readonly id: string;
  /** Undefined: it holds an expression, or a column that the source does not have. */
  readonly parts: readonly { readonly index: number; readonly text: KeyText }[] | undefined;
}

/** How rows of a source's table are written into the target's. */
export interface TablePlan {
  readonly source: Table;
  /** Quoted. */
  readonly name: string;
  /** For people: `shop.orders`. */
  readonly label: string;
  readonly columns: readonly PlannedColumn[];
  /** By which a row is found; empty: by all its columns. */
  readonly key: readonly PlannedColumn[];
  /** What a row is alone in having, or others refer to. */
  readonly owns: readonly PlannedKey[];
  /** What must be there for it. */
  readonly needs: readonly PlannedKey[];
  readonly target: TargetTable;
}

const keyId = ({ database, name }: { database: string; name: string }, columns: readonly string[]): string =>
  `${database}.${name}|${columns.map(columnKey).toSorted().join()}|`;

/**
 * Fits a table of the source to the one of the target: columns by name. Columns that only the target has need a default; generated ones are
 * left to the target.
 * @throws Failure sink-schema
 */
export function planTable(source: Table, target: TargetTable): TablePlan {
  const label = `${target.name.database}.${target.name.name}`;
  const name = `${identifier(target.name.database)}.${identifier(target.name.name)}`;
  const byName = new Map(source.columns.map((column, index) => [columnKey(column.name), { column, index }]));
  const missing = source.columns.filter((column) => !target.columns.has(columnKey(column.name)));
  const demanded = [...target.columns.values()].filter((c) => !c.hasDefault && !byName.has(columnKey(c.name)));
  if (missing.length > 0 || demanded.length > 0) throw unfit(source, { name, label, missing, demanded });
  const planned = source.columns.map((column, index): PlannedColumn => {
    const there = target.columns.get(columnKey(column.name))!;
    const write = there.dataType === 'json' || column.type !== 245 ? literalWriter(column) : plain;
    const members = /^enum\((.*)\)$/.exec(there.columnType)?.[1];
    return {
      index,
      name: identifier(there.name),
      write,
      equals: equality(identifier(there.name), there, write),
      emptyIsInvalid: members !== undefined && !/(^|,)''(,|$)/.test(members),
    };
  });
  const ofParts = (id: string, parts: TargetKey['parts']): PlannedKey => {
    const known = parts.map(({ column, prefix }) => {
      const found = column === undefined ? undefined : byName.get(columnKey(column));
      if (!found) return undefined;
      return { index: found.index, text: keyText(found.column, target.columns.get(columnKey(column!))!, prefix) };
    });
    return { id, parts: known.every((part) => part !== undefined) ? known : undefined };
  };
  const whole = (columns: readonly string[]): TargetKey['parts'] =>
    columns.toSorted().map((column) => ({ column, prefix: undefined }));
  const unique = target.keys.filter((key) => key.unique);
  const owns = new Map<string, PlannedKey>();
  for (const { parts } of unique) {
    const columns = parts.map(({ column }) => column ?? '');
    // Parts in the order of their names, so that who refers to the key means the same text.
    const ordered = parts.toSorted((a, b) => ((a.column ?? '') < (b.column ?? '') ? -1 : 1));
    const id = keyId(target.name, columns);
    owns.set(id, ofParts(id, ordered));
  }
  for (const columns of target.referenced) {
    const id = keyId(target.name, columns);
    if (!owns.has(id)) owns.set(id, ofParts(id, whole(columns)));
  }
  const needs = target.foreignKeys.map(({ columns, parent, parentColumns }) => {
    const order = parentColumns.map((_, i) => i).toSorted((a, b) => (parentColumns[a]! < parentColumns[b]! ? -1 : 1));
    return ofParts(
      keyId(parent, parentColumns),
      order.map((i) => ({ column: columns[i]!, prefix: undefined })),
    );
  });
  return {
    source,
    name,
    label,
    columns: planned.filter((_, i) => !target.columns.get(columnKey(source.columns[i]!.name))!.generated),
    key: rowKey(target, unique, byName).map((index) => planned[index]!),
    owns: [...owns.values()],
    needs,
    target,
  };
}

/** The primary key, else a unique key over columns that are never NULL. */
function rowKey(
  target: TargetTable,
  unique: readonly TargetKey[],
  byName: ReadonlyMap<string, { readonly index: number }>,
): number[] {
  const usable = unique.filter(({ parts }) =>
    parts.every(({ column, prefix }) => {
      if (column === undefined || prefix !== undefined) return false;
      const there = target.columns.get(columnKey(column))!;
      return byName.has(columnKey(column)) && !there.nullable && !/^(float|double)$/.test(there.dataType);
    }),
  );
  const chosen = usable.find((key) => key.name === 'PRIMARY') ?? usable[0];
  return chosen ? chosen.parts.map(({ column }) => byName.get(columnKey(column!))!.index) : [];
}

function equality(name: string, column: TargetColumn, write: LiteralWriter): (value: Value) => string {
  const { dataType, charset } = column;
  if (dataType === 'bit')
    return (value) => (value === null ? `${name} IS NULL` : `${name}+0=CAST(${bitNumber(value)} AS UNSIGNED)`);
  if (dataType === 'float') {
    // FLOAT widens to another DOUBLE than its digits do; both sides narrow to the same text.
    return (value) => (value === null ? `${name} IS NULL` : `CONCAT(${name})=CONCAT(CAST(${write(value)} AS FLOAT))`);
  }
  if (dataType === 'json')
    return (value) => (value === null ? `${name} IS NULL` : `${name}=CAST(${write(value)} AS JSON)`);
  if (charset !== undefined && dataType !== 'enum' && dataType !== 'set') {
    return (value) =>
      value === null
        ? `${name} IS NULL`
        : `(${name}=${write(value)} AND CAST(${name} AS BINARY)=CAST(CONVERT(${write(value)} USING ${charset}) AS BINARY))`;
  }
  return (value) => (value === null ? `${name} IS NULL` : `${name}=${write(value)}`);
}

function bitNumber(value: Value): string {
  return Buffer.isBuffer(value) && value.length > 0 ? String(BigInt(`0x${value.toString('hex')}`)) : String(value);
}

interface Misfit {
  readonly name: string;
  readonly label: string;
  readonly missing: readonly { readonly name: string }[];
  readonly demanded: readonly TargetColumn[];
}

function unfit(source: Table, { name, label, missing, demanded }: Misfit): Failure {
  const from = `${source.database}.${source.name}`;
  const what = [
    ...(missing.length > 0 ? [`lacks ${missing.map((column) => column.name).join(', ')}`] : []),
    ...(demanded.length > 0 ? [`wants a value for ${demanded.map((column) => column.name).join(', ')}`] : []),
  ].join(' and ');
  const changes = [
    ...missing.map((column) => `ADD COLUMN ${identifier(column.name)} …`),
    ...demanded.map((column) => `ALTER COLUMN ${identifier(column.name)} SET DEFAULT …`),
  ];
  return new Failure('sink-schema', `${label} does not fit ${from}: it ${what}`, {
    place: label,
    remedy: `on the target: ALTER TABLE ${name} ${changes.join(', ')} (as SHOW CREATE TABLE ${from} on the source has it), then resume`,
  });
}
