import type { Value } from '../change.js';
import { enumeration, set } from './choice-reader.js';
import { compressedBytes } from './compressed-column.js';
import type { Cursor } from './cursor.js';
import { jsonText } from './json-text.js';
import { bigint, decimal, double, float, integer, year } from './number-reader.js';
import { date, datetime, oldDatetime, oldTime, oldTimestamp, time, timestamp } from './temporal-reader.js';
import { textReader } from './text-reader.js';
import { plainType } from './plain-type.js';

/**
 * Reads one non-NULL value of a row image and moves the cursor behind it. It may read beyond the event's end only as zeros and must not
 * fail to move: whether a row ended where it should is checked once, behind it.
 */
export type ValueReader = (cursor: Cursor) => Value;

/** What a table map says about a column's storage. */
export interface ColumnLayout {
  /** Field type, the real one where a STRING hides an ENUM or SET. */
  readonly type: number;
  /** The type's metadata of the table map: one number per byte, or the 16-bit length of VARCHAR and STRING. */
  readonly metadata: readonly [number, number];
  readonly unsigned: boolean;
  readonly charset: string | undefined;
  /** Members of an ENUM or SET; undefined when they cannot be read. */
  readonly members: readonly string[] | undefined;
  /** MariaDB's types of fixed bytes, and old temporal types with fractions: only the server knows that the column is one. */
  readonly plain?: { readonly name: 'inet4' | 'inet6' | 'uuid' } | { readonly decimals: number } | undefined;
}

/**
 * How to read a column, by the formats of the server's Field classes; undefined for a type that this version cannot read.
 * Values come out as `Value` describes, and as docs/types.md lists.
 */
export function valueReader(column: ColumnLayout): ValueReader | undefined {
  const [first, second] = column.metadata;
  const { plain } = column;
  const oldDecimals = plain && 'decimals' in plain ? plain.decimals : 0;
  switch (column.type) {
    case 1:
    case 2:
    case 3:
    case 9:
      return integer(INTEGER_BYTES[column.type]!, column.unsigned);
    case 8:
      return bigint(column.unsigned);
    case 4:
      return float;
    case 5:
      return double;
    case 246:
      return decimal(first, second);
    case 13:
      return year;
    case 10:
    case 14:
      return date;
    case 7:
      return oldTimestamp(oldDecimals);
    case 11:
      return oldTime(oldDecimals);
    case 12:
      return oldDatetime(oldDecimals);
    case 17:
      return timestamp(first);
    case 18:
      return datetime(first);
    case 19:
      return time(first);
    case 16:
      return fixedBytes(second + (first > 0 ? 1 : 0));
    case 15:
    case 253:
      return text(first > 255 ? 2 : 1, column.charset);
    case 254:
      if (plain && 'name' in plain) return plainType(plain.name);
      return column.charset === 'binary' ? paddedBytes(first) : text(first > 255 ? 2 : 1, column.charset);
    case 249:
    case 250:
    case 251:
    case 252:
      return text(first, column.charset);
    case 140:
      return compressed(first, column.charset);
    case 141:
      return compressed(first > 255 ? 2 : 1, column.charset);
    case 242:
    case 255:
      return text(first, 'binary');
    case 245:
      return json(first);
    case 247:
      return column.members && enumeration(first, column.members);
    case 248:
      return column.members && set(first, column.members);
    default:
      return undefined;
  }
}

const INTEGER_BYTES: Readonly<Record<number, number>> = { 1: 1, 2: 2, 3: 4, 9: 3 };

/** Reads a length of 1 to 4 bytes and moves behind the bytes that it counts; returns where these begin. @throws RangeError */
function stretch(cursor: Cursor, prefix: number): number {
  const { buffer } = cursor;
  let { at } = cursor;
  let length = buffer[at++]!;
  if (prefix > 1) length |= buffer[at++]! << 8;
  if (prefix > 2) length |= buffer[at++]! << 16;
  if (prefix > 3) length += buffer[at++]! * 2 ** 24;
  cursor.at = at + length;
  if (!(cursor.at <= cursor.end)) throw new RangeError('a value that goes on beyond the end of its event');
  return at;
}

/** Bytes are copied: a view would keep the whole network packet alive as long as the row. */
function copied(buffer: Buffer, start: number, end: number): Buffer {
  const copy = Buffer.allocUnsafe(end - start);
  buffer.copy(copy, 0, start, end);
  return copy;
}

function fixedBytes(length: number): ValueReader {
  return (cursor) => {
    const start = cursor.at;
    cursor.skip(length);
    return copied(cursor.buffer, start, cursor.at);
  };
}

/** BINARY(n): the image has lost the trailing zero bytes. */
function paddedBytes(length: number): ValueReader {
  const prefix = length > 255 ? 2 : 1;
  return (cursor) => {
    const start = stretch(cursor, prefix);
    if (cursor.at - start > length) throw new RangeError('a BINARY longer than its column');
    const padded = Buffer.allocUnsafe(length);
    const end = cursor.buffer.copy(padded, 0, start, cursor.at);
    if (end < length) padded.fill(0, end);
    return padded;
  };
}

function text(prefix: number, charset: string | undefined): ValueReader | undefined {
  if (charset === 'binary') {
    return (cursor) => {
      const start = stretch(cursor, prefix);
      return copied(cursor.buffer, start, cursor.at);
    };
  }
  const read = charset === undefined ? undefined : textReader(charset);
  if (!read) return undefined;
  return (cursor) => {
    const start = stretch(cursor, prefix);
    return start === cursor.at ? '' : read(cursor.buffer, start, cursor.at);
  };
}

function compressed(prefix: number, charset: string | undefined): ValueReader | undefined {
  const read = charset === undefined || charset === 'binary' ? undefined : textReader(charset);
  if (charset !== 'binary' && !read) return undefined;
  return (cursor) => {
    const start = stretch(cursor, prefix);
    const bytes = compressedBytes(cursor.buffer.subarray(start, cursor.at));
    return read ? read(bytes, 0, bytes.length) : Buffer.from(bytes);
  };
}

function json(prefix: number): ValueReader {
  return (cursor) => {
    const start = stretch(cursor, prefix);
    return jsonText(cursor.buffer, start, cursor.at);
  };
}
