import { COLLATIONS, SWE7, UPPER_HALVES } from './character-sets.js';

/** Text of the bytes from `start` up to `end`. @throws when they are not text of the character set */
export type TextReader = (buffer: Buffer, start: number, end: number) => string;

/**
 * Multi-byte sets beside Unicode that cannot be read: no decoder at hand agrees with MySQL's own on all of their characters.
 * Simplified Chinese does, but for the two characters of gb2312 below.
 */
export const UNREADABLE_CHARSETS = ['big5', 'cp932', 'eucjpms', 'euckr', 'gb18030', 'sjis', 'ujis'] as const;

const charsetById = new Map<number, string>();
for (const [charset, ids] of Object.entries(COLLATIONS)) {
  for (const range of ids.split(' ')) {
    const [first, last] = range.split('-').map(Number);
    for (let id = first!; id <= (last ?? first!); id++) charsetById.set(id, charset);
  }
}

/** Name of the character set of a collation id; undefined for one that is newer than this program. */
export function charsetOfCollation(id: number): string | undefined {
  return charsetById.get(id);
}

/** How to read text of a MySQL character set; undefined for a set that cannot be read. */
export function textReader(charset: string): TextReader | undefined {
  switch (charset) {
    case 'utf8mb4':
    case 'utf8mb3':
    case 'utf8':
    case 'ascii':
      return utf8;
    case 'utf16le':
      return (buffer, start, end) => {
        if ((end - start) % 2 === 1) throw new RangeError('half a character of UTF-16');
        return buffer.toString('utf16le', start, end);
      };
    case 'utf16':
    case 'ucs2':
      return (buffer, start, end) => Buffer.from(buffer.subarray(start, end)).swap16().toString('utf16le');
    case 'utf32':
      return utf32;
    case 'swe7':
      return (buffer, start, end) => buffer.toString('latin1', start, end).replace(/[@[-^`{-\xff]/g, swedish);
  }
  const upper = UPPER_HALVES[charset];
  if (upper !== undefined) return singleByte(upper);
  if (charset !== 'gbk' && charset !== 'gb2312') return undefined;
  const decoder = new TextDecoder('gbk', { fatal: true, ignoreBOM: true });
  if (charset === 'gbk') return (buffer, start, end) => decoder.decode(buffer.subarray(start, end));
  return (buffer, start, end) =>
    decoder.decode(buffer.subarray(start, end)).replaceAll('\u00b7', '\u30fb').replaceAll('\u2014', '\u2015');
}

/** What of Node's Buffer does the work of `toString`, without its checks, which cost as much as a short text. */
interface Slices {
  utf8Slice(start: number, end: number): string;
  latin1Slice(start: number, end: number): string;
}

function utf8(buffer: Buffer, start: number, end: number): string {
  const text = (buffer as unknown as Slices).utf8Slice(start, end);
  return text.includes('\ufffd') ? unusualUtf8(buffer, start, end, text) : text;
}

/**
 * MySQL's utf8 admits surrogates, which UTF-8 does not: they are kept as they are. Whatever else is no UTF-8 cannot be told as text.
 */
function unusualUtf8(buffer: Buffer, start: number, end: number, text: string): string {
  if (Buffer.from(text).compare(buffer, start, end) === 0) return text;
  let whole = '';
  let from = start;
  for (let at = start; at + 2 < end; at++) {
    if (buffer[at] !== 0xed || buffer[at + 1]! < 0xa0) continue;
    whole += exactly(buffer, from, at);
    whole += String.fromCharCode(0xd000 | ((buffer[at + 1]! & 0x3f) << 6) | (buffer[at + 2]! & 0x3f));
    at += 2;
    from = at + 1;
  }
  return whole + exactly(buffer, from, end);
}

function exactly(buffer: Buffer, start: number, end: number): string {
  const text = buffer.toString('utf8', start, end);
  if (Buffer.from(text).compare(buffer, start, end) === 0) return text;
  throw new RangeError('bytes that are no text of the character set');
}

function singleByte(upper: string): TextReader {
  return (buffer, start, end) => {
    const text = (buffer as unknown as Slices).latin1Slice(start, end);
    return /^[\0-\x7f]*$/.test(text) ? text : text.replace(/[\x80-\xff]/g, (c) => upper[c.charCodeAt(0) - 128]!);
  };
}

function swedish(character: string): string {
  return SWE7[character.charCodeAt(0)] ?? '?';
}

function utf32(buffer: Buffer, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at += 4) text += String.fromCodePoint(buffer.readUInt32BE(at));
  return text;
}
