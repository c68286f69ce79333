import { setTimeout as delay } from 'node:timers/promises';
import { kafkaClient, type KafkaTarget } from './kafka-connect.js';
import { kafkaFailure } from './kafka-failure.js';
import type { KafkaClient } from './kafkajs-client.js';
import { batchesIn, isCommit, recordsIn, type ReadBatch } from './record-batch-reader.js';

/** A record as a consumer that reads committed gets it. */
export interface TopicRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  /** Milliseconds since 1970, when it was fetched. */
  readonly at: number;
  readonly key: string | undefined;
  /** `undefined`: a tombstone. */
  readonly value: string | undefined;
}

const PARTITIONS_AT_MOST = 64;
const PAUSE_MS = 200;
const IDLE_PAUSE_MS = 1_000;
/** New tables have new topics. */
const LOOK_AGAIN_MS = 5_000;
/** What is kept of an open transaction; a person looks on, so of a larger one the beginning is enough. */
const OPEN_AT_MOST = 500;
const OFFSET_OUT_OF_RANGE = 1;

/**
 * Reads what arrives in a task's topics from now on, until the signal aborts: no consumer group, nothing stored at the brokers. Records of a
 * transaction come when its marker says that it was committed. A reader that cannot keep up passes over what it missed.
 * @throws Failure when the brokers cannot be used
 */
export async function tailTopics(
  target: KafkaTarget,
  task: string,
  onRecord: (record: TopicRecord) => void,
  signal: AbortSignal,
): Promise<void> {
  const client = kafkaClient(target);
  const pattern = topicsOf(target.spec.topic, task);
  const tails = new Map<string, PartitionTail>();
  try {
    signal.throwIfAborted();
    await client.connect();
    let looked = -Infinity;
    let begun = false;
    while (!signal.aborted) {
      if (performance.now() > looked + LOOK_AGAIN_MS) {
        looked = performance.now();
        await findPartitions(client, pattern, tails, begun ? 'start' : 'end');
        begun = true;
      }
      let read = 0;
      for (const tail of tails.values()) {
        if (signal.aborted) return;
        read += await tail.read(client, onRecord);
      }
      await delay(read > 0 || tails.size > 8 ? PAUSE_MS : PAUSE_MS / 2, undefined, { signal }).catch(() => undefined);
      if (tails.size === 0) await delay(IDLE_PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  } catch (error) {
    if (!signal.aborted) throw kafkaFailure(error, 'reading the topics', target.spec.brokers.join(', '));
  } finally {
    await client.close().catch(() => undefined);
  }
}

/** The topics that a task's pattern can give. */
export function topicsOf(template: string, task: string): RegExp {
  const source = template
    .replaceAll('{task}', task)
    .split(/\{database\}|\{table\}/)
    .map((part) => part.replace(/[^A-Za-z0-9_-]/g, '\\$&'))
    .join('[A-Za-z0-9._-]+');
  return new RegExp(`^${source}$`);
}

/** Of what is there when one begins to look only the new records are read, of what comes later all. */
async function findPartitions(
  client: KafkaClient,
  pattern: RegExp,
  tails: Map<string, PartitionTail>,
  from: 'start' | 'end',
): Promise<void> {
  const { topics } = await client.describe();
  for (const topic of topics.filter((name) => pattern.test(name)).sort()) {
    const found = await client.findTopic(topic);
    for (let partition = 0; partition < (found?.partitions ?? 0); partition++) {
      const key = `${topic}/${partition}`;
      if (tails.has(key) || tails.size >= PARTITIONS_AT_MOST) continue;
      tails.set(key, new PartitionTail(topic, partition, await client.logBound(topic, partition, from)));
    }
  }
}

class PartitionTail {
  readonly #topic: string;
  readonly #partition: number;
  #next: number;
  /** By producer: what it has written in its open transaction. */
  readonly #open = new Map<bigint, TopicRecord[]>();

  constructor(topic: string, partition: number, next: number) {
    this.#topic = topic;
    this.#partition = partition;
    this.#next = next;
  }

  /** One look at what is new. Resolves to how many batches there were. */
  async read(client: KafkaClient, onRecord: (record: TopicRecord) => void): Promise<number> {
    const { errorCode, batches, end } = await client.fetch(this.#topic, this.#partition, this.#next);
    if (errorCode === OFFSET_OUT_OF_RANGE) {
      this.#next = await client.logBound(this.#topic, this.#partition, 'end');
      this.#open.clear();
      return 0;
    }
    if (errorCode !== 0) {
      await client.refreshMetadata();
      return 0;
    }
    let read = 0;
    for (const batch of batchesIn(batches)) {
      this.#take(batch, onRecord);
      this.#next = Math.max(this.#next, batch.lastOffset + 1);
      read++;
    }
    // More than one answer holds is waiting: the rest is passed over, so that what is shown is the present.
    if (read > 0 && end - this.#next > 10_000) {
      this.#next = end;
      this.#open.clear();
    }
    return read;
  }

  #take(batch: ReadBatch, onRecord: (record: TopicRecord) => void): void {
    if (batch.control) {
      if (isCommit(batch)) for (const record of this.#open.get(batch.producerId) ?? []) onRecord(record);
      this.#open.delete(batch.producerId);
      return;
    }
    const open = batch.transactional ? (this.#open.get(batch.producerId) ?? []) : undefined;
    if (open !== undefined) this.#open.set(batch.producerId, open);
    const at = Date.now();
    for (const { offset, key, value } of recordsIn(batch)) {
      if (offset < this.#next) continue;
      const record: TopicRecord = {
        topic: this.#topic,
        partition: this.#partition,
        offset: String(offset),
        at,
        key: key?.toString(),
        value: value?.toString(),
      };
      if (open === undefined) onRecord(record);
      else if (open.length < OPEN_AT_MOST) open.push(record);
    }
  }
}
