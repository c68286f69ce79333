import { randomUUID } from 'node:crypto';
import { Kafka, logLevel, type Consumer } from 'kafkajs';

/** A row's change as it arrived. */
export interface Arrival {
  readonly at: number;
  readonly op: string;
  readonly table: string;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
  /** Milliseconds from the commit at the source to here. */
  readonly delayMs: number;
}

interface Envelope {
  readonly op: string;
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
  readonly source: {
    readonly table: string;
    readonly file: string;
    readonly pos: number;
    readonly row: number;
    readonly ts_ms: number;
  };
}

const KEPT = 20;

/** Reads topics from their beginning, as any consumer would, and counts. */
export class KafkaTail {
  readonly #consumer: Consumer;
  readonly #seen = new Set<string>();
  readonly #last: Arrival[] = [];
  readonly #onArrival: (arrival: Arrival) => void;
  #repeated = 0;

  private constructor(consumer: Consumer, onArrival: (arrival: Arrival) => void) {
    this.#consumer = consumer;
    this.#onArrival = onArrival;
  }

  /** Makes the topics first, since a consumer finds only those that are there. */
  static async open(
    brokers: readonly string[],
    topics: readonly string[],
    onArrival: (arrival: Arrival) => void,
  ): Promise<KafkaTail> {
    const kafka = new Kafka({
      clientId: 'demo',
      brokers: [...brokers],
      logLevel: logLevel.NOTHING,
      retry: { initialRetryTime: 50, retries: 20 },
    });
    const admin = kafka.admin();
    await admin.connect();
    try {
      await admin.createTopics({ topics: topics.map((topic) => ({ topic, numPartitions: 1 })), waitForLeaders: true });
    } finally {
      await admin.disconnect();
    }
    const consumer = kafka.consumer({ groupId: `demo-${randomUUID()}`, maxWaitTimeInMs: 200 });
    const tail = new KafkaTail(consumer, onArrival);
    await consumer.connect();
    try {
      await consumer.subscribe({ topics: [...topics], fromBeginning: true });
      await consumer.run({ eachMessage: async ({ message }) => tail.#take(message.value) });
    } catch (error) {
      await consumer.disconnect();
      throw error;
    }
    return tail;
  }

  /** Different changes; the place in the binlog tells one from another. */
  get distinct(): number {
    return this.#seen.size;
  }

  /** How often a change came that had come before. */
  get repeated(): number {
    return this.#repeated;
  }

  /** The last ones, newest first. */
  get last(): readonly Arrival[] {
    return this.#last;
  }

  async close(): Promise<void> {
    await this.#consumer.disconnect();
  }

  #take(value: Buffer | null): void {
    if (value === null) return; // a tombstone, which belongs to the delete before it
    const { op, before, after, source } = JSON.parse(value.toString()) as Envelope;
    const place = `${source.file}:${source.pos}:${source.row}`;
    if (this.#seen.has(place)) this.#repeated++;
    this.#seen.add(place);
    const at = Date.now();
    const arrival = { at, op, table: source.table, before, after, delayMs: Math.max(0, at - source.ts_ms) };
    this.#last.unshift(arrival);
    this.#last.length = Math.min(this.#last.length, KEPT);
    this.#onArrival(arrival);
  }
}
