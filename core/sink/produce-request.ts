/**
 * Produce, version 7 (brokers since 2.1 take it, Kafka 4 does still), as the Kafka protocol documentation describes it. Written
 * here because a client library's own request encodes every record as objects and keeps the partitions' errors to itself.
 */
export interface PartitionRecords {
  readonly topic: string;
  readonly partition: number;
  readonly batch: Buffer;
}

export interface PartitionResult {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  /** Offset of the batch's first record; -1 when the broker does not say. */
  readonly baseOffset?: number;
}

/**
 * The request's body in pieces, the batches not copied. One batch per partition. All in-sync replicas acknowledge. The transactional id is
 * null for a producer without one.
 */
export function encodeProduce(
  records: readonly PartitionRecords[],
  ackTimeoutMs: number,
  transactionalId: string | null = null,
): Buffer[] {
  const topics = new Map<string, PartitionRecords[]>();
  for (const one of records) {
    const partitions = topics.get(one.topic);
    if (partitions) partitions.push(one);
    else topics.set(one.topic, [one]);
  }
  const id = Buffer.from(transactionalId ?? '');
  const start = Buffer.alloc(12 + id.length);
  start.writeInt16BE(transactionalId === null ? -1 : id.length, 0);
  const at = 2 + id.copy(start, 2);
  start.writeInt16BE(-1, at); // acks: all
  start.writeInt32BE(ackTimeoutMs, at + 2);
  start.writeInt32BE(topics.size, at + 6);
  const pieces: Buffer[] = [start];
  for (const [topic, partitions] of topics) {
    const name = Buffer.from(topic);
    const head = Buffer.alloc(6);
    head.writeInt16BE(name.length, 0);
    head.writeInt32BE(partitions.length, 2);
    pieces.push(head.subarray(0, 2), name, head.subarray(2));
    for (const { partition, batch } of partitions) {
      const at = Buffer.alloc(8);
      at.writeInt32BE(partition, 0);
      at.writeInt32BE(batch.length, 4);
      pieces.push(at, batch);
    }
  }
  return pieces;
}

/** A kind of request, by the numbers of the protocol. */
export interface Api {
  readonly key: number;
  readonly name: string;
  readonly version: number;
}

export const PRODUCE: Api = { key: 0, name: 'Produce', version: 7 };

/** What goes before a body: the request's length, and its header, version 1. */
export function requestHeader(api: Api, correlationId: number, clientId: string, body: readonly Buffer[]): Buffer {
  const name = Buffer.from(clientId);
  const header = Buffer.alloc(14 + name.length);
  const bodySize = body.reduce((sum, piece) => sum + piece.length, 0);
  header.writeInt32BE(header.length - 4 + bodySize, 0);
  header.writeInt16BE(api.key, 4);
  header.writeInt16BE(api.version, 6);
  header.writeInt32BE(correlationId, 8);
  header.writeInt16BE(name.length, 12);
  name.copy(header, 14);
  return header;
}

/** What the broker says about each partition, and for how long it wants no more requests (milliseconds). */
export function decodeProduce(payload: Buffer): { results: PartitionResult[]; throttleMs: number } {
  const results: PartitionResult[] = [];
  let at = 0;
  const int32 = (): number => payload.readInt32BE((at += 4) - 4);
  const topics = int32();
  for (let t = 0; t < topics; t++) {
    const length = payload.readInt16BE(at);
    const topic = payload.toString('utf8', at + 2, at + 2 + length);
    at += 2 + length;
    const partitions = int32();
    for (let p = 0; p < partitions; p++) {
      const partition = int32();
      const errorCode = payload.readInt16BE(at);
      const baseOffset = Number(payload.readBigInt64BE(at + 2));
      at += 2 + 8 + 8 + 8; // error, base offset, append time, log start offset
      results.push({ topic, partition, errorCode, baseOffset });
    }
  }
  return { results, throttleMs: int32() };
}
