import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../../coordination/failure.js';
import { parseStoredPosition, type StoredPosition } from '../../coordination/schema/stored-position.js';
import type { RecordAt } from '../../coordination/schema/znodes.js';
import { kafkaFailure } from './kafka-failure.js';
import type { KafkaClient } from './kafkajs-client.js';
import { batchesIn, isCommit, recordsIn, type ReadRecord } from './record-batch-reader.js';

/** A task's newest committed record in the topic of positions. */
export interface StoredRecord {
  readonly at: RecordAt;
  readonly value: StoredPosition;
}

export interface Wanted {
  readonly topic: string;
  readonly partitions: number;
  readonly task: string;
  /** Where a record of the task was that `lastCommit` remembers; it, or a newer one, stands there or after it. */
  readonly hint: RecordAt | undefined;
}

const OFFSET_OUT_OF_RANGE = 1;
const PAUSE_MS = 20;
/** Answers that pass: the partition's leader changes, or does not know its log's end yet. */
const PASSING = new Set([5, 6, 13, 74, 75, 76, 78]);

/**
 * Finds a task's newest committed record. Called when the task's producer has just been initialised, so that none of its transactions is
 * open. Others share the partition, and theirs may be: a read-committed consumer gets nothing past the oldest open one, so it could miss
 * ours. Therefore the log is read as it is, from the hint to its end as it stands now, and the markers say which of our records count.
 * Nothing rests on the log falling quiet. Without a usable hint every partition is searched from its beginning, which
 * compaction keeps short. All records of a task are in one partition, since its first one is kept to.
 */
export async function findStored(
  client: KafkaClient,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<StoredRecord | undefined> {
  const { hint, partitions } = wanted;
  if (hint && hint.partition < partitions) {
    const found = await searchPartition(client, wanted, hint, signal);
    if (found) return found;
  }
  const all = Array.from({ length: partitions }, (_, partition) =>
    searchPartition(client, wanted, { partition, offset: undefined }, signal),
  );
  const found = (await Promise.all(all)).filter((one) => one !== undefined);
  return found.reduce<StoredRecord | undefined>(
    (newest, one) => (newest && newest.value.term >= one.value.term ? newest : one),
    undefined,
  );
}

async function searchPartition(
  client: KafkaClient,
  wanted: Wanted,
  from: { readonly partition: number; readonly offset: number | undefined },
  signal: AbortSignal,
): Promise<StoredRecord | undefined> {
  const { topic } = wanted;
  const { partition } = from;
  const end = await client.logBound(topic, partition, 'end');
  const start = from.offset ?? (await client.logBound(topic, partition, 'start'));
  const search = new Search(wanted.task);
  let next = start;
  while (next < end) {
    signal.throwIfAborted();
    const { errorCode, batches, end: known, throttleMs } = await client.fetch(topic, partition, next);
    if (errorCode === OFFSET_OUT_OF_RANGE) return undefined; // the hint is of another topic of this name
    if (errorCode !== 0 && !PASSING.has(errorCode)) throw refused(errorCode, `topic ${topic}, partition ${partition}`);
    const before = next;
    for (const batch of batchesIn(batches)) {
      search.take(batch);
      next = Math.max(next, batch.lastOffset + 1);
    }
    if (next > before) continue;
    // Compaction may have emptied the rest.
    if (errorCode === 0 && batches.length === 0 && known >= end && throttleMs === 0) break;
    await delay(PAUSE_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
    if (errorCode !== 0) await client.refreshMetadata();
  }
  const { newest } = search;
  if (!newest?.value) return undefined;
  const value = parseStoredPosition(newest.value.toString());
  if (!value) {
    throw new Failure('sink-misconfigured', 'the stored position cannot be read by this version', {
      place: `topic ${topic}, partition ${partition}, offset ${newest.offset}`,
      remedy:
        'Use the version that wrote it; or write a record with this key and no value, after which the task goes on from its lastCommit.',
    });
  }
  return { at: { partition, offset: newest.offset }, value };
}

/** Picks a key's newest committed record out of a log that is read in order. */
class Search {
  readonly #key: Buffer;
  /** By producer: what it has written in its open transaction. */
  readonly #open = new Map<bigint, ReadRecord>();
  newest: ReadRecord | undefined;

  constructor(task: string) {
    this.#key = Buffer.from(task);
  }

  take(batch: Parameters<typeof recordsIn>[0]): void {
    if (batch.control) {
      const record = this.#open.get(batch.producerId);
      if (record === undefined) return;
      if (isCommit(batch)) this.newest = record;
      this.#open.delete(batch.producerId);
      return;
    }
    // The key stands in the batch as it is, unless it is compressed.
    if (batch.compression === 0 && !batch.records.includes(this.#key)) return;
    for (const record of recordsIn(batch)) {
      if (!record.key?.equals(this.#key)) continue;
      if (batch.transactional) this.#open.set(batch.producerId, record);
      else this.newest = record;
    }
  }
}

function refused(errorCode: number, place: string): Failure {
  const type = errorCode === 29 ? 'TOPIC_AUTHORIZATION_FAILED' : `error code ${errorCode}`;
  return kafkaFailure(
    { type, code: type, message: `the broker answers ${type}` },
    'reading the stored position',
    place,
  );
}
