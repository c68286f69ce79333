import type { Column, Value } from '../../change.js';
import { jsonLiteral } from './json-literal.js';

/** Writes one value as SQL. */
export type LiteralWriter = (value: Value) => string;

/**
 * How values of a source's column are written as SQL, so that a column of the same type gets exactly them. Statements are UTF-8, backslashes
 * escape, the session is in UTC.
 */
export function literalWriter(column: Column): LiteralWriter {
  switch (column.type) {
    case 4:
    case 5:
      return (value) => (typeof value === 'number' ? approximate(value) : plain(value));
    case 246:
      // Exact as a number; as text it would be, too, but longer.
      return (value) => (typeof value === 'string' ? value : plain(value));
    case 245:
      return (value) => (typeof value === 'string' ? jsonLiteral(value, quoted) : plain(value));
    default:
      return plain;
  }
}

/** NULL, a whole number, text, or bytes. */
export function plain(value: Value): string {
  if (typeof value === 'string') return quoted(value);
  if (value === null) return 'NULL';
  return Buffer.isBuffer(value) ? bytes(value) : String(value);
}

/** A literal with an exponent is a DOUBLE; without, it would be a DECIMAL. Only text keeps the sign of zero in both flavours. */
function approximate(value: number): string {
  if (Object.is(value, -0)) return "'-0'";
  const text = String(value);
  return text.includes('e') ? text : `${text}e0`;
}

const SPECIAL = /['\\]/;

export function quoted(text: string): string {
  return SPECIAL.test(text) ? `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'` : `'${text}'`;
}

function bytes(value: Buffer): string {
  return `x'${value.toString('hex')}'`;
}

/** A schema's, table's or column's name. */
export function identifier(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
