import { inflateRawSync, inflateSync } from 'node:zlib';

const LARGEST = 2 ** 32;

/**
 * Undoes MariaDB's compression of a column's value: a byte with the method in its upper half (0: stored as it is, 8: zlib), whether the stream
 * is raw (8), and the size of the original length that follows (big-endian). An empty value has nothing at all.
 * @throws RangeError when it is something else
 */
export function compressedBytes(stored: Buffer): Buffer {
  if (stored.length === 0) return stored;
  const head = stored.readUInt8(0);
  if (head >> 4 === 0) return stored.subarray(1);
  const size = head & 7;
  if (head >> 4 !== 8 || size === 0 || size > 4) throw new RangeError('an unknown compression of a column');
  return inflated(stored.subarray(1 + size), stored.readUIntBE(1, size), (head & 8) !== 0);
}

/** Undoes MariaDB's compression of rows and statements (log_bin_compress). @throws RangeError when it is something else */
export function compressedEvent(stored: Buffer): Buffer {
  const head = stored.readUInt8(0);
  const size = head & 7;
  if ((head & 0x80) === 0 || ((head >> 4) & 7) !== 0 || size === 0 || size > 4) {
    throw new RangeError('an unknown compression of an event');
  }
  return inflated(stored.subarray(1 + size), stored.readUIntBE(1, size), false);
}

function inflated(stream: Buffer, length: number, raw: boolean): Buffer {
  const limit = { maxOutputLength: Math.min(Math.max(length, 1), LARGEST - 1) };
  const bytes = raw ? inflateRawSync(stream, limit) : inflateSync(stream, limit);
  if (bytes.length !== length) throw new RangeError('compressed data of another length than stated');
  return bytes;
}
