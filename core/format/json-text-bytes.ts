import type { ByteOutput } from './byte-output.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** A byte as `\u00XX` takes so many. */
const LONGEST_ESCAPE = 6;
const HEX = Buffer.from('0123456789abcdef');
/** Letters of the short escapes, by the character's code. */
const SHORT_ESCAPES = new Uint8Array(128);
for (const [code, letter] of [
  [8, 'b'],
  [9, 't'],
  [10, 'n'],
  [12, 'f'],
  [13, 'r'],
  [QUOTE, '"'],
  [BACKSLASH, '\\'],
] as const)
  // prettier-ignore
  SHORT_ESCAPES[code] = letter.charCodeAt(0);

/** Bytes that stand for themselves. */
const PLAIN = new Uint8Array(256).fill(1, 0x20, 0x80);
PLAIN[QUOTE] = PLAIN[BACKSLASH] = 0;

/**
 * Writes the UTF-8 bytes from `start` up to `end` as a JSON string, as `JSON.stringify` does. False where they are not UTF-8: then nothing is written.
 */
export function jsonTextBytes(from: Uint8Array, start: number, end: number, to: ByteOutput): boolean {
  const room = end - start;
  to.reserve(room + 2);
  const began = to.at;
  let out = to.bytes;
  let at = began;
  out[at++] = QUOTE;
  for (let i = start; i < end;) {
    const byte = from[i]!;
    if (PLAIN[byte] === 1) {
      out[at++] = byte;
      i++;
    } else if (byte < 0x80) {
      to.at = at;
      to.reserve(LONGEST_ESCAPE + end - i + 1);
      out = to.bytes;
      at = escaped(out, at, byte);
      i++;
    } else {
      const size = sequence(from, i, end);
      if (size === 0) {
        to.at = began;
        return false;
      }
      for (let n = 0; n < size; n++) out[at++] = from[i++]!;
    }
  }
  out[at++] = QUOTE;
  to.at = at;
  return true;
}

function escaped(out: Uint8Array, start: number, byte: number): number {
  let at = start;
  out[at++] = BACKSLASH;
  const letter = SHORT_ESCAPES[byte]!;
  if (letter !== 0) {
    out[at++] = letter;
    return at;
  }
  out[at++] = 0x75; // u
  out[at++] = 0x30;
  out[at++] = 0x30;
  out[at++] = HEX[byte >> 4]!;
  out[at++] = HEX[byte & 15]!;
  return at;
}

/** Length of the well-formed sequence of more than one byte that begins here, by table 3-7 of the Unicode standard; 0 where there is none. */
function sequence(from: Uint8Array, i: number, end: number): number {
  const first = from[i]!;
  const second = from[i + 1]!;
  if (first < 0xc2 || first > 0xf4 || i + 1 >= end) return 0;
  if (first < 0xe0) return second >= 0x80 && second < 0xc0 ? 2 : 0;
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const beyond = first === 0xed ? 0xa0 : first === 0xf4 ? 0x90 : 0xc0;
  const size = first < 0xf0 ? 3 : 4;
  if (second < lowest || second >= beyond || i + size > end) return 0;
  for (let n = 2; n < size; n++) if ((from[i + n]! & 0xc0) !== 0x80) return 0;
  return size;
}

const BASE64 = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const PADDING = 0x3d;

/** Writes the bytes from `start` up to `end`, and zeros behind them up to `length` bytes, as a JSON string in base64. */
export function jsonBase64(from: Uint8Array, start: number, end: number, length: number, to: ByteOutput): void {
  to.reserve(Math.ceil(length / 3) * 4 + 2);
  const out = to.bytes;
  let { at } = to;
  out[at++] = QUOTE;
  for (let i = 0; i < length; i += 3) {
    const a = start + i < end ? from[start + i]! : 0;
    const b = start + i + 1 < end ? from[start + i + 1]! : 0;
    const c = start + i + 2 < end ? from[start + i + 2]! : 0;
    out[at++] = BASE64[a >> 2]!;
    out[at++] = BASE64[((a & 3) << 4) | (b >> 4)]!;
    out[at++] = i + 1 < length ? BASE64[((b & 15) << 2) | (c >> 6)]! : PADDING;
    out[at++] = i + 2 < length ? BASE64[c & 63]! : PADDING;
  }
  out[at++] = QUOTE;
  to.at = at;
}
