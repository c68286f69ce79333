import type { Value } from '../change.js';
import type { Cursor } from './cursor.js';
import { clockText, dateText, fractionText, secondOfDayText, timestampText } from './temporal-text.js';
import type { ValueReader } from './value-reader.js';

/** Big-endian integer of up to six bytes; bytes that are not there count as 0. */
function big(cursor: Cursor, bytes: number): number {
  const { buffer, at } = cursor;
  cursor.at = at + bytes;
  let value = 0;
  for (let i = at; i < at + bytes; i++) value = value * 256 + (buffer[i]! | 0);
  return value;
}

export function date(cursor: Cursor): Value {
  const { buffer, at } = cursor;
  cursor.at = at + 3;
  const packed = buffer[at]! | (buffer[at + 1]! << 8) | (buffer[at + 2]! << 16);
  return dateText(packed >> 9, (packed >> 5) & 15, packed & 31);
}

/** Fractions take a byte per two digits, big-endian; the result is in microseconds. */
const FRACTION_UNIT = [0, 10000, 100, 1];

export function timestamp(decimals: number): ValueReader {
  const bytes = Math.ceil(decimals / 2);
  return (cursor) => {
    const seconds = big(cursor, 4);
    return bytes === 0 ? timestampText(seconds) : timestampText(seconds) + fraction(cursor, bytes, decimals);
  };
}

export function datetime(decimals: number): ValueReader {
  const bytes = Math.ceil(decimals / 2);
  return (cursor) => {
    // 1 bit sign, always set; 17 bits year * 13 + month; 5 day; 5 hour; 6 minute; 6 second.
    const { buffer, at } = cursor;
    cursor.at = at + 5;
    const high = ((buffer[at]! & 0x7f) << 16) | (buffer[at + 1]! << 8) | buffer[at + 2]!;
    const months = high >>> 6;
    const low = ((high & 63) << 16) | (buffer[at + 3]! << 8) | buffer[at + 4]!;
    const text =
      dateText(Math.trunc(months / 13), months % 13, low >>> 17) +
      ' ' +
      secondOfDayText((low >>> 12) & 31, (low >>> 6) & 63, low & 63);
    return bytes === 0 ? text : text + fraction(cursor, bytes, decimals);
  };
}

function fraction(cursor: Cursor, bytes: number, decimals: number): string {
  return fractionText(big(cursor, bytes) * FRACTION_UNIT[bytes]!, decimals);
}

/** 24 bits and the fraction's bytes are one signed number, stored with its sign bit inverted. */
export function time(decimals: number): ValueReader {
  const bytes = Math.ceil(decimals / 2);
  const scale = 256 ** bytes;
  return (cursor) => {
    const stored = big(cursor, 3 + bytes) - 0x800000 * scale;
    const magnitude = Math.abs(stored);
    const clock = Math.trunc(magnitude / scale);
    return (
      (stored < 0 ? '-' : '') +
      clockText((clock >> 12) & 1023, (clock >> 6) & 63, clock & 63) +
      (bytes === 0 ? '' : fractionText((magnitude % scale) * FRACTION_UNIT[bytes]!, decimals))
    );
  };
}

/*
 * Before MySQL 5.6, and in MariaDB with mysql56_temporal_format=OFF. Without fractions they are digits or seconds, little-endian; with fractions
 * (MariaDB only) one big-endian number of the fraction's own unit. Neither says which it is: the decimals come from the server.
 */

/** Bytes of a fraction of so many digits. */
const OLD_FRACTION_BYTES = [0, 1, 1, 2, 2, 3, 3] as const;
/** Bytes of MariaDB's TIME and DATETIME with so many fractional digits. */
const OLD_TIME_BYTES = [3, 4, 4, 5, 5, 5, 6] as const;
const OLD_DATETIME_BYTES = [8, 6, 6, 7, 7, 7, 8] as const;
const DAY_S = 86_400;

export function oldTimestamp(decimals: number): ValueReader {
  if (decimals === 0) return (cursor) => timestampText(cursor.uint(4));
  const bytes = OLD_FRACTION_BYTES[decimals] ?? 3;
  return (cursor) => {
    const seconds = big(cursor, 4);
    return timestampText(seconds) + unitFraction(big(cursor, bytes), decimals);
  };
}

/** The digits hhmmss as a signed number. */
export function oldTime(decimals: number): ValueReader {
  if (decimals > 0) return hiresTime(decimals);
  return (cursor) => {
    const value = (cursor.uint(3) << 8) >> 8;
    const digits = Math.abs(value);
    return (value < 0 ? '-' : '') + clockText(Math.trunc(digits / 10000), Math.trunc(digits / 100) % 100, digits % 100);
  };
}

/** Units since the most negative TIME. */
function hiresTime(decimals: number): ValueReader {
  const bytes = OLD_TIME_BYTES[decimals] ?? 6;
  const unit = 10 ** decimals;
  const zero = 839 * 3600 * unit;
  return (cursor) => {
    const value = big(cursor, bytes) - zero;
    const magnitude = Math.abs(value);
    const seconds = Math.trunc(magnitude / unit);
    const clock = clockText(Math.trunc(seconds / 3600), Math.trunc(seconds / 60) % 60, seconds % 60);
    return (value < 0 ? '-' : '') + clock + unitFraction(magnitude % unit, decimals);
  };
}

/** The digits YYYYMMDDhhmmss as a number. */
export function oldDatetime(decimals: number): ValueReader {
  if (decimals > 0) return hiresDatetime(decimals);
  return (cursor) => {
    const digits = String(cursor.uint(4) + cursor.uint(4) * 2 ** 32).padStart(14, '0');
    return digits.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/, '$1-$2-$3 $4:$5:$6');
  };
}

/** One mixed-radix number of year, month, day (each with zero), hour, minute, second and fraction. */
function hiresDatetime(decimals: number): ValueReader {
  const bytes = OLD_DATETIME_BYTES[decimals] ?? 8;
  const unit = BigInt(10 ** decimals);
  return (cursor) => {
    let packed = 0n;
    for (let i = 0; i < bytes; i++) packed = (packed << 8n) | BigInt(cursor.uint(1));
    const parts = Number(packed / unit);
    const seconds = parts % DAY_S;
    const days = Math.trunc(parts / DAY_S);
    const months = Math.trunc(days / 32);
    return (
      `${dateText(Math.trunc(months / 13), months % 13, days % 32)} ` +
      clockText(Math.trunc(seconds / 3600), Math.trunc(seconds / 60) % 60, seconds % 60) +
      unitFraction(Number(packed % unit), decimals)
    );
  };
}

function unitFraction(value: number, decimals: number): string {
  return `.${String(value).padStart(decimals, '0')}`;
}
