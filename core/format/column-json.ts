import type { Column, Value } from '../change.js';
import { shortFloat } from '../short-float.js';
import { geometryJson } from './geometry-json.js';
import { jsonString } from './json-string.js';
import { dateJson, datetimeMicros, datetimeMillis, timeMicros, timestampJson } from './temporal.js';

/** The JSON text of a column's value. */
export type ColumnJson = (value: Value) => string;

/** How Debezium writes values of this column by default, but DECIMAL and BIGINT UNSIGNED as docs/debezium-format.md says. */
export function columnJson(column: Column): ColumnJson {
  switch (column.type) {
    case 10: // DATE
    case 14:
      return temporal(dateJson, column, '0');
    case 12: // DATETIME
    case 18:
      return temporal((column.decimals ?? 0) > 3 ? datetimeMicros : datetimeMillis, column, '0');
    case 7: // TIMESTAMP
    case 17:
      return temporal(timestampJson, column, '"1970-01-01T00:00:00Z"');
    case 11: // TIME
    case 19:
      return (value) => (typeof value === 'string' ? timeMicros(value) : plain(value));
    case 16: // BIT
      return column.length === 1 ? bit : bits;
    case 254: // CHAR and BINARY
      return column.charset === 'binary' && column.length !== undefined ? paddedBinary(column.length) : plain;
    case 242:
      return (value) => (Buffer.isBuffer(value) ? vectorJson(value) : plain(value));
    case 255:
      return (value) => (Buffer.isBuffer(value) ? geometryJson(value) : plain(value));
    default:
      return plain;
  }
}

function plain(value: Value): string {
  if (typeof value === 'string') return jsonString(value);
  if (typeof value === 'number') return number(value);
  if (value === null) return 'null';
  if (typeof value === 'bigint') return String(value);
  return base64(value);
}

function number(value: number): string {
  // MySQL stores neither, but neither may ever make the JSON unreadable.
  return Number.isFinite(value) ? String(value) : 'null';
}

function base64(bytes: Buffer): string {
  return `"${bytes.toString('base64')}"`;
}

/** A date that is none becomes null, or Debezium's substitute where the column is NOT NULL. */
function temporal(json: (text: string) => string | undefined, column: Column, substitute: string): ColumnJson {
  const none = column.nullable === false ? substitute : 'null';
  return (value) => (typeof value === 'string' ? (json(value) ?? none) : plain(value));
}

function bit(value: Value): string {
  if (Buffer.isBuffer(value)) return value.at(-1) === 0 ? 'false' : 'true';
  return plain(value);
}

/** BIT(n) is little-endian in Debezium, big-endian in MySQL. */
function bits(value: Value): string {
  return Buffer.isBuffer(value) ? base64(Buffer.from(value).reverse()) : plain(value);
}

/** Each number as the shortest that is the same 32-bit float. */
function vectorJson(bytes: Buffer): string {
  const numbers: string[] = [];
  for (let at = 0; at + 4 <= bytes.length; at += 4) numbers.push(number(shortFloat(bytes.readFloatLE(at))));
  return `[${numbers.join(',')}]`;
}

/** The binlog leaves out the zero bytes at the end of BINARY(n). */
function paddedBinary(length: number): ColumnJson {
  return (value) => {
    if (!Buffer.isBuffer(value)) return plain(value);
    return base64(value.length < length ? Buffer.concat([value], length) : value);
  };
}
