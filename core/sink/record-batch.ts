import { crc32c } from '@node-rs/crc32';
import { ByteOutput } from '../format/byte-output.js';
import type { RecordHeader } from '../format/record-output.js';
import { BatchBuffers } from './batch-buffers.js';
import type { ReadyHeaders } from './record-marks.js';
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
  readonly #buffers: BatchBuffers;
  readonly #out = new ByteOutput(NONE);
  /** What is taken when the first record comes; there may be thousands of partitions that get none. */
  #capacity = 0;
  #end = BATCH_OVERHEAD;
  #count = 0;
  /** The last record, or the one being written: where it begins, its key and its value, and where its headers begin. */
  #last = { start: BATCH_OVERHEAD, keyAt: 0, keyLength: -1, valueAt: 0, valueLength: -1, headersAt: 0 };
  /** Widths of the two lengths of a record that depend on its value: the next one has most likely the same. */
  #bodyWidth = 2;
  #valueWidth = 2;

  constructor(buffers: BatchBuffers = new BatchBuffers()) {
    this.#buffers = buffers;
  }

  /** Bytes of the batch so far, its header included. */
  get size(): number {
    return this.#end;
  }

  get count(): number {
    return this.#count;
  }

  /** Begins a record; `keyLength` is -1 for none. Its value is what is written to the output that comes back, until `end`. */
  begin(key: Uint8Array, keyLength: number): ByteOutput {
    const out = this.#out;
    if (out.bytes === NONE) out.bytes = this.#buffers.take(this.#capacity);
    out.at = this.#end;
    out.reserve(RECORD_ROOM + Math.max(keyLength, 0));
    const last = this.#last;
    last.start = this.#end;
    last.keyLength = keyLength;
    last.keyAt = this.#end + this.#bodyWidth + 2 + varintSize(this.#count) + varintSize(keyLength);
    for (let i = 0; i < keyLength; i++) out.bytes[last.keyAt + i] = key[i]!;
    out.at = last.valueAt = last.keyAt + Math.max(keyLength, 0) + this.#valueWidth;
    return out;
  }

  /** Ends the record that was begun; with `null` it has no value. */
  end(header?: RecordHeader, marks?: ReadyHeaders, value?: null): void {
    const out = this.#out;
    const last = this.#last;
    const valueLength = (last.valueLength = value === null ? -1 : out.at - last.valueAt);
    const headerSize = 1 + (header ? headerBytes(header) : 0) + (marks ? marks.size : 0);
    out.reserve(RECORD_ROOM + headerSize);
    const { bytes } = out;
    const keySize = Math.max(last.keyLength, 0);
    const before = 2 + varintSize(this.#count) + varintSize(last.keyLength) + keySize;
    const valueWidth = varintSize(valueLength);
    const bodySize = before + valueWidth + Math.max(valueLength, 0) + headerSize;
    this.#fit(varintSize(bodySize), valueWidth);

    let at = writeVarint(bytes, last.start, bodySize);
    bytes[at++] = 0; // attributes
    bytes[at++] = 0; // timestamp delta: a batch has one time
    at = writeVarint(bytes, at, this.#count);
    writeVarint(bytes, at, last.keyLength);
    writeVarint(bytes, last.keyAt + keySize, valueLength);
    last.headersAt = at = last.valueAt + Math.max(valueLength, 0);
    at = writeVarint(bytes, at, (header ? 1 : 0) + (marks ? marks.count : 0));
    if (header) at = writeHeader(bytes, at, header);
    this.#end = marks ? marks.copyTo(bytes, at) : at;
    this.#count++;
  }

  /** Appends a record of which the value is text. */
  append(key: Uint8Array, keyLength: number, value: string | null, header?: RecordHeader, marks?: ReadyHeaders): void {
    const out = this.begin(key, keyLength);
    if (value === null) {
      this.end(header, marks, null);
      return;
    }
    out.text(value);
    this.end(header, marks);
  }

  /** The records but the last, as a batch. The builder begins again with the last one. */
  finishBeforeLast(): RecordBatch {
    const { bytes } = this.#out;
    const { start, keyAt, keyLength, valueAt, valueLength, headersAt } = this.#last;
    const end = this.#end;
    this.#end = start;
    this.#count--;
    const batch = this.finish();
    const out = this.begin(bytes.subarray(keyAt), keyLength);
    out.reserve(headersAt - valueAt);
    out.put(bytes.subarray(valueAt, headersAt));
    const rest = bytes.subarray(headersAt, end);
    const headers = {
      count: 0,
      size: rest.length - 1,
      copyTo: (to: Buffer, at: number) => at - 1 + rest.copy(to, at - 1),
    };
    this.end(undefined, headers, valueLength < 0 ? null : undefined);
    return batch;
  }

  /** The records so far, as a batch. The builder begins again. */
  finish(): RecordBatch {
    const batch = { bytes: this.#out.bytes.subarray(0, this.#end), count: this.#count, gzipped: false };
    // A short batch in between, at a chunk's end, says little about the next one.
    this.#capacity = Math.max(this.#end, this.#capacity >> 1);
    this.#out.bytes = NONE;
    this.#end = BATCH_OVERHEAD;
    this.#count = 0;
    return batch;
  }

  /** Moves key and value to where they belong when the lengths before them are of other widths than it was taken for. */
  #fit(bodyWidth: number, valueWidth: number): void {
    const keyShift = bodyWidth - this.#bodyWidth;
    const valueShift = keyShift + valueWidth - this.#valueWidth;
    if (keyShift === 0 && valueShift === 0) return;
    const { bytes } = this.#out;
    const { keyAt, keyLength, valueAt, valueLength } = this.#last;
    const moveKey = (): void => void bytes.copyWithin(keyAt + keyShift, keyAt, keyAt + Math.max(keyLength, 0));
    if (valueShift < 0) moveKey();
    bytes.copyWithin(valueAt + valueShift, valueAt, valueAt + Math.max(valueLength, 0));
    if (valueShift >= 0) moveKey();
    this.#last.keyAt += keyShift;
    this.#last.valueAt += valueShift;
    this.#bodyWidth = bodyWidth;
    this.#valueWidth = valueWidth;
  }
}

const NONE: Buffer = Buffer.alloc(0);
/** Lengths and deltas of a record take less. */
const RECORD_ROOM = 32;
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
