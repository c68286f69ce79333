import type { RecordHeader, RecordOutput } from '../format/record-output.js';
import { partitionOfKey } from './murmur2.js';
import type { RecordBatchBuilder } from './record-batch.js';
import { type RecordBatch } from './record-batch.js';
import type { RecordMarks } from './record-marks.js';
import type { Topic } from './topics.js';

/** Where a table's records go. */
export interface Route {
  readonly topic: Topic;
  /** Partition of records without a key: one per table, so that they keep their order. */
  readonly keyless: number;
  readonly lanes: readonly Lane[];
}

/** One partition: batches that are full, and the one being filled. */
export interface Lane {
  readonly topic: Topic;
  readonly partition: number;
  readonly full: RecordBatch[];
  readonly open: RecordBatchBuilder;
}

export interface LoadedBatch {
  readonly lane: Lane;
  readonly batch: RecordBatch;
}

/** A record that does not fit, with its place in the change at hand; nothing of it is kept. */
export class RecordTooLarge extends Error {
  readonly row: number;
  readonly bytes: number;
  readonly limit: number;

  constructor(row: number, bytes: number, limit: number) {
    super(`a record of ${bytes} bytes; the limit is ${limit}`);
    this.row = row;
    this.bytes = bytes;
    this.limit = limit;
  }
}

export interface OutboxOptions {
  /** Batches are cut here; only a single record may make a larger one. */
  readonly batchBytes: number;
  /** Bytes of a batch on the wire, for one that is larger than its topic takes. */
  readonly wireSize: (batch: RecordBatch) => number;
  /** The headers of every record, which take the row's index here. */
  readonly marks?: RecordMarks;
}

/** Records that wait to be sent, already as the bytes that will be sent. */
export class Outbox implements RecordOutput {
  readonly #options: OutboxOptions;
  #key = Buffer.allocUnsafeSlow(1024);
  #route: Route | undefined;
  /** Lanes with records, in the order of their first one. */
  readonly #loaded = new Set<Lane>();
  #bytes = 0;
  /** A request is cut here unless it has a single batch. */
  maxRequestBytes = Infinity;
  /** Largest batch that a request has room for. */
  recordRoom = Infinity;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Size of everything that waits. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes the route of the records that follow. */
  to(route: Route): void {
    this.#route = route;
  }

  /** @throws RecordTooLarge */
  record(row: number, key: string | null, value: string | null, header?: RecordHeader): void {
    const route = this.#route!;
    const keyLength = key === null ? -1 : this.#writeKey(key);
    const partition = key === null ? route.keyless : partitionOfKey(this.#key, keyLength, route.topic.partitions);
    const lane = route.lanes[partition]!;
    const limit = Math.min(route.topic.maxBatchBytes, this.recordRoom);
    const cut = Math.min(this.#options.batchBytes, limit, this.maxRequestBytes);
    const { open } = lane;
    const { marks } = this.#options;
    const before = open.size;
    marks?.row(row);

    open.append(this.#key, keyLength, value, header, marks);
    if (open.size > cut && open.count > 1) {
      open.removeLast();
      lane.full.push(open.finish());
      open.append(this.#key, keyLength, value, header, marks);
      this.#bytes += open.size;
    } else {
      this.#bytes += open.count === 1 ? open.size : open.size - before;
    }
    if (open.size > limit) this.#checkLarge(lane, row, limit);
    else this.#loaded.add(lane);
  }

  /** The next batches, at most one per partition and together no more than a request takes. */
  take(): LoadedBatch[] {
    const taken: LoadedBatch[] = [];
    let room = Math.min(this.maxRequestBytes, this.recordRoom);
    for (const lane of this.#loaded) {
      const size = lane.full[0]?.bytes.length ?? lane.open.size;
      if (size > room && taken.length > 0) break;
      const batch = lane.full.shift() ?? lane.open.finish();
      room -= size;
      this.#bytes -= size;
      taken.push({ lane, batch });
      if (lane.full.length === 0 && lane.open.count === 0) this.#loaded.delete(lane);
    }
    return taken;
  }

  /** A single record that is too large as it is may still fit when it is compressed. */
  #checkLarge(lane: Lane, row: number, limit: number): void {
    const size = lane.open.size;
    const batch = lane.open.finish();
    const wireSize = this.#options.wireSize(batch);
    if (wireSize > limit) {
      this.#bytes -= size;
      throw new RecordTooLarge(row, wireSize, limit);
    }
    lane.full.push(batch);
    this.#loaded.add(lane);
  }

  #writeKey(key: string): number {
    if (key.length * 3 > this.#key.length) this.#key = Buffer.allocUnsafeSlow(key.length * 3);
    return this.#key.write(key);
  }
}
