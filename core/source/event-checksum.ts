import { crc32 } from 'node:zlib';

export const CHECKSUM_BYTES = 4;
/** Up to here a call into native code costs more than it saves. */
const SMALL = 300;

/** Eight tables of CRC32: what a byte adds that is followed by 0 to 7 others. */
const TABLE = new Int32Array(8 * 256);
for (let n = 0; n < 256; n++) {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = (c & 1) === 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  TABLE[n] = c;
}
for (let i = 256; i < TABLE.length; i++) TABLE[i] = TABLE[TABLE[i - 256]! & 255]! ^ (TABLE[i - 256]! >>> 8);

/** Whether the last four bytes before `end` are the CRC32 of all from `start` up to them. */
export function checksumFits(buffer: Buffer, start: number, end: number): boolean {
  const body = end - CHECKSUM_BYTES;
  if (body < start) return false;
  const stated = buffer.readUInt32LE(body);
  return (body - start > SMALL ? crc32(buffer.subarray(start, body)) : smallCrc32(buffer, start, body)) === stated;
}

function smallCrc32(buffer: Buffer, start: number, end: number): number {
  let crc = -1;
  let at = start;
  for (const last = end - 7; at < last; at += 8) {
    const low = crc ^ (buffer[at]! | (buffer[at + 1]! << 8) | (buffer[at + 2]! << 16) | (buffer[at + 3]! << 24));
    crc =
      TABLE[1792 + (low & 255)]! ^
      TABLE[1536 + ((low >>> 8) & 255)]! ^
      TABLE[1280 + ((low >>> 16) & 255)]! ^
      TABLE[1024 + (low >>> 24)]! ^
      TABLE[768 + buffer[at + 4]!]! ^
      TABLE[512 + buffer[at + 5]!]! ^
      TABLE[256 + buffer[at + 6]!]! ^
      TABLE[buffer[at + 7]!]!;
  }
  for (; at < end; at++) crc = TABLE[(crc ^ buffer[at]!) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
