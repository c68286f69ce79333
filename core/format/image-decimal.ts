import { decimalSize } from '../source/decimal-text.js';
import type { ImageColumn } from './image-column.js';

/** Bytes that hold 0 to 9 decimal digits. */
const DIGIT_BYTES = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4] as const;
const GROUP = 9;
const QUOTE = 0x22;
const MINUS = 0x2d;
const DOT = 0x2e;

/**
 * DECIMAL as a JSON string of its exact digits, where each half fits into two groups of nine digits; undefined for wider ones. The format is the
 * server's decimal2bin: groups of nine digits in four big-endian bytes, shorter groups at the outer ends, the first bit inverted, and all
 * bits inverted for a negative number.
 */
export function imageDecimal(precision: number, scale: number): ImageColumn | undefined {
  const whole = precision - scale;
  if (whole > 2 * GROUP || scale > 2 * GROUP) return undefined;
  const size = decimalSize(precision, scale);
  const fraction = [...(scale >= GROUP ? [GROUP] : []), ...(scale % GROUP > 0 ? [scale % GROUP] : [])];
  if (scale === 2 * GROUP) fraction.push(GROUP);
  const integer = [...(whole % GROUP > 0 ? [whole % GROUP] : []), ...(whole >= GROUP ? [GROUP] : [])];
  if (whole === 2 * GROUP) integer.push(GROUP);
  const groups = [...integer, ...fraction];
  const count = groups.length;
  return (from, to) => {
    const { buffer } = from;
    const start = from.at;
    from.at = start + size;
    const negative = (buffer[start]! & 0x80) === 0;
    const flip = negative ? 0xff : 0;
    to.bytes[to.at++] = QUOTE;
    if (negative) to.bytes[to.at++] = MINUS;
    let at = start;
    let shown = false;
    for (let i = 0; i < count; i++) {
      const digits = groups[i]!;
      const bytes = DIGIT_BYTES[digits]!;
      let value = buffer[at]! ^ flip;
      if (at === start) value ^= 0x80;
      for (let n = 1; n < bytes; n++) value = value * 256 + (buffer[at + n]! ^ flip);
      at += bytes;
      if (value >= 10 ** digits) throw new RangeError('a DECIMAL with more digits than its column');
      if (i === integer.length) {
        if (!shown) to.integer(0);
        to.bytes[to.at++] = DOT;
        shown = true;
      }
      if (shown) to.padded(value, digits);
      else if (value > 0) {
        to.integer(value);
        shown = true;
      }
    }
    if (!shown) to.integer(0);
    to.bytes[to.at++] = QUOTE;
  };
}
