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
      return (buffer, start, end) => buffer.toString('utf8', start, end);
    case 'utf16le':
      return (buffer, start, end) => buffer.toString('utf16le', start, end);
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

function singleByte(upper: string): TextReader {
  return (buffer, start, end) => {
    const text = buffer.toString('latin1', start, end);

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
