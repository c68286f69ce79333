import { Kafka, logLevel, type Admin, type KafkaMessage } from 'kafkajs';
import { randomUUID } from 'node:crypto';

export interface ReadRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

function kafka(brokers: readonly string[]): Kafka {
  return new Kafka({
    clientId: 'reader',
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 50, retries: 20 },
  });
}

export async function withAdmin<T>(brokers: readonly string[], use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka(brokers).admin();
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.disconnect();
  }
}

/** All that a topic holds now for a consumer that reads committed, in the order of each partition. */
export async function readTopic(brokers: readonly string[], topic: string): Promise<ReadRecord[]> {
  let records: ReadRecord[] = [];
  const begin = (): void => void (records = []);
  await readToEnd(brokers, topic, begin, (partition, { offset, key, value, headers }) => {
    records.push({
      partition,
      offset: Number(offset),
      key: key?.toString() ?? null,
      value: value?.toString() ?? null,
      headers: Object.fromEntries(Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)])),
    });
  });
  return records.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}

/**
 * Hands over every committed record that a topic holds now, by a consumer of its own. `begin` is called where it has to begin again.
 * A partition's end may be the marker of a transaction, which no consumer gets to see: only kafkajs's events tell that it was passed.
 */
export async function readToEnd(
  brokers: readonly string[],
  topic: string,
  begin: () => void,
  take: (partition: number, message: KafkaMessage) => void,
): Promise<void> {
  const ends = await withAdmin(brokers, (admin) => admin.fetchTopicOffsets(topic));
  const whole = ends
    .filter(({ low, high }) => low !== high)
    .map(({ partition, high }) => [partition, Number(high)] as const);
  let left = new Map(whole);
  if (left.size === 0) return;
  const consumer = kafka(brokers).consumer({
    groupId: `reader-${randomUUID()}`,
    sessionTimeout: 30_000,
    maxWaitTimeInMs: 200,
  });
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.on('consumer.crash', ({ payload }) => {
        if (!payload.restart) return reject(payload.error);
        left = new Map(whole); // a broker that was just started has not loaded its groups: kafkajs begins again
        begin();
      });
      consumer.on('consumer.end_batch_process', ({ payload }) => {
        if (Number(payload.lastOffset) + 1 >= (left.get(payload.partition) ?? 0)) left.delete(payload.partition);
        if (left.size === 0) resolve();
      });
      consumer
        .run({
          eachBatch: async ({ batch }) => {
            for (const message of batch.messages) take(batch.partition, message);
          },
        })
        .catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
}
