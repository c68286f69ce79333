import { Failure } from '../../coordination/failure.js';
import type { Logger } from '../../coordination/log.js';
import type { KafkaSink as KafkaSinkSpec } from '../../coordination/schema/task-spec.js';
import type { Change, Table } from '../change.js';
import { createDebeziumFormat, type DebeziumFormat } from '../format/debezium.js';
import { gzipBatch, gzippedSize } from './gzip-batch.js';
import { IdempotentSender } from './idempotent-sender.js';
import { kafkaFailure } from './kafka-failure.js';
import { KafkaClient } from './kafkajs-client.js';
import { kafkaTls } from './kafka-tls.js';
import { murmur2 } from './murmur2.js';
import { Outbox, RecordTooLarge, type LoadedBatch, type Route } from './outbox.js';
import { RecordBatchBuilder, type RecordBatch } from './record-batch.js';
import { settledWithin, type Limits } from './settled-within.js';
import type { Batch, Sink } from './sink.js';
import { recordTooLarge, refusedAsTooLarge } from './too-large.js';
import { TopicNames } from './topic-name.js';
import { findOrCreateTopic, requestLimit, type Topic } from './topics.js';

export interface KafkaSinkOptions {
  /** Name of the task: the client id, and part of the topics. */
  readonly task: string;
  readonly spec: KafkaSinkSpec;
  /** Of `spec.sasl.user`. */
  readonly password?: string | undefined;
  readonly log: Logger;
  /** Upper bound of a produce request; the brokers' own bound holds besides. Default 4 MiB. */
  readonly maxRequestBytes?: number | undefined;
  /** How long brokers may be silent before a write fails with `sink-unreachable`. Default 10 s. */
  readonly patienceMs?: number | undefined;
  /** What `source.version` says in each record. */
  readonly version?: string | undefined;
}

const MIB = 2 ** 20;
/** So much is encoded before it is sent while the next is being encoded. */
const ROUND_BYTES = MIB;
const PATIENCE_MS = 10_000;
const CONNECT_TIMEOUT_MS = 3_000;
const CLOSE_MS = 1_000;
/** Header, topic names and partition numbers of a request. */
const REQUEST_MARGIN = 64 * 1024;

/**
 * Kafka as a sink: Debezium's records, at least once, acknowledged by all in-sync replicas, all records of a key in order.
 *
 * A keyed record's partition is the Java client's (murmur2 of the key); the records of a table without a key all go to one
 * partition, chosen by the table's name.
 */
export function createKafkaSink(options: KafkaSinkOptions): Sink {
  return new KafkaSink(options);
}

class KafkaSink implements Sink {
  readonly #options: KafkaSinkOptions;
  readonly #sender: IdempotentSender;
  readonly #format: DebeziumFormat;
  #client: KafkaClient | undefined;
  #opening: Promise<void> | undefined;
  #outbox: Outbox;
  #names: TopicNames;
  /** By topic, so that tables which share one share its lanes; and by table, to find it at once. */
  readonly #routes = new Map<string, Route>();
  #tables = new WeakMap<Table, Route>();
  #failed = false;

  constructor(options: KafkaSinkOptions) {
    const { task, spec, version } = options;
    this.#options = options;
    this.#format = createDebeziumFormat({ task, tombstones: spec.tombstones, version });
    this.#sender = new IdempotentSender({
      patienceMs: options.patienceMs ?? PATIENCE_MS,
      log: options.log,
      pack: (plain) => this.#pack(plain),
      tooLarge: refusedAsTooLarge,
    });
    this.#outbox = this.#newOutbox();
    this.#names = new TopicNames(task, spec.topic);
  }

  open(signal: AbortSignal): Promise<void> {
    this.#opening ??= this.#open(signal);
    return this.#opening;
  }

  async #open(signal: AbortSignal): Promise<void> {
    const place = this.#options.spec.brokers.join(', ');
    const late = new AbortController();
    let preparing: Promise<void> | undefined;
    try {
      signal.throwIfAborted();
      const client = this.#newClient();
      this.#client = client;
      this.#reset();
      preparing = this.#prepare(client, AbortSignal.any([signal, late.signal]));
      const deadline = performance.now() + 2 * (this.#options.patienceMs ?? PATIENCE_MS);
      if ((await settledWithin(preparing, { deadline, signal })) === 'late') {
        throw new Failure('sink-unreachable', 'the brokers do not answer', { place });
      }
    } catch (error) {
      late.abort();
      if (signal.aborted) this.#sender.forget();
      await this.close();
      if (preparing)
        await settledWithin(
          preparing.catch(() => undefined),
          closing(),
        );
      if (signal.aborted) throw error;
      throw kafkaFailure(error, 'opening the sink', place);
    }
  }

  #reset(): void {
    this.#outbox = this.#newOutbox();
    this.#names = new TopicNames(this.#options.task, this.#options.spec.topic);
    this.#routes.clear();
    this.#tables = new WeakMap();
    this.#failed = false;
  }

  async write(batch: Batch, signal: AbortSignal): Promise<void> {
    const client = this.#client;
    if (!client || this.#failed)
      throw new Failure('internal', 'the sink is not open: after a failure it is closed and opened');
    try {
      signal.throwIfAborted();
      await this.#write(client, batch, signal);
    } catch (error) {
      this.#failed = true;
      if (signal.aborted) this.#sender.forget();
      throw error;
    }
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    this.#opening = undefined;
    if (!client) return;
    await settledWithin(client.close(), closing()).catch((error: unknown) => {
      this.#options.log.debug({ err: error }, 'closing the connections');
    });
  }

  async #prepare(client: KafkaClient, signal: AbortSignal): Promise<void> {
    await client.connect();
    const { log, maxRequestBytes = 4 * MIB } = this.#options;
    this.#outbox.maxRequestBytes = Math.max(maxRequestBytes, 0);
    this.#outbox.recordRoom = (await requestLimit(client, log)) - REQUEST_MARGIN;
    await this.#sender.begin(client, signal);
  }

  /** Encodes change by change; what is ready is sent while the next is being encoded. */
  async #write(client: KafkaClient, batch: Batch, signal: AbortSignal): Promise<void> {
    let flight: Promise<void> = Promise.resolve();
    this.#format.at(Date.now());
    try {
      for (const change of batch.changes) {
        let route = this.#tables.get(change.table);
        if (!route) {
          await flight;
          route = await this.#route(client, change.table, signal);
        }
        const tooLarge = this.#encode(change, route);
        if (tooLarge) {
          await flight;
          await this.#sendAll(client, signal);
          throw tooLarge;
        }
        if (this.#outbox.bytes < ROUND_BYTES) continue;
        await flight;
        flight = this.#sendAll(client, signal);
        flight.catch(() => undefined); // thrown where it is awaited
        await new Promise(setImmediate); // the request leaves before more is encoded
      }
      await flight;
      await this.#sendAll(client, signal);
    } finally {
      await flight.catch(() => undefined);
    }
  }

  #encode(change: Change, route: Route): Failure | undefined {
    try {
      this.#outbox.to(route);
      this.#format.encode(change, this.#outbox);
      return undefined;
    } catch (error) {
      if (error instanceof RecordTooLarge)
        return recordTooLarge(error, change, { task: this.#options.task, topic: route.topic.name });
      throw error;
    }
  }

  /** What waits now; the batches are taken out before the first answer, so that encoding can go on. */
  async #sendAll(client: KafkaClient, signal: AbortSignal): Promise<void> {
    const rounds: LoadedBatch[][] = [];
    for (let taken = this.#outbox.take(); taken.length > 0; taken = this.#outbox.take()) rounds.push(taken);
    for (const round of rounds) {
      signal.throwIfAborted();
      const shipments = round.map(async ({ lane, batch }) => {
        const packed = this.#pack(batch);
        return {
          topic: lane.topic.name,
          partition: lane.partition,
          plain: batch,
          batch: packed instanceof Promise ? await packed : packed,
        };
      });
      await this.#sender.send(client, await Promise.all(shipments), signal);
    }
  }

  #pack(plain: RecordBatch): RecordBatch | Promise<RecordBatch> {
    return this.#options.spec.compression === 'gzip' ? gzipBatch(plain) : plain;
  }

  async #route(client: KafkaClient, table: Table, signal: AbortSignal): Promise<Route> {
    const { spec, log } = this.#options;
    const name = this.#names.of(table);
    let shared = this.#routes.get(name);
    if (!shared) {
      const wishes = { partitions: spec.partitions, replicationFactor: spec.replicationFactor };
      shared = routeTo(await findOrCreateTopic(client, name, { wishes, log, signal }));
      this.#routes.set(name, shared);
    }
    const bytes = Buffer.from(`${table.database}.${table.name}`);
    const route = { ...shared, keyless: (murmur2(bytes, bytes.length) & 0x7fffffff) % shared.topic.partitions };
    this.#tables.set(table, route);
    return route;
  }

  #newOutbox(): Outbox {
    const gzip = this.#options.spec.compression === 'gzip';
    return new Outbox({ batchBytes: MIB, wireSize: gzip ? gzippedSize : (batch) => batch.bytes.length });
  }

  #newClient(): KafkaClient {
    const { task, spec, password, log } = this.#options;
    if (spec.sasl && password === undefined) {
      throw new Failure('secret-missing', 'no password for the brokers', { place: 'sink.kafka.sasl.password' });
    }
    return new KafkaClient({
      clientId: `mysql-replicator-${task}`,
      brokers: spec.brokers,
      tls: kafkaTls(spec.tls),
      sasl: spec.sasl && { mechanism: spec.sasl.mechanism, username: spec.sasl.user, password: password! },
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      requestTimeoutMs: (this.#options.patienceMs ?? PATIENCE_MS) / 2,
      log,
    });
  }
}

/** What a dead broker may delay closing by. */
function closing(): Limits {
  return { deadline: performance.now() + CLOSE_MS, signal: new AbortController().signal };
}

function routeTo(topic: Topic): Route {
  const lanes = Array.from({ length: topic.partitions }, (_, partition) => ({
    topic,
    partition,
    full: [],
    open: new RecordBatchBuilder(),
  }));
  return { topic, keyless: 0, lanes };
}
