import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel, type Consumer } from 'kafkajs';
import { newBell } from '../../coordination/follow.js';
import type { Sql } from '../core/source/sql.js';
import { withAdmin } from '../core/sink/read-topic.js';
import type { Committed } from './load.js';

const TOPIC = 'copy_hot_item.shop.hot_item';

interface Image {
  readonly id: number;
  readonly version: number;
  readonly name: string;
  readonly price: string;
}

interface Envelope {
  readonly before: Image | null;
  readonly after: Image | null;
  readonly op: string;
  readonly source: Place;
}

interface Place {
  readonly file: string;
  readonly pos: number;
  readonly row: number;
  /** `uuid:number` */
  readonly gtid: string;
}

/** The transactions that one server numbered while it took the writes. */
interface Era {
  readonly uuid: string;
  readonly last: number;
}

export interface AuditResult {
  readonly records: number;
  readonly doubled: number;
  /** Changes that came for the first time after a later change of their partition. */
  readonly reordered: number;
  /** Records of a past term after one of a later term, in the same partition. */
  readonly stale: number;
}

const CAUGHT_UP_MS = 120_000;

/** Reads the task's topic as it grows, and keeps what the final comparison with the source needs. */
export class TopicAudit {
  readonly #brokers: readonly string[];
  readonly #bell = newBell();
  readonly #changes = new Set<string>();
  readonly #seen = new Set<string>();
  readonly #last = new Map<string, Image | null>();
  readonly #next = new Map<number, number>();
  readonly #closed = new AbortController();
  #consumer: Consumer | undefined;
  readonly #following: Promise<void>;
  #failed: Error | undefined;
  readonly #newest = new Map<number, Place>();
  #records = 0;
  #reordered = 0;
  #stale = 0;
  readonly #terms = new Map<number, number>();
  readonly #eras: Era[] = [];

  constructor(brokers: readonly string[]) {
    this.#brokers = brokers;
    this.#following = this.#follow().catch((error: unknown) => {
      this.#failed = error as Error; // thrown by whoever waits for a record
      this.#bell.ring();
    });
  }

  /** Changes that came more often than once, so far. */
  get doubled(): number {
    return this.#records - this.#changes.size;
  }

  /** The source's writes go to another server from now on; `last` is the number of the former's last transaction. */
  promoted({ former, last, now }: { readonly former: string; readonly last: number; readonly now: string }): void {
    this.#eras.pop();
    this.#eras.push({ uuid: former, last }, { uuid: now, last: Infinity });
  }

  /** Resolves when a record of the row with this id has been read, and all that stood in the topic then. */
  async arrived(id: number, limitMs = CAUGHT_UP_MS): Promise<void> {
    const late = AbortSignal.timeout(limitMs);
    late.addEventListener('abort', () => this.#bell.ring());
    await this.#until(late, `row ${id} has not arrived within ${limitMs} ms`, () =>
      this.#last.has(`{"id":${id}}`),
    ).catch(async (error: Error) => {
      throw new Error(`${error.message}\n${await this.#whereItIs()}`, { cause: error });
    });
    const ends = await withAdmin(this.#brokers, (admin) => admin.fetchTopicOffsets(TOPIC));
    await this.#until(late, `the topic could not be read to its end within ${limitMs} ms`, () =>
      ends.every(({ partition, low, high }) => high === low || (this.#next.get(partition) ?? 0) >= Number(high)),
    );
  }

  /**
   * Compares what was read with the source: every committed version of every row is there, each key's last state is the
   * source's, nothing is there that the source does not have.
   */
  async compare(sql: Sql, committed: Committed): Promise<AuditResult> {
    const lost = [...committed.versions].filter((version) => !this.#seen.has(version));
    assert.deepEqual(lost.slice(0, 5), [], `${lost.length} of ${committed.versions.size} versions are missing`);
    const rows = await sql.cells('SELECT id, version, name, price FROM shop.hot_item');
    const wrong: string[] = [];
    const last = new Map(this.#last);
    for (const [id, version, name, price] of rows) {
      const key = `{"id":${String(id)}}`;
      const image = last.get(key);
      last.delete(key);
      const same = image?.version === Number(version) && image.name === String(name) && image.price === String(price);
      if (!same) wrong.push(key);
    }
    for (const [key, image] of last) if (image !== null) wrong.push(key);
    assert.deepEqual(wrong.slice(0, 5), [], `${wrong.length} keys whose last state is not the source's`);
    return { records: this.#records, doubled: this.doubled, reordered: this.#reordered, stale: this.#stale };
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#following;
    await this.#consumer?.disconnect();
  }

  /** Whether the records are missing in the topic, or in what a consumer gets of it. */
  async #whereItIs(): Promise<string> {
    const ends = await withAdmin(this.#brokers, (admin) => admin.fetchTopicOffsets(TOPIC));
    const partitions = ends.map(
      ({ partition, high }) => `${partition}: read to ${this.#next.get(partition)} of ${high}`,
    );
    const consumer = await withAdmin(this.#brokers, (admin) => admin.describeGroups(['audit']));
    return `${partitions.join(', ')}; the consumer's group is ${consumer.groups[0]?.state}; ${this.#records} changes`;
  }

  async #until(late: AbortSignal, complaint: string, holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.#failed !== undefined) throw this.#failed;
      assert.ok(!late.aborted, complaint);
      await this.#bell.rung();
    }
  }

  /** The task makes the topic at its first change; until then there is nothing to read. */
  async #follow(): Promise<void> {
    const { signal } = this.#closed;
    const retry = { initialRetryTime: 50, maxRetryTime: 1_000, retries: 1_000 };
    const kafka = new Kafka({ clientId: 'audit', brokers: [...this.#brokers], logLevel: logLevel.NOTHING, retry });
    for (;;) {
      if (signal.aborted) return;
      const topics = await withAdmin(this.#brokers, (admin) => admin.listTopics()).catch((): string[] => []);
      if (topics.includes(TOPIC)) break;
      await sleep(100, undefined, { signal }).catch(() => undefined);
    }
    const consumer = kafka.consumer({ groupId: 'audit', sessionTimeout: 30_000, maxWaitTimeInMs: 100, retry });
    this.#consumer = consumer;
    await consumer.connect();
    await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
    // The end of a partition may be the marker of a transaction, which is no message.
    consumer.on('consumer.end_batch_process', ({ payload: { partition, lastOffset } }) => {
      this.#next.set(partition, Math.max(this.#next.get(partition) ?? 0, Number(lastOffset) + 1));
      this.#bell.ring();
    });
    await consumer.run({
      eachBatch: async ({ batch }) => {
        for (const { offset, key, value, headers } of batch.messages) {
          // A consumer that begins anew, since a broker restarted, gets again what it had.
          if (Number(offset) < (this.#next.get(batch.partition) ?? 0)) continue;
          this.#next.set(batch.partition, Number(offset) + 1);
          this.#lookAtTerm(batch.partition, Number(String(headers?.['term'])));
          this.#take(batch.partition, String(key), value);
        }
        this.#bell.ring();
      },
    });
  }

  #lookAtTerm(partition: number, term: number): void {
    const newest = this.#terms.get(partition) ?? 0;
    if (term < newest) this.#stale++;
    else if (term >= newest) this.#terms.set(partition, term);
    else this.#failed = new Error(`a record of partition ${partition} has no term`);
  }

  #take(partition: number, key: string, value: Buffer | null): void {
    if (value === null) {
      this.#last.set(key, null);
      return;
    }
    this.#records++;
    const { op, before, after, source } = JSON.parse(value.toString()) as Envelope;
    const { id, version } = (after ?? before)!;
    this.#order(partition, source, `${source.gtid} ${op} ${id}/${version}`);
    if (after) this.#seen.add(`${after.id}/${after.version}`);
    this.#last.set(key, after);
  }

  /** `change` names a change by what is the same on every server that has it. */
  #order(partition: number, place: Place, change: string): void {
    const newest = this.#newest.get(partition);
    const later = newest === undefined || this.#compare(place, newest) > 0;
    if (later) this.#newest.set(partition, place);
    else if (!this.#changes.has(change)) this.#reordered++;
    this.#changes.add(change);
  }

  /** Files and offsets are a server's own: between transactions the order of their numbers counts. */
  #compare(a: Place, b: Place): number {
    if (a.gtid === b.gtid) return a.file === b.file ? a.pos - b.pos || a.row - b.row : 1;
    const [[era, number], [otherEra, otherNumber]] = [this.#turn(a.gtid), this.#turn(b.gtid)];
    return era - otherEra || number - otherNumber;
  }

  #turn(gtid: string): [era: number, number: number] {
    const [uuid, text] = gtid.split(':');
    const number = Number(text);
    const era = this.#eras.findIndex((one) => one.uuid === uuid && number <= one.last);
    if (era < 0 && this.#eras.length > 0) this.#failed = new Error(`${gtid} is of no server that took writes`);
    return [era, number];
  }
}
