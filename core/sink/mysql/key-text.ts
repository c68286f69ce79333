import type { Column, Value } from '../../change.js';
import type { TargetColumn } from './target-table.js';

/**
 * A column's value as text that is the same for all values that the target may take for equal; undefined when that cannot be said, so that the row is
 * taken to touch every other one of the key.
 */
export type KeyText = (value: Value) => string | undefined;

const TEXT = new Set(['char', 'varchar', 'tinytext', 'text', 'mediumtext', 'longtext', 'enum', 'set']);
/** Kinds of types within which the same value has the same text. */
const WHOLE = new Set(['tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'year', 'bit']);
const BYTES = new Set(['binary', 'varbinary', 'tinyblob', 'blob', 'mediumblob', 'longblob']);

/** @param prefix how many characters or bytes count, where not all do */
export function keyText(source: Column, target: TargetColumn, prefix: number | undefined): KeyText {
  if (TEXT.has(target.dataType)) return isText(source) ? foldedText(prefix) : unknown;
  if (WHOLE.has(target.dataType)) return isWhole(source) ? wholeText : unknown;
  if (BYTES.has(target.dataType)) return source.charset === 'binary' ? bytesText(prefix) : unknown;
  if (target.dataType === 'decimal') return source.type === 246 && sameScale(source, target) ? numberText : unknown;
  if (target.dataType === 'date') return source.type === 10 || source.type === 14 ? wholeText : unknown;
  if (/^(datetime|timestamp|time)$/.test(target.dataType)) {
    const digits = Number(/\((\d)\)/.exec(target.columnType)?.[1] ?? 0);
    const temporal = [7, 11, 12, 17, 18, 19].includes(source.type);
    return temporal && (source.decimals ?? 0) === digits ? wholeText : unknown;
  }
  return unknown;
}

const unknown: KeyText = () => undefined;

function isText(source: Column): boolean {
  return source.type === 247 || source.type === 248 || (source.charset !== undefined && source.charset !== 'binary');
}

function isWhole({ type }: Column): boolean {
  return type === 1 || type === 2 || type === 3 || type === 8 || type === 9 || type === 13 || type === 16;
}

function sameScale(source: Column, target: TargetColumn): boolean {
  return Number(/,(\d+)\)/.exec(target.columnType)?.[1] ?? 0) === (source.decimals ?? 0);
}

function wholeText(value: Value): string | undefined {
  return Buffer.isBuffer(value) ? value.toString('hex').replace(/^(00)+/, '') : String(value);
}

function numberText(value: Value): string | undefined {
  return String(value).replace(/^-(?=[0.]+$)/, '');
}

/** Zero bytes at the end are padding in BINARY. */
function bytesText(prefix: number | undefined): KeyText {
  return (value) => {
    if (!Buffer.isBuffer(value)) return undefined;
    return value
      .subarray(0, prefix ?? value.length)
      .toString('hex')
      .replace(/(00)+$/, '');
  };
}

const ASCII = /^[\x20-\x7e]*$/;

/**
 * ASCII without what any collation may pass over: case, spaces at the end, and the letters that some languages take for one (i j y, u v w). Beyond
 * ASCII collations differ too much, and some pass over control characters: not known.
 */
function foldedText(prefix: number | undefined): KeyText {
  return (value) => {
    if (typeof value !== 'string' || !ASCII.test(value)) return undefined;
    const text = prefix === undefined ? value : value.slice(0, prefix);
    return text.trimEnd().toLowerCase().replace(/[jy]/g, 'i').replace(/[vw]/g, 'u');
  };
}
