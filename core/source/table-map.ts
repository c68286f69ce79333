import type { Column, Table } from '../change.js';
import type { ImageLayout } from '../row-images.js';
import type { Cursor } from './cursor.js';
import { storedSizes } from './stored-size.js';
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
  /** One per column. */
  readonly readers: readonly ValueReader[];
  /** How its row images can be passed on as they are; undefined when their values have to be read. */
  readonly layout: ImageLayout | undefined;
  /** Set when its rows cannot be read; thrown only when there are such rows. */
  readonly fault: TableFault | undefined;
}

/** Reads schema and table name of a TABLE_MAP event's body; the cursor is behind its table id and flags. */
export function readTableName(cursor: Cursor): { database: string; name: string } {
  const database = cursor.text(cursor.lengthEncoded());
  cursor.at++;
  const name = cursor.text(cursor.lengthEncoded());
  cursor.at++;
  return { database, name };
}

/**
 * Reads the rest of a TABLE_MAP event's body, from the column count to `end` (without checksum), by the format of the
 * server's Table_map_event. Column names come from the optional metadata of `binlog_row_metadata=FULL` only: what the
 * server says about the table now may not be what it was when the rows were written.
 */
export function readTableMap(name: { database: string; name: string }, cursor: Cursor, end: number): TableMap {
  const count = cursor.lengthEncoded();
  const types = [...cursor.bytes(count)];
  const metadataEnd = cursor.lengthEncoded() + cursor.at;
  const metadata = types.map((type) => readMetadata(type, cursor));
  const known = cursor.at === metadataEnd;
  const layouts = types.map((type, i) => realLayout(type, metadata[i]!));
  cursor.at = metadataEnd + Math.ceil(count / 8);
  if (!known) return faulty(name, unknownType(name, `column types ${types.join(', ')}`));

  const realTypes = layouts.map((layout) => layout.type);
  const facts = columnFacts(realTypes, cursor, end);
  if (facts.names?.length !== count) return faulty(name, withoutNames(name));

  const columns: Column[] = [];
  const readers: ValueReader[] = [];
  const stored: ColumnLayout[] = [];
  for (const [i, layout] of layouts.entries()) {
    const column: ColumnLayout = {
      ...layout,
      unsigned: facts.unsigned[i] ?? false,
      charset: facts.charsets[i],
      members: facts.members[i],
    };
    columns.push(describe(facts.names[i]!, column));
    const reader = valueReader(column);
    const what = `column ${facts.names[i]!} of type ${column.type}${column.charset ? ` in ${column.charset}` : ''}`;
    if (!reader) return faulty(name, unknownType(name, what));
    readers.push(reader);
    stored.push(column);
  }
  const sizes = storedSizes(stored);
  const layout = sizes && { layouts: stored, readers, sizes };
  return { table: { ...name, columns, key: facts.key }, readers, layout, fault: undefined };
}

/** Sizes of a type's metadata: one byte, or two; VARCHAR's and BIT's two are a little-endian number or two bytes alike. */
function readMetadata(type: number, cursor: Cursor): [number, number] {
  switch (type) {
    case 4:
    case 5:
    case 17:
    case 18:
    case 19:
    case 242:
    case 245:
    case 249:
    case 250:
    case 251:
    case 252:
    case 255:
      return [cursor.uint(1), 0];
    case 15:
      return [cursor.uint(2), 0];
    case 16:
    case 246:
    case 247:
    case 248:
    case 253:
    case 254:
      return [cursor.uint(1), cursor.uint(1)];
    default:
      return [0, 0];
  }
}

/** STRING hides ENUM and SET, and has the upper two bits of its length, inverted, in the type byte. */
function realLayout(type: number, [first, second]: [number, number]): { type: number; metadata: [number, number] } {
  if (type !== 254) return { type, metadata: [first, second] };
  if (first === 247 || first === 248) return { type: first, metadata: [second, 0] };
  return { type, metadata: [(((first & 0x30) ^ 0x30) << 4) | second, 0] };
}

function describe(name: string, column: ColumnLayout): Column {
  const [first, second] = column.metadata;
  const base: Column = { name, type: column.type, unsigned: column.unsigned, charset: column.charset };
  switch (column.type) {
    case 246:
      return { ...base, length: first, decimals: second };
    case 17:
    case 18:
    case 19:
      return { ...base, decimals: first };
    case 16:
      return { ...base, length: second * 8 + first };
    case 254:
      return column.charset === 'binary' ? { ...base, length: first } : base;
    default:
      return base;
  }
}

function faulty(name: { database: string; name: string }, fault: TableFault): TableMap {
  return { table: { ...name, columns: [], key: [] }, readers: [], layout: undefined, fault };
}

function unknownType(name: { database: string; name: string }, what: string): TableFault {
  return {
    kind: 'source-unreadable',
    message: `${name.database}.${name.name} has a ${what}, which this version cannot read`,
    remedy: `exclude the table from the task ("!${name.database}.${name.name}"), or drop or convert the column and start behind this place`,
  };
}

function withoutNames(name: { database: string; name: string }): TableFault {
  return {
    kind: 'source-misconfigured',
    message: `the binlog has no column names for ${name.database}.${name.name}: it was written with binlog_row_metadata=MINIMAL`,
    remedy: 'SET PERSIST binlog_row_metadata = FULL; then start the task behind the rows written before',
  };
}
