import { kafkaClient, type KafkaTarget } from './kafka-connect.js';
import { kafkaFailure } from './kafka-failure.js';
import type { ClusterDescription } from './kafkajs-client.js';

/** A cluster as it describes itself, asked by a client of its own that is closed again. @throws Failure */
export async function describeCluster(target: KafkaTarget, signal: AbortSignal): Promise<ClusterDescription> {
  const client = kafkaClient(target);
  const abort = (): void => void client.close().catch(() => undefined);
  signal.addEventListener('abort', abort, { once: true });
  try {
    signal.throwIfAborted();
    await client.connect();
    return await client.describe();
  } catch (error) {
    throw kafkaFailure(error, 'asking the brokers', target.spec.brokers.join(', '));
  } finally {
    signal.removeEventListener('abort', abort);
    await client.close().catch(() => undefined);
  }
}
