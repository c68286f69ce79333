import type { ValueReader } from './value-reader.js';

/** ENUM: its member; index 0 is the empty text that a server without strict mode stores for an invalid value. */
export function enumeration(bytes: number, members: readonly string[]): ValueReader {
  const texts = ['', ...members];
  return (cursor) => {
    const { buffer, at } = cursor;
    cursor.at = at + bytes;
    const member = texts[bytes === 1 ? buffer[at]! : buffer[at]! | (buffer[at + 1]! << 8)];
    if (member === undefined) throw new RangeError('ENUM index beyond its members');
    return member;
  };
}

/** SET: the chosen members with commas between. */
export function set(bytes: number, members: readonly string[]): ValueReader {
  return (cursor) => {
    let chosen = '';
    let any = false;
    for (let byte = 0; byte < bytes; byte++) {
      const bits = cursor.buffer[cursor.at++]!;
      for (let bit = 0; bit < 8; bit++) {
        if ((bits & (1 << bit)) === 0) continue;
        const member = members[byte * 8 + bit];
        if (member === undefined) throw new RangeError('SET bit beyond its members');
        chosen += any ? `,${member}` : member;
        any = true;
      }
    }
    return chosen;
  };
}
