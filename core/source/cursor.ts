/**
 * A place in an event that moves on as fields are read. One is kept per event, none per value. `buffer` ends where the event ends, so that nothing
 * behind it can be read; `end` is where the fields end (before a checksum).
 */
export class Cursor {
  buffer: Buffer;
  at: number;
  end: number;

  constructor(buffer: Buffer, at: number, end = buffer.length) {
    this.buffer = buffer;
    this.at = at;
    this.end = end;
  }

  /** Unsigned little-endian integer of up to 6 bytes. @throws RangeError when there are fewer bytes */
  uint(bytes: number): number {
    const value = this.buffer.readUIntLE(this.at, bytes);
    this.skip(bytes);
    return value;
  }

  /** MySQL's length-encoded integer. @throws RangeError for NULL and beyond 2^53 */
  lengthEncoded(): number {
    const first = this.uint(1);
    if (first < 251) return first;
    if (first === 252) return this.uint(2);
    if (first === 253) return this.uint(3);
    if (first !== 254) throw new RangeError('not a length-encoded integer');
    const value = this.uint(4) + this.uint(4) * 2 ** 32;
    if (!Number.isSafeInteger(value)) throw new RangeError('length-encoded integer out of range');
    return value;
  }

  /** A view of the next bytes. @throws RangeError when there are fewer */
  bytes(length: number): Buffer {
    const start = this.at;
    this.skip(length);
    return this.buffer.subarray(start, this.at);
  }

  text(length: number): string {
    const start = this.at;
    this.skip(length);
    return this.buffer.toString('utf8', start, this.at);
  }

  /** @throws RangeError when there are fewer bytes */
  skip(length: number): void {
    const next = this.at + length;
    if (next > this.end) throw new RangeError('a field that goes on beyond the end of its event');
    this.at = next;
  }
}
