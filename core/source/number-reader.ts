import type { Value } from '../change.js';
import { shortFloat } from '../short-float.js';
import type { Cursor } from './cursor.js';
import { decimalSize, decimalText, shortDecimalText } from './decimal-text.js';
import type { ValueReader } from './value-reader.js';

/*
 * Each reader moves the cursor first and takes the bytes after: bytes that are not there read as 0, and what comes of them is thrown away by the
 * check that ends each row.
 */

/** Integers of 1 to 4 bytes. */
export function integer(bytes: number, unsigned: boolean): ValueReader {
  switch (bytes) {
    case 1:
      return unsigned ? (cursor) => cursor.buffer[cursor.at++]! : (cursor) => (cursor.buffer[cursor.at++]! << 24) >> 24;
    case 2:
      return (cursor) => {
        const { buffer, at } = cursor;
        cursor.at = at + 2;
        const value = buffer[at]! | (buffer[at + 1]! << 8);
        return unsigned ? value : (value << 16) >> 16;
      };
    case 3:
      return (cursor) => {
        const { buffer, at } = cursor;
        cursor.at = at + 3;
        const value = buffer[at]! | (buffer[at + 1]! << 8) | (buffer[at + 2]! << 16);
        return unsigned ? value : (value << 8) >> 8;
      };
    default:
      return unsigned ? (cursor) => word(cursor) >>> 0 : word;
  }
}

/** Four bytes, little-endian, signed. */
function word(cursor: Cursor): number {
  const { buffer, at } = cursor;
  cursor.at = at + 4;
  return buffer[at]! | (buffer[at + 1]! << 8) | (buffer[at + 2]! << 16) | (buffer[at + 3]! << 24);
}

/** A number where JavaScript holds it exactly, else a bigint. */
export function bigint(unsigned: boolean): ValueReader {
  return (cursor) => {
    const low = word(cursor) >>> 0;
    const high = word(cursor);
    const value = (unsigned ? high >>> 0 : high) * 2 ** 32 + low;
    if (value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER) return value;
    const exact = (BigInt(high) << 32n) | BigInt(low);
    return unsigned ? BigInt.asUintN(64, exact) : exact;
  };
}

export function float(cursor: Cursor): Value {
  const value = cursor.buffer.readFloatLE(cursor.at);
  cursor.at += 4;
  return shortFloat(value);
}

export function double(cursor: Cursor): Value {
  const value = cursor.buffer.readDoubleLE(cursor.at);
  cursor.at += 8;
  return value;
}

/** Digits that fit into a number together with the fraction. */
const SHORT = 15;

export function decimal(precision: number, scale: number): ValueReader {
  const size = decimalSize(precision, scale);
  const short = precision <= SHORT ? shortDecimalText(precision, scale) : undefined;
  return (cursor) => {
    const { buffer, at } = cursor;
    cursor.at = at + size;
    if (cursor.at > cursor.end) throw new RangeError('a DECIMAL that goes on beyond the end of its event');
    return short ? short(buffer, at) : decimalText(buffer, at, precision, scale);
  };
}

export function year(cursor: Cursor): Value {
  const value = cursor.buffer[cursor.at++]!;
  return value === 0 ? 0 : 1900 + value;
}
