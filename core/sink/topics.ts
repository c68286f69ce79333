import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../../coordination/failure.js';
import type { Logger } from '../../coordination/log.js';
import { kafkaFailure } from './kafka-failure.js';
import type { KafkaClient, TopicDescription } from './kafkajs-client.js';

/** What of a topic matters to a producer, as it was when the sink was opened: partitions added later are used after a restart. */
export interface Topic {
  readonly name: string;
  readonly partitions: number;
  /** Largest record batch that the topic takes, in bytes (`max.message.bytes`). */
  readonly maxBatchBytes: number;
}

export interface TopicWishes {
  readonly partitions: number;
  /** Undefined: as many as the brokers' default. */
  readonly replicationFactor: number | undefined;
  /** Settings of the topic that are not the brokers' defaults. */
  readonly settings?: Readonly<Record<string, string>>;
}

const DEFAULT_MAX_BATCH_BYTES = 1_048_588;
const DEFAULT_MAX_REQUEST_BYTES = 104_857_600;
const PATIENCE_MS = 10_000;

/** Finds the topic, or makes it as wished and waits until it has leaders. @throws Failure */
export async function findOrCreateTopic(
  client: KafkaClient,
  name: string,
  context: { readonly wishes: TopicWishes; readonly log: Logger; readonly signal: AbortSignal },
): Promise<Topic> {
  const { wishes, log, signal } = context;
  const place = `topic ${name}`;
  try {
    let found = await client.findTopic(name);
    if (!found) {
      log.info({ topic: name, partitions: wishes.partitions }, 'creating the topic');
      await create(client, name, wishes);
      found = await appearance(client, name, signal);
    }
    return { name, partitions: found.partitions, maxBatchBytes: await limit(client, name, log) };
  } catch (error) {
    if (signal.aborted) throw error;
    throw kafkaFailure(error, `preparing the topic ${name}`, place);
  }
}

/** Largest request that every known broker takes, in bytes; Kafka's default where the account may not ask. */
export async function requestLimit(client: KafkaClient, log: Logger): Promise<number> {
  let least = Infinity;
  for (const nodeId of client.nodeIds) {
    const value = await setting(client, { nodeId }, 'socket.request.max.bytes', log);
    least = Math.min(least, value ?? DEFAULT_MAX_REQUEST_BYTES);
  }
  return Number.isFinite(least) ? least : DEFAULT_MAX_REQUEST_BYTES;
}

async function create(client: KafkaClient, name: string, wishes: TopicWishes): Promise<void> {
  try {
    const { partitions, replicationFactor, settings } = wishes;
    await client.createTopic(name, { partitions, replicas: replicationFactor ?? -1, settings }, PATIENCE_MS / 2);
  } catch (error) {
    const inner = (error as { errors?: readonly { type?: string }[] }).errors ?? [];
    // Another one made it in the meantime: it is used as it is.
    if (inner.length === 0 || !inner.every(({ type }) => type === 'TOPIC_ALREADY_EXISTS')) throw error;
  }
}

/** Brokers hear of a new topic a moment after the controller, and there is nothing to listen to. */
async function appearance(client: KafkaClient, name: string, signal: AbortSignal): Promise<TopicDescription> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await client.findTopic(name).catch((error: unknown) => {
      if ((error as { type?: string }).type === 'LEADER_NOT_AVAILABLE') return undefined;
      throw error;
    });
    if (found) return found;
    if (performance.now() > deadline) {
      throw new Failure('sink-unreachable', `the new topic ${name} has no leader yet`, { place: `topic ${name}` });
    }
    await delay(20, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

async function limit(client: KafkaClient, topic: string, log: Logger): Promise<number> {
  return (await setting(client, { topic }, 'max.message.bytes', log)) ?? DEFAULT_MAX_BATCH_BYTES;
}

async function setting(
  client: KafkaClient,
  of: { topic: string } | { nodeId: number },
  name: string,
  log: Logger,
): Promise<number | undefined> {
  try {
    const value = Number(await client.setting(of, name));
    return Number.isSafeInteger(value) && value > 0 ? value : undefined;
  } catch (error) {
    const failure = kafkaFailure(error, `asking for ${name}`, JSON.stringify(of));
    if (failure.kind !== 'sink-access-denied') throw failure;
    log.debug({ setting: name }, 'the account may not read this setting; Kafka’s default is assumed');
    return undefined;
  }
}
