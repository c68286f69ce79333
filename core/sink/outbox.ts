import { ByteOutput } from '../format/byte-output.js';
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

const NO_KEY = new Uint8Array(0);

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
  readonly #key = new ByteOutput(Buffer.allocUnsafeSlow(1024));
  #route: Route | undefined;
  /** Of the record that is being written: its partition and its row. */
  #lane: Lane | undefined;
  #row = 0;
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
    this.#key.at = 0;
    if (key !== null) this.#key.text(key);
    const out = this.open(row, key === null ? null : this.#key);
    if (value !== null) out.text(value);
    this.#close(header, value === null ? null : undefined);
  }

  open(row: number, key: ByteOutput | null): ByteOutput {
    const route = this.#route!;
    const partition = key === null ? route.keyless : partitionOfKey(key.bytes, key.at, route.topic.partitions);
    const lane = (this.#lane = route.lanes[partition]!);
    this.#row = row;
    return key === null ? lane.open.begin(NO_KEY, -1) : lane.open.begin(key.bytes, key.at);
  }

  /** @throws RecordTooLarge */
  close(): void {
    this.#close(undefined, undefined);
  }

  /** @throws RecordTooLarge */
  tombstone(row: number, key: ByteOutput): void {
    this.open(row, key);
    this.#close(undefined, null);
  }

  #close(header: RecordHeader | undefined, value: null | undefined): void {
    const lane = this.#lane!;
    const { open, topic } = lane;
    const { marks } = this.#options;
    const limit = Math.min(topic.maxBatchBytes, this.recordRoom);
    const cut = Math.min(this.#options.batchBytes, limit, this.maxRequestBytes);
    const before = open.size;
    marks?.row(this.#row);
    open.end(header, marks, value);
    if (open.size > cut && open.count > 1) {
      lane.full.push(open.finishBeforeLast());
      this.#bytes += open.size;
    } else {
      this.#bytes += open.count === 1 ? open.size : open.size - before;
    }
    if (open.size > limit) this.#checkLarge(lane, this.#row, limit);
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
}
