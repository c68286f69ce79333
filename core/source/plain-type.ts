import type { ValueReader } from './value-reader.js';

const BYTES = { inet4: 4, inet6: 16, uuid: 16 } as const;

/**
 * MariaDB's types of fixed bytes, as SELECT shows them. In the binlog they are BINARY that has lost its trailing zero bytes.
 */
export function plainType(name: keyof typeof BYTES): ValueReader {
  const size = BYTES[name];
  const show = { inet4, inet6, uuid }[name];
  return (cursor) => {
    const bytes = Buffer.alloc(size);
    const length = cursor.uint(1);
    if (length > size) throw new RangeError(`a value of ${name} with ${length} bytes`);
    const start = cursor.at;
    cursor.skip(length);
    cursor.buffer.copy(bytes, 0, start, cursor.at);
    return show(bytes);
  };
}

function inet4(bytes: Buffer): string {
  return [...bytes].join('.');
}

/** The longest run of two and more zero groups is `::`; an address of IPv4 in IPv6 ends with dots. */
function inet6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i));
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const mapped = best.start === 0 && (best.length === 6 || (best.length === 5 && groups[5] === 0xffff));
  const shown = mapped ? groups.slice(0, 6) : groups;
  const hex = (from: number, to?: number): string =>
    shown
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  const text = best.start < 0 ? hex(0) : `${hex(0, best.start)}::${hex(best.start + best.length)}`;
  if (!mapped) return text;
  return (text.endsWith(':') ? text : `${text}:`) + inet4(bytes.subarray(12));
}

/**
 * UUIDs of versions 1 to 5 are stored with the node first and the lowest part of the time last, so that they sort by time; others as they are.
 */
function uuid(stored: Buffer): string {
  const swapped = isSwapped(stored);
  const hex = stored.toString('hex');
  const text = swapped
    ? hex.slice(24) + hex.slice(20, 24) + hex.slice(16, 20) + hex.slice(12, 16) + hex.slice(0, 12)
    : hex;
  return text.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** In what is stored swapped, the version stands in the 9th byte and the variant in the 7th. */
function isSwapped(stored: Buffer): boolean {
  const version = stored[8]! >> 4;
  return (stored[6]! & 0x80) !== 0 && version > 0 && version < 6;
}
