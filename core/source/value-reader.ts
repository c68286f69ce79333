import type { Value } from '../change.js';
import type { Cursor } from './cursor.js';
import { decimalSize, decimalText } from './decimal-text.js';
import { jsonText } from './json-text.js';
import { clockText, dateText, fractionText, timestampText } from './temporal-text.js';
import { textReader } from './text-reader.js';

/** Reads one non-NULL value of a row image and moves the cursor behind it. */
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
}

/**
 * How to read a column, by the formats of the server's Field classes; undefined for a type that this version cannot read.
 * Values come out as `Value` describes.
 */
export function valueReader(column: ColumnLayout): ValueReader | undefined {
  const [first, second] = column.metadata;
  switch (column.type) {
    case 1:
    case 2:
    case 3:
    case 9:
      return integer(INTEGER_BYTES[column.type]!, column.unsigned);
    case 8:
      return column.unsigned ? unsignedBigint : signedBigint;
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
      return (cursor) => timestampText(cursor.uint(4));
    case 11:
      return oldTime;
    case 12:
      return oldDatetime;
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
      return column.charset === 'binary' ? paddedBytes(first) : text(first > 255 ? 2 : 1, column.charset);
    case 249:
    case 250:
    case 251:
    case 252:
      return text(first, column.charset);
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

function integer(bytes: number, unsigned: boolean): ValueReader {
  if (unsigned) return (cursor) => cursor.uint(bytes);
  return (cursor) => {
    const value = cursor.buffer.readIntLE(cursor.at, bytes);
    cursor.at += bytes;
    return value;
  };
}

function signedBigint(cursor: Cursor): Value {
  const high = cursor.buffer.readInt32LE(cursor.at + 4);
  const value = high * 2 ** 32 + cursor.buffer.readUInt32LE(cursor.at);
  cursor.at += 8;
  return Number.isSafeInteger(value) ? value : cursor.buffer.readBigInt64LE(cursor.at - 8);
}

function unsignedBigint(cursor: Cursor): Value {
  const value = cursor.buffer.readUInt32LE(cursor.at + 4) * 2 ** 32 + cursor.buffer.readUInt32LE(cursor.at);
  cursor.at += 8;
  return Number.isSafeInteger(value) ? value : cursor.buffer.readBigUInt64LE(cursor.at - 8);
}

/** The number with the fewest digits that is the same 32-bit float: 1.1, not 1.100000023841858. */
function float(cursor: Cursor): Value {
  const value = cursor.buffer.readFloatLE(cursor.at);
  cursor.at += 4;
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 24) return value;
  for (let digits = 6; digits < 9; digits++) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return shorter;
  }
  return Number(value.toPrecision(9));
}

function double(cursor: Cursor): Value {
  const value = cursor.buffer.readDoubleLE(cursor.at);
  cursor.at += 8;
  return value;
}

function decimal(precision: number, scale: number): ValueReader {
  const size = decimalSize(precision, scale);
  return (cursor) => {
    const value = decimalText(cursor.buffer, cursor.at, precision, scale);
    cursor.at += size;
    return value;
  };
}

function year(cursor: Cursor): Value {
  const value = cursor.uint(1);
  return value === 0 ? 0 : 1900 + value;
}

function date(cursor: Cursor): Value {
  const packed = cursor.uint(3);
  return dateText(packed >> 9, (packed >> 5) & 15, packed & 31);
}

/** Before MySQL 5.6: the digits hhmmss as a signed number. */
function oldTime(cursor: Cursor): Value {
  const value = cursor.buffer.readIntLE(cursor.at, 3);
  cursor.at += 3;
  const digits = Math.abs(value);
  return (value < 0 ? '-' : '') + clockText(Math.trunc(digits / 10000), Math.trunc(digits / 100) % 100, digits % 100);
}

/** Before MySQL 5.6: the digits YYYYMMDDhhmmss as a number. */
function oldDatetime(cursor: Cursor): Value {
  const digits = String(cursor.buffer.readBigUInt64LE(cursor.at)).padStart(14, '0');
  cursor.at += 8;
  return digits.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/, '$1-$2-$3 $4:$5:$6');
}

/** Fractions take a byte per two digits, big-endian; the result is in microseconds. */
const FRACTION_UNIT = [0, 10000, 100, 1];

function timestamp(decimals: number): ValueReader {
  const bytes = Math.ceil(decimals / 2);
  return (cursor) => {
    const seconds = cursor.buffer.readUInt32BE(cursor.at);
    cursor.at += 4;
    return timestampText(seconds) + fraction(cursor, bytes, decimals);
  };
}

function datetime(decimals: number): ValueReader {
  const bytes = Math.ceil(decimals / 2);
  return (cursor) => {
    // 1 bit sign, always set; 17 bits year * 13 + month; 5 day; 5 hour; 6 minute; 6 second.
    const high = cursor.buffer.readUInt32BE(cursor.at);
    const months = (high & 0x7fffffff) >>> 14;
    const low = cursor.buffer.readUInt32BE(cursor.at + 1);
    cursor.at += 5;
    return (
      `${dateText(Math.trunc(months / 13), months % 13, (low >>> 17) & 31)} ` +
      clockText((low >>> 12) & 31, (low >>> 6) & 63, low & 63) +
      fraction(cursor, bytes, decimals)
    );
  };
}

function fraction(cursor: Cursor, bytes: number, decimals: number): string {
  if (bytes === 0) return '';
  const value = cursor.buffer.readUIntBE(cursor.at, bytes);
  cursor.at += bytes;
  return fractionText(value * FRACTION_UNIT[bytes]!, decimals);
}

/** 24 bits and the fraction's bytes are one signed number, stored with its sign bit inverted. */
function time(decimals: number): ValueReader {
  const bytes = Math.ceil(decimals / 2);
  const scale = 256 ** bytes;
  return (cursor) => {
    const stored = cursor.buffer.readUIntBE(cursor.at, 3 + bytes) - 0x800000 * scale;
    cursor.at += 3 + bytes;
    const magnitude = Math.abs(stored);
    const clock = Math.trunc(magnitude / scale);
    return (
      (stored < 0 ? '-' : '') +
      clockText((clock >> 12) & 1023, (clock >> 6) & 63, clock & 63) +
      (bytes === 0 ? '' : fractionText((magnitude % scale) * FRACTION_UNIT[bytes]!, decimals))
    );
  };
}

/** Bytes are copied: a view would keep the whole network packet alive as long as the row. */
function fixedBytes(length: number): ValueReader {
  return (cursor) => Buffer.from(cursor.bytes(length));
}

/** BINARY(n): the image has lost the trailing zero bytes. */
function paddedBytes(length: number): ValueReader {
  const prefix = length > 255 ? 2 : 1;
  return (cursor) => {
    const padded = Buffer.alloc(length);
    cursor.bytes(cursor.uint(prefix)).copy(padded);
    return padded;
  };
}

function text(prefix: number, charset: string | undefined): ValueReader | undefined {
  if (charset === 'binary') return (cursor) => Buffer.from(cursor.bytes(cursor.uint(prefix)));
  const read = charset === undefined ? undefined : textReader(charset);
  if (!read) return undefined;
  return (cursor) => {
    const start = cursor.at + prefix;
    const end = start + cursor.buffer.readUIntLE(cursor.at, prefix);
    cursor.at = end;
    return read(cursor.buffer, start, end);
  };
}

function json(prefix: number): ValueReader {
  return (cursor) => {
    const length = cursor.uint(prefix);
    const start = cursor.at;
    cursor.bytes(length);
    return jsonText(cursor.buffer, start, cursor.at);
  };
}

function enumeration(bytes: number, members: readonly string[]): ValueReader {
  return (cursor) => {
    const index = cursor.uint(bytes);
    // Index 0 is the empty text that a server without strict mode stores for an invalid value.
    const member = index === 0 ? '' : members[index - 1];
    if (member === undefined) throw new RangeError('ENUM index beyond its members');
    return member;
  };
}

function set(bytes: number, members: readonly string[]): ValueReader {
  return (cursor) => {
    const chosen: string[] = [];
    for (let byte = 0; byte < bytes; byte++) {
      const bits = cursor.uint(1);
      for (let bit = 0; bit < 8; bit++) {
        if ((bits & (1 << bit)) === 0) continue;
        const member = members[byte * 8 + bit];
        if (member === undefined) throw new RangeError('SET bit beyond its members');
        chosen.push(member);
      }
    }
    return chosen.join(',');
  };
}
