import type { Api } from './produce-request.js';

/** Fetch, version 4 (the oldest that Kafka 4 takes), as the Kafka protocol documentation describes it; of one partition, as raw bytes. */
export const FETCH: Api = { key: 1, name: 'Fetch', version: 4 };

const MAX_BYTES = 4 * 2 ** 20;
const MAX_WAIT_MS = 100;
const READ_UNCOMMITTED = 0;

export interface Fetched {
  readonly errorCode: number;
  /** Batches one after another; the last one may be cut. */
  readonly batches: Buffer;
  /** Up to here all in-sync replicas have the log. */
  readonly end: number;
  /** For how long the broker wants no more requests. */
  readonly throttleMs: number;
}

export function encodeFetch(from: { topic: string; partition: number; offset: number }): Buffer {
  const topic = Buffer.from(from.topic);
  const body = Buffer.alloc(17 + 4 + 2 + topic.length + 4 + 16);
  let at = 0;
  const int32 = (value: number): void => void (at = body.writeInt32BE(value, at));
  int32(-1); // a client, not a replica
  int32(MAX_WAIT_MS);
  int32(1); // as soon as there is a byte
  int32(MAX_BYTES);
  at = body.writeInt8(READ_UNCOMMITTED, at);
  int32(1); // topics
  at = body.writeInt16BE(topic.length, at);
  at += topic.copy(body, at);
  int32(1); // partitions
  int32(from.partition);
  at = body.writeBigInt64BE(BigInt(from.offset), at);
  int32(MAX_BYTES);
  return body;
}

export function decodeFetch(payload: Buffer): Fetched {
  const throttleMs = payload.readInt32BE(0);
  const nameLength = payload.readInt16BE(8); // behind the number of topics
  let at = 10 + nameLength + 4 + 4; // the number of partitions, the partition
  const errorCode = payload.readInt16BE(at);
  const end = Number(payload.readBigInt64BE(at + 2));
  at += 2 + 8 + 8; // and the last stable offset
  const aborted = payload.readInt32BE(at);
  at += 4 + Math.max(aborted, 0) * 16;
  const length = Math.max(payload.readInt32BE(at), 0);
  return { errorCode, end, throttleMs, batches: payload.subarray(at + 4, at + 4 + length) };
}
