/** A place in a packet that moves on as fields are read. One is kept per event, none per value. */
export class Cursor {
  readonly buffer: Buffer;
  at: number;

  constructor(buffer: Buffer, at: number) {
    this.buffer = buffer;
    this.at = at;
  }

  /** Unsigned little-endian integer of up to 6 bytes. */
  uint(bytes: number): number {
    const value = this.buffer.readUIntLE(this.at, bytes);
    this.at += bytes;
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
    const end = this.at + length;
    if (end > this.buffer.length) throw new RangeError('bytes beyond the end');
    const view = this.buffer.subarray(this.at, end);
    this.at = end;
    return view;
  }

  text(length: number): string {
    return this.bytes(length).toString('utf8');
  }
}
