import type { Column, Table } from '../change.js';
import type { Cursor } from './cursor.js';
import { metadataBytes } from './column-types.js';
import type { RowReader } from './rows-event.js';
import { compileRows } from './rows-event.js';
import type { ColumnFacts } from './table-metadata.js';
import { columnFacts } from './table-metadata.js';
import type { ColumnLayout, ValueReader } from './value-reader.js';
import { valueReader } from './value-reader.js';

/** Why rows of a table cannot be delivered. */
export interface TableFault {
  readonly kind: 'source-misconfigured' | 'source-unreadable';
  readonly message: string;
  readonly remedy: string;
}

/** A table as a TABLE_MAP event describes it. */
export interface TableMap {
  readonly table: Table;
  readonly reader: RowReader;
  /** Set when its rows cannot be read; thrown only when there are such rows. */
  readonly fault: TableFault | undefined;
}

export interface TableName {
  readonly database: string;
  readonly name: string;
}

/** What a TABLE_MAP event says, before what only the server knows is added. */
export interface RawTableMap extends TableName {
  readonly layouts: readonly ColumnLayout[];
  readonly nullable: readonly boolean[];
  readonly facts: ColumnFacts;
}

/** Reads schema and table name of a TABLE_MAP event's body; the cursor is behind its table id and flags. */
export function readTableName(cursor: Cursor): TableName {
  const database = cursor.text(cursor.lengthEncoded());
  cursor.skip(1);
  const name = cursor.text(cursor.lengthEncoded());
  cursor.skip(1);
  return { database, name };
}

/**
 * Reads the rest of a TABLE_MAP event's body, from the column count to the cursor's end, by the format of the server's Table_map_event. A type that is
 * not known is a fault: nobody can tell how long its metadata are.
 * @throws RangeError when it is not well-formed
 */
export function readTableMap(name: TableName, cursor: Cursor): RawTableMap | TableMap {
  const count = cursor.lengthEncoded();
  const types = [...cursor.bytes(count)];
  const metadataEnd = cursor.lengthEncoded() + cursor.at;
  const metadata: (readonly [number, number])[] = [];
  for (const type of types) {
    const size = metadataBytes(type);
    if (size === undefined) return faulty(name, unknownType(name, `column of type ${type}`));
    // VARCHAR's two bytes are a number; those of others mean something each.
    if (size === 2 && (type === 15 || type === 141)) metadata.push([cursor.uint(2), 0]);
    else metadata.push([size > 0 ? cursor.uint(1) : 0, size > 1 ? cursor.uint(1) : 0]);
  }
  if (cursor.at !== metadataEnd) throw new RangeError('column metadata of another length than stated');
  const nulls = cursor.bytes(Math.ceil(count / 8));
  const real = types.map((type, i) => realLayout(type, metadata[i]!));
  const facts = columnFacts(
    real.map(({ type }) => type),
    cursor,
    cursor.end,
  );
  if (facts.names && facts.names.length !== count) throw new RangeError('another number of column names than columns');
  if (facts.key.some((column) => column >= count)) throw new RangeError('a key of columns that are not there');
  return {
    ...name,
    facts,
    nullable: types.map((_, i) => (nulls[i >> 3]! & (1 << (i & 7))) !== 0),
    layouts: real.map((layout, i) => ({
      ...layout,
      unsigned: facts.unsigned[i] ?? false,
      charset: facts.charsets[i],
      members: facts.members[i],
    })),
  };
}

/** STRING hides ENUM and SET, and has the upper two bits of its length, inverted, in the type byte. */
function realLayout(type: number, [first, second]: readonly [number, number]): Pick<ColumnLayout, 'type' | 'metadata'> {
  if (type !== 254) return { type, metadata: [first, second] };
  if (first === 247 || first === 248) return { type: first, metadata: [second, 0] };
  return { type, metadata: [(((first & 0x30) ^ 0x30) << 4) | second, 0] };
}

/** Compiles what is known of a table into how its rows are read. */
export function compileTable(raw: RawTableMap): TableMap {
  const { database, name, layouts, facts } = raw;
  const columns: Column[] = [];
  const readers: ValueReader[] = [];
  for (const [i, layout] of layouts.entries()) {
    const column = facts.names![i]!;
    columns.push(describe(column, layout, raw.nullable[i]));
    const reader = valueReader(layout);
    const what = `column ${column} of type ${layout.type}${layout.charset ? ` in ${layout.charset}` : ''}`;
    if (!reader) return faulty(raw, unknownType(raw, what));
    readers.push(reader);
  }
  const table = { database, name, columns, key: facts.key };
  return { table, reader: compileRows(layouts, readers), fault: undefined };
}

function describe(name: string, layout: ColumnLayout, nullable: boolean | undefined): Column {
  const [first, second] = layout.metadata;
  const { type, unsigned, charset, members, plain } = layout;
  const base: Column = { name, type, unsigned, charset, nullable, ...(members && { members }) };
  switch (type) {
    case 246:
      return { ...base, length: first, decimals: second };
    case 17:
    case 18:
    case 19:
      return { ...base, decimals: first };
    case 7:
    case 11:
    case 12:
      return plain && 'decimals' in plain ? { ...base, decimals: plain.decimals } : base;
    case 16:
      return { ...base, length: second * 8 + first };
    case 254:
      if (plain && 'name' in plain) return { ...base, charset: 'ascii' };
      return charset === 'binary' ? { ...base, length: first } : base;
    default:
      return base;
  }
}

export function faulty({ database, name }: TableName, fault: TableFault): TableMap {
  return { table: { database, name, columns: [], key: [] }, reader: compileRows([], []), fault };
}

function unknownType(name: TableName, what: string): TableFault {
  return {
    kind: 'source-unreadable',
    message: `${name.database}.${name.name} has a ${what}, which this version cannot read`,
    remedy: `exclude the table from the task ("!${name.database}.${name.name}"), or drop or convert the column and start behind this place`,
  };
}
