import type { Cursor } from './cursor.js';
import { decimalSize } from './decimal-text.js';
import type { ColumnLayout } from './value-reader.js';

const INTEGER: Readonly<Record<number, number>> = { 1: 1, 2: 2, 3: 4, 8: 8, 9: 3 };

/**
 * Bytes of a non-NULL value in a row image; below zero: that many bytes (1 to 4) hold the length of what follows them. Undefined where only reading the
 * value tells.
 */
export function storedSize({ type, metadata: [first, second] }: ColumnLayout): number | undefined {
  switch (type) {
    case 1:
    case 2:
    case 3:
    case 8:
    case 9:
      return INTEGER[type];
    case 4:
      return 4;
    case 5:
      return 8;
    case 246:
      return decimalSize(first, second);
    case 13:
      return 1;
    case 10:
    case 14:
      return 3;
    case 17:
      return 4 + Math.ceil(first / 2);
    case 18:
      return 5 + Math.ceil(first / 2);
    case 19:
      return 3 + Math.ceil(first / 2);
    case 16:
      return second + (first > 0 ? 1 : 0);
    case 15:
    case 253:
    case 254:
      return first > 255 ? -2 : -1;
    case 242:
    case 245:
    case 249:
    case 250:
    case 251:
    case 252:
    case 255:
      return -first;
    case 247:
    case 248:
      return first;
    default:
      return undefined;
  }
}

/** Sizes of a table's columns; undefined where those of one are not known. */
export function storedSizes(layouts: readonly ColumnLayout[]): readonly number[] | undefined {
  const sizes: number[] = [];
  for (const layout of layouts) {
    const size = storedSize(layout);
    if (size === undefined) return undefined;
    sizes.push(size);
  }
  return sizes;
}

/** Moves the cursor behind a row image that has every column. Whether that is still inside of the event is the caller's to look at. */
export function skipImage(cursor: Pick<Cursor, 'buffer' | 'at'>, sizes: readonly number[]): void {
  const { buffer } = cursor;
  const count = sizes.length;
  let nulls = cursor.at;
  let at = nulls + ((count + 7) >> 3);
  let bits = 0;
  for (let i = 0; i < count; i++) {
    bits = (i & 7) === 0 ? buffer[nulls++]! : bits >> 1;
    if ((bits & 1) === 1) continue;
    const size = sizes[i]!;
    at = size >= 0 ? at + size : behind(buffer, at, -size);
  }
  cursor.at = at;
}

/** Where a value ends that begins with a length of so many bytes. */
export function behind(buffer: Uint8Array, start: number, prefix: number): number {
  let length = buffer[start]!;
  if (prefix > 1) length |= buffer[start + 1]! << 8;
  if (prefix > 2) length |= buffer[start + 2]! << 16;
  if (prefix > 3) length += buffer[start + 3]! * 2 ** 24;
  return start + prefix + length;
}
