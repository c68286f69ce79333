import type { Cursor } from './cursor.js';
import { Cursor as FieldCursor } from './cursor.js';
import { charsetOfCollation, textReader } from './text-reader.js';

/** What the optional metadata of a TABLE_MAP event say, per column. */
export interface ColumnFacts {
  names: string[] | undefined;
  /** Whether there is anything: MySQL before 8.0 and MariaDB with NO_LOG write nothing at all. */
  any: boolean;
  readonly unsigned: boolean[];
  /** Name of the character set; `binary` for binary strings; undefined where there is none or it is unknown. */
  readonly charsets: (string | undefined)[];
  readonly members: (string[] | undefined)[];
  key: number[];
}

const NUMERIC = new Set([0, 1, 2, 3, 4, 5, 8, 9, 13, 246]);
/** 140 and 141 are MariaDB's compressed BLOB and VARCHAR. */
const CHARACTER = new Set([15, 140, 141, 249, 250, 251, 252, 253, 254]);
const ENUM = 247;
const SET = 248;

/**
 * Reads the optional metadata (type, length, value) from the cursor to `end`, by the format of the server's
 * Table_map_event::Optional_metadata_fields. Bitmaps and lists count only the columns they apply to.
 */
export function columnFacts(types: readonly number[], cursor: Cursor, end: number): ColumnFacts {
  const numeric = columnsOf(types, (type) => NUMERIC.has(type));
  const character = columnsOf(types, (type) => CHARACTER.has(type));
  const choices = columnsOf(types, (type) => type === ENUM || type === SET);
  const rawMembers = new Map<number, Buffer[]>();
  const facts: ColumnFacts = { names: undefined, any: false, unsigned: [], charsets: [], members: [], key: [] };

  while (cursor.at < end) {
    const type = cursor.uint(1);
    const field = new FieldCursor(cursor.bytes(cursor.lengthEncoded()), 0);
    facts.any = true;
    switch (type) {
      case 1:
        for (const [i, column] of numeric.entries()) {
          facts.unsigned[column] = (field.buffer.readUInt8(i >> 3) & (0x80 >> (i & 7))) !== 0;
        }
        break;
      case 2:
        readDefaultCharset(field, character, facts.charsets);
        break;
      case 3:
        readCharsets(field, character, facts.charsets);
        break;
      case 4:
        facts.names = readAll(field, () => field.text(field.lengthEncoded()));
        break;
      case 5:
        readMembers(
          field,
          columnsOf(types, (t) => t === SET),
          rawMembers,
        );
        break;
      case 6:
        readMembers(
          field,
          columnsOf(types, (t) => t === ENUM),
          rawMembers,
        );
        break;
      case 8:
        facts.key = readAll(field, () => field.lengthEncoded());
        break;
      case 9:
        facts.key = readAll(field, () => {
          const column = field.lengthEncoded();
          field.lengthEncoded();
          return column;
        });
        break;
      case 10:
        readDefaultCharset(field, choices, facts.charsets);
        break;
      case 11:
        readCharsets(field, choices, facts.charsets);
        break;
      default:
        // Geometry types (7), visibility (12), vector dimensions (13): nothing that rows are read with.
        break;
    }
  }
  for (const [column, members] of rawMembers) facts.members[column] = memberTexts(members, facts.charsets[column]);
  return facts;
}

function columnsOf(types: readonly number[], applies: (type: number) => boolean): number[] {
  return types.flatMap((type, i) => (applies(type) ? [i] : []));
}

function readAll<T>(field: Cursor, read: () => T): T[] {
  const all: T[] = [];
  while (field.at < field.buffer.length) all.push(read());
  return all;
}

/** A collation for all, then pairs of (which of these columns, its collation) for those that differ. */
function readDefaultCharset(field: Cursor, columns: readonly number[], charsets: (string | undefined)[]): void {
  const common = charsetOfCollation(field.lengthEncoded());
  for (const column of columns) charsets[column] = common;
  while (field.at < field.buffer.length) {
    const column = columns[field.lengthEncoded()];
    const charset = charsetOfCollation(field.lengthEncoded());
    if (column !== undefined) charsets[column] = charset;
  }
}

function readCharsets(field: Cursor, columns: readonly number[], charsets: (string | undefined)[]): void {
  for (const column of columns) charsets[column] = charsetOfCollation(field.lengthEncoded());
}

function readMembers(field: Cursor, columns: readonly number[], members: Map<number, Buffer[]>): void {
  for (const column of columns) {
    const count = field.lengthEncoded();
    members.set(
      column,
      Array.from({ length: count }, () => field.bytes(field.lengthEncoded())),
    );
  }
}

function memberTexts(members: readonly Buffer[], charset: string | undefined): string[] | undefined {
  const read = textReader(charset === undefined || charset === 'binary' ? 'utf8mb4' : charset);
  return read && members.map((member) => read(member, 0, member.length));
}
