import { Kafka, logLevel, type Admin } from 'kafkajs';
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

/** All that a topic holds now, by a consumer of its own, in the order of each partition. */
export async function readTopic(brokers: readonly string[], topic: string): Promise<ReadRecord[]> {
  const ends = await withAdmin(brokers, (admin) => admin.fetchTopicOffsets(topic));
  const whole = ends
    .filter(({ low, high }) => low !== high)
    .map(({ partition, high }) => [partition, Number(high)] as const);
  let left = new Map(whole);
  let records: ReadRecord[] = [];
  if (left.size === 0) return records;
  const consumer = kafka(brokers).consumer({ groupId: `reader-${randomUUID()}`, sessionTimeout: 30_000 });
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.on('consumer.crash', ({ payload }) => {
        if (!payload.restart) return reject(payload.error);
        left = new Map(whole); // a broker that was just started has not loaded its groups: kafkajs begins again
        records = [];
      });
      consumer
        .run({
          eachBatch: async ({ batch }) => {
            for (const { offset, key, value, headers } of batch.messages) {
              records.push({
                partition: batch.partition,
                offset: Number(offset),
                key: key?.toString() ?? null,
                value: value?.toString() ?? null,
                headers: Object.fromEntries(Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)])),
              });
            }
            if (Number(batch.lastOffset()) + 1 >= left.get(batch.partition)!) left.delete(batch.partition);
            if (left.size === 0) resolve();
          },
        })
        .catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
  return records.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}
