import { crc32c } from '@node-rs/crc32';
import type { RecordHeader } from '../format/record-output.js';
import type { RecordMarks } from './record-marks.js';
import { readVarint, varintSize, writeVarint } from './varint.js';

/**
 * Kafka's record batch, message format v2 ("magic 2"), as the Kafka protocol documentation describes it under "Record Batch" and
 * "Record": a header of 61 bytes, then the records, each with its own length in front; lengths are zig-zag varints, -1 for null.
 * The CRC-32C covers everything from the attributes on.
 */
export const BATCH_OVERHEAD = 61;

const AT = {
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  firstTimestamp: 27,
  maxTimestamp: 35,
};
const AT_PRODUCER = { id: 43, epoch: 51, sequence: 53, count: 57 };

/** Bits of a batch's attributes. */
export const TRANSACTIONAL = 0x10;
export const CONTROL = 0x20;

/** What the broker knows a batch by: the same three numbers again are the same batch again, which it keeps out. */
export interface BatchIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly sequence: number;
  /** The batch belongs to the producer's open transaction. */
  readonly transactional?: boolean;
}

/** Records of one partition, with room for the batch's header in front of them. */
export interface RecordBatch {
  readonly bytes: Buffer;
  readonly count: number;
  readonly gzipped: boolean;
}

/** Collects records of one partition, encoding each one at once. */
export class RecordBatchBuilder {
  #bytes = NONE;
  /** What is allocated when the first record comes; there may be thousands of partitions that get none. */
  #capacity = FIRST_CAPACITY;
  #end = BATCH_OVERHEAD;
  #last = BATCH_OVERHEAD;
  #count = 0;

  /** Bytes of the batch so far, its header included. */
  get size(): number {
    return this.#end;
  }

  get count(): number {
    return this.#count;
  }

  /**
   * Appends a record; `keyLength` is -1 for none. The value is text, which becomes UTF-8. Five arguments, since an object for each record would
   * cost more than the rest of this.
   */
  append(key: Buffer, keyLength: number, value: string | null, header?: RecordHeader, marks?: RecordMarks): void {
    const valueRoom = value === null ? 0 : value.length < SMALL ? value.length * 3 : Buffer.byteLength(value);
    const headerCount = (header ? 1 : 0) + (marks ? marks.count : 0);
    const headerSize = 1 + (header ? headerBytes(header) : 0) + (marks ? marks.size : 0);
    this.#reserve(RECORD_ROOM + Math.max(keyLength, 0) + valueRoom + headerSize);
    this.#last = this.#end;

    const bytes = this.#bytes;
    const before = 2 + varintSize(this.#count) + varintSize(keyLength) + Math.max(keyLength, 0);
    // Nearly all text is ASCII, one byte per character: write it where it belongs then, and move it if it was not.
    const guess = value === null ? -1 : value.length;
    let bodySize = before + varintSize(guess) + Math.max(guess, 0) + headerSize;
    let valueAt = this.#end + varintSize(bodySize) + before + varintSize(guess);
    let valueLength = -1;
    if (value !== null) {
      valueLength = bytes.write(value, valueAt);
      if (valueLength !== guess) {
        bodySize = before + varintSize(valueLength) + valueLength + headerSize;
        const moved = this.#end + varintSize(bodySize) + before + varintSize(valueLength);
        if (moved !== valueAt) bytes.copyWithin(moved, valueAt, valueAt + valueLength);
        valueAt = moved;
      }
    }

    let at = writeVarint(bytes, this.#end, bodySize);
    bytes[at++] = 0; // attributes
    bytes[at++] = 0; // timestamp delta: a batch has one time
    at = writeVarint(bytes, at, this.#count);
    at = writeVarint(bytes, at, keyLength);
    if (keyLength > 0) at += key.copy(bytes, at, 0, keyLength);
    writeVarint(bytes, at, valueLength);
    at = valueAt + Math.max(valueLength, 0);
    at = writeVarint(bytes, at, headerCount);
    if (header) at = writeHeader(bytes, at, header);
    this.#end = marks ? marks.copyTo(bytes, at) : at;
    this.#count++;
  }

  /** Takes the last record out again. */
  removeLast(): void {
    this.#end = this.#last;
    this.#count--;
  }

  /** The records so far, as a batch. The builder begins again. */
  finish(): RecordBatch {
    const batch = { bytes: this.#bytes.subarray(0, this.#end), count: this.#count, gzipped: false };
    this.#capacity = Math.min(Math.max(this.#end, FIRST_CAPACITY), KEPT_CAPACITY);
    this.#bytes = NONE;
    this.#end = this.#last = BATCH_OVERHEAD;
    this.#count = 0;
    return batch;
  }

  #reserve(room: number): void {
    const needed = this.#end + room;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#capacity, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#end);
    this.#bytes = larger;
  }
}

const NONE: Buffer = Buffer.alloc(0);
const FIRST_CAPACITY = 4096;
/** A lane that was just full begins with room for this much. */
const KEPT_CAPACITY = 2 ** 18;
/** Lengths and deltas of a record take less. */
const RECORD_ROOM = 32;
/** Below this, three bytes per character are reserved without looking. */
const SMALL = 2 ** 14;

function headerBytes(header: RecordHeader): number {
  const name = Buffer.byteLength(header.name);
  const value = Buffer.byteLength(header.value);
  return varintSize(name) + name + varintSize(value) + value;
}

function writeHeader(bytes: Buffer, start: number, header: RecordHeader): number {
  let at = writeVarint(bytes, start, Buffer.byteLength(header.name));
  at += bytes.write(header.name, at);
  at = writeVarint(bytes, at, Buffer.byteLength(header.value));
  return at + bytes.write(header.value, at);
}

/** Fills in the batch's header and makes its checksum; may be done again for another identity. */
export function stampBatch(batch: RecordBatch, identity: BatchIdentity, timestamp: number): Buffer {
  const { bytes, count } = batch;
  bytes.fill(0, 0, AT.length); // base offset: the broker's business
  bytes.writeInt32BE(bytes.length - AT.leaderEpoch, AT.length);
  bytes.writeInt32BE(0, AT.leaderEpoch);
  bytes[AT.magic] = 2;
  bytes.writeInt16BE((batch.gzipped ? 1 : 0) | (identity.transactional ? TRANSACTIONAL : 0), AT.attributes);
  bytes.writeInt32BE(count - 1, AT.lastOffsetDelta);
  bytes.writeBigInt64BE(BigInt(timestamp), AT.firstTimestamp);
  bytes.writeBigInt64BE(BigInt(timestamp), AT.maxTimestamp);
  bytes.writeBigInt64BE(identity.producerId, AT_PRODUCER.id);
  bytes.writeInt16BE(identity.producerEpoch, AT_PRODUCER.epoch);
  bytes.writeInt32BE(identity.sequence, AT_PRODUCER.sequence);
  bytes.writeInt32BE(count, AT_PRODUCER.count);
  bytes.writeUInt32BE(crc32c(bytes.subarray(AT.attributes)), AT.crc);
  return bytes;
}

/** Two batches with the first and the second half of an uncompressed batch's records. */
export function halveBatch(batch: RecordBatch): [RecordBatch, RecordBatch] {
  const half = batch.count >> 1;
  const { bytes } = batch;
  let at = BATCH_OVERHEAD;
  for (let i = 0; i < half; i++) {
    const [size, body] = readVarint(bytes, at);
    at = body + size;
  }
  const first = { bytes: Buffer.from(bytes.subarray(0, at)), count: half, gzipped: false };
  const records: Buffer[] = [Buffer.alloc(BATCH_OVERHEAD)];
  for (let i = 0; at < bytes.length; i++) {
    const [size, body] = readVarint(bytes, at);
    at = body + size;
    const [, rest] = readVarint(bytes, body + 2); // attributes, timestamp delta, then the offset delta to replace
    const head = Buffer.alloc(RECORD_ROOM);
    let headEnd = writeVarint(head, 0, 2 + varintSize(i) + at - rest);
    head[headEnd++] = 0;
    head[headEnd++] = 0;
    headEnd = writeVarint(head, headEnd, i);
    records.push(head.subarray(0, headEnd), bytes.subarray(rest, at));
  }
  return [first, { bytes: Buffer.concat(records), count: batch.count - half, gzipped: false }];
}
