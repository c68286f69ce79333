import type { Column } from '../change.js';
import type { Cursor } from '../source/cursor.js';
import type { ColumnLayout, ValueReader } from '../source/value-reader.js';
import type { ByteOutput } from './byte-output.js';
import { columnJson } from './column-json.js';
import { imageDecimal } from './image-decimal.js';
import { imageDate, imageDatetime, imageTime, imageTimestamp } from './image-temporal.js';
import { jsonString } from './json-string.js';
import { jsonBase64, jsonTextBytes } from './json-text-bytes.js';

/**
 * Writes the JSON of one non-NULL value that stands at the cursor, and moves behind it: from the bytes of the row image to the bytes of the record,
 * without a value in between. Room for `FIXED_ROOM` bytes is reserved; what may need more reserves for itself.
 */
export type ImageColumn = (from: Cursor, to: ByteOutput) => void;

/** What any number, time or DECIMAL of the kinds here takes at the most. */
export const FIXED_ROOM = 48;

/**
 * The writer of a column, which writes the very text that `columnJson` makes of the value that `read` reads. Types that are rare or need a text in any
 * case are done by these two.
 */
export function imageColumn(layout: ColumnLayout, column: Column, read: ValueReader): ImageColumn {
  const [first] = layout.metadata;
  const none = column.nullable === false;
  switch (layout.type) {
    case 1:
    case 2:
    case 3:
    case 9:
      return imageInteger(INTEGER_BYTES[layout.type]!, layout.unsigned);
    case 8:
      return (from, to) => imageBigint(from, to, layout.unsigned);
    case 5:
      return imageDouble;
    case 246:
      return imageDecimal(layout.metadata[0], layout.metadata[1]) ?? byValue(column, read);
    case 10:
    case 14:
      return imageDate(none ? '0' : 'null');
    case 17:
      return imageTimestamp(first, none ? '"1970-01-01T00:00:00Z"' : 'null');
    case 18:
      return imageDatetime(first, none ? '0' : 'null');
    case 19:
      return imageTime(first);
    case 15:
    case 253:
      return characters(first > 255 ? 2 : 1, layout, column, read);
    case 249:
    case 250:
    case 251:
    case 252:
      return characters(first, layout, column, read);
    case 254:
      if (layout.charset === 'binary' && column.charset === 'binary') return paddedBinary(first);
      return characters(first > 255 ? 2 : 1, layout, column, read);
    case 247:
      return layout.members ? enumeration(first, layout.members) : byValue(column, read);
    default:
      return byValue(column, read);
  }
}

const INTEGER_BYTES: Readonly<Record<number, 1 | 2 | 3 | 4>> = { 1: 1, 2: 2, 3: 4, 9: 3 };

function byValue(column: Column, read: ValueReader): ImageColumn {
  const json = columnJson(column);
  return (from, to) => to.text(json(read(from)));
}

function imageInteger(size: 1 | 2 | 3 | 4, unsigned: boolean): ImageColumn {
  const shift = 32 - 8 * size;
  return (from, to) => {
    const { buffer, at } = from;
    from.at = at + size;
    let value = buffer[at]!;
    if (size > 1) value |= buffer[at + 1]! << 8;
    if (size > 2) value |= buffer[at + 2]! << 16;
    if (size > 3) value |= buffer[at + 3]! << 24;
    to.integer(unsigned ? value >>> 0 : (value << shift) >> shift);
  };
}

function imageBigint(from: Cursor, to: ByteOutput, unsigned: boolean): void {
  const { buffer, at } = from;
  from.at = at + 8;
  const low = (buffer[at]! | (buffer[at + 1]! << 8) | (buffer[at + 2]! << 16) | (buffer[at + 3]! << 24)) >>> 0;
  const top = buffer[at + 4]! | (buffer[at + 5]! << 8) | (buffer[at + 6]! << 16) | (buffer[at + 7]! << 24);
  const high = unsigned ? top >>> 0 : top;
  const value = high * 2 ** 32 + low;
  if (Number.isSafeInteger(value)) to.integer(value);
  else to.ascii(String((BigInt(high) << 32n) | BigInt(low)));
}

const DOUBLE = new Float64Array(1);
const DOUBLE_BYTES = new Uint8Array(DOUBLE.buffer);

function imageDouble(from: Cursor, to: ByteOutput): void {
  const { buffer, at } = from;
  from.at = at + 8;
  for (let i = 0; i < 8; i++) DOUBLE_BYTES[i] = buffer[at + i]!;
  const value = DOUBLE[0]!;
  if (Number.isSafeInteger(value)) to.integer(value + 0);
  else to.ascii(Number.isFinite(value) ? String(value) : 'null');
}

/** Moves behind a length of so many bytes and the bytes that it counts; returns where these begin. */
function stretch(from: Cursor, prefix: number): number {
  const { buffer } = from;
  let { at } = from;
  let length = buffer[at++]!;
  if (prefix > 1) length |= buffer[at++]! << 8;
  if (prefix > 2) length |= buffer[at++]! << 16;
  if (prefix > 3) length += buffer[at++]! * 2 ** 24;
  from.at = at + length;
  return at;
}

const UTF8 = new Set(['utf8mb4', 'utf8mb3', 'utf8', 'ascii']);

function characters(prefix: number, layout: ColumnLayout, column: Column, read: ValueReader): ImageColumn {
  // What the two say differently is a type that only the server knows.
  if (layout.charset === undefined || layout.charset !== column.charset) return byValue(column, read);
  if (layout.charset === 'binary') {
    return (from, to) => {
      const start = stretch(from, prefix);
      jsonBase64(from.buffer, start, from.at, from.at - start, to);
    };
  }
  const otherwise = byValue(column, read);
  if (!UTF8.has(layout.charset)) return otherwise;
  return (from, to) => {
    const before = from.at;
    const start = stretch(from, prefix);
    if (jsonTextBytes(from.buffer, start, from.at, to)) return;
    from.at = before;
    otherwise(from, to);
  };
}

/** The image has lost the zero bytes at the end. */
function paddedBinary(length: number): ImageColumn {
  const prefix = length > 255 ? 2 : 1;
  return (from, to) => {
    const start = stretch(from, prefix);
    if (from.at - start > length) throw new RangeError('a BINARY longer than its column');
    jsonBase64(from.buffer, start, from.at, length, to);
  };
}

/** Index 0 is the empty text that a server without strict mode stores for an invalid value. */
function enumeration(size: number, members: readonly string[]): ImageColumn {
  const texts = ['', ...members].map((member) => Buffer.from(jsonString(member)));
  const longest = Math.max(...texts.map(({ length }) => length));
  return (from, to) => {
    const { buffer, at } = from;
    from.at = at + size;
    const text = texts[size === 1 ? buffer[at]! : buffer[at]! | (buffer[at + 1]! << 8)];
    if (text === undefined) throw new RangeError('ENUM index beyond its members');
    to.reserve(longest);
    to.put(text);
  };
}
