import { gunzipSync } from 'node:zlib';
import { BATCH_OVERHEAD, CONTROL, TRANSACTIONAL } from './record-batch.js';
import { readVarint } from './varint.js';

/** A batch as a log has it; see record-batch.ts for the form. */
export interface ReadBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly producerId: bigint;
  readonly transactional: boolean;
  /** A marker that the broker wrote: the producer's transaction ended here. */
  readonly control: boolean;
  /** Kafka's number of the compression; 0 for none. */
  readonly compression: number;
  readonly count: number;
  readonly records: Buffer;
}

export interface ReadRecord {
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

/** Whole batches one after another; what is cut at the end is left out. @throws RangeError for another message format than v2 */
export function* batchesIn(bytes: Buffer): Generator<ReadBatch> {
  let at = 0;
  while (bytes.length - at >= BATCH_OVERHEAD) {
    const size = 12 + bytes.readInt32BE(at + 8);
    if (size > bytes.length - at) return;
    const batch = bytes.subarray(at, at + size);
    if (batch[16] !== 2) throw new RangeError(`message format ${batch[16]}`);
    const attributes = batch.readInt16BE(21);
    const baseOffset = Number(batch.readBigInt64BE(0));
    yield {
      baseOffset,
      lastOffset: baseOffset + batch.readInt32BE(23),
      producerId: batch.readBigInt64BE(43),
      transactional: (attributes & TRANSACTIONAL) !== 0,
      control: (attributes & CONTROL) !== 0,
      compression: attributes & 7,
      count: batch.readInt32BE(57),
      records: batch.subarray(BATCH_OVERHEAD),
    };
    at += size;
  }
}

/** @throws RangeError for a compression other than gzip */
export function* recordsIn(batch: ReadBatch): Generator<ReadRecord> {
  if (batch.compression > 1) throw new RangeError(`compression ${batch.compression}`);
  const bytes = batch.compression === 1 ? gunzipSync(batch.records) : batch.records;
  let at = 0;
  for (let i = 0; i < batch.count; i++) {
    const [size, body] = readVarint(bytes, at);
    at = body + size;
    const [, delta] = readVarint(bytes, body + 1); // behind the attributes: the timestamp's delta
    const [offsetDelta, keyStart] = readVarint(bytes, delta);
    const [key, valueStart] = readBytes(bytes, keyStart);
    const [value] = readBytes(bytes, valueStart);
    yield { offset: batch.baseOffset + offsetDelta, key, value };
  }
}

/** Whether a control batch says that its producer's transaction was committed. */
export function isCommit(batch: ReadBatch): boolean {
  for (const { key } of recordsIn(batch)) return key?.readInt16BE(2) === 1; // version, then 0 abort, 1 commit
  return false;
}

function readBytes(bytes: Buffer, at: number): [Buffer | null, number] {
  const [length, start] = readVarint(bytes, at);
  return length < 0 ? [null, start] : [bytes.subarray(start, start + length), start + length];
}
