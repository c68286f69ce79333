import { Failure } from '../../coordination/failure.js';
import type { Logger } from '../../coordination/log.js';
import type { KafkaSink as KafkaSinkSpec } from '../../coordination/schema/task-spec.js';
import type { Change, Table } from '../change.js';
import { createDebeziumFormat, type DebeziumFormat } from '../format/debezium.js';
import { BatchBuffers } from './batch-buffers.js';
import { ExactlyOnce } from './exactly-once.js';
import { gzipBatch, gzippedSize } from './gzip-batch.js';
import { IdempotentSender, type Shipment } from './idempotent-sender.js';
import { kafkaFailure } from './kafka-failure.js';
import { kafkaClient } from './kafka-connect.js';
import type { KafkaClient } from './kafkajs-client.js';
import { murmur2 } from './murmur2.js';
import { Outbox, RecordTooLarge, type LoadedBatch, type Route } from './outbox.js';
import { RecordBatchBuilder, type RecordBatch } from './record-batch.js';
import { RecordMarks } from './record-marks.js';
import { settledWithin, type Limits } from './settled-within.js';
import type { Batch, Claim, Durable, Sink } from './sink.js';
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
/** So much is encoded before it is sent while the next is being encoded; less than a batch, of which a few records would be left over. */
const ROUND_BYTES = MIB - 2 ** 16;
const PATIENCE_MS = 10_000;
const CLOSE_MS = 1_000;
/** Header, topic names and partition numbers of a request. */
const REQUEST_MARGIN = 64 * 1024;

/**
 * Kafka as a sink: Debezium's records, exactly once or at least once, acknowledged by all in-sync replicas, all records of a key in order.
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
  readonly #exactlyOnce: ExactlyOnce | undefined;
  readonly #format: DebeziumFormat;
  readonly #marks = new RecordMarks();
  readonly #buffers = new BatchBuffers();
  #client: KafkaClient | undefined;
  #opening: Promise<void> | undefined;
  #outbox: Outbox;
  #names: TopicNames;
  /** By topic, so that tables which share one share its lanes; and by table, to find it at once. */
  readonly #routes = new Map<string, Route>();
  #tables = new WeakMap<Table, Route>();
  #failed = false;
  /** Stands for the topic of schema changes, which then has its route like a table's. */
  readonly #schemaTable: Table = { database: '', name: '', columns: [], key: [] };

  constructor(options: KafkaSinkOptions) {
    const { task, spec, version } = options;
    this.#options = options;
    this.#format = createDebeziumFormat({ task, tombstones: spec.tombstones, version });
    const { log, patienceMs = PATIENCE_MS } = options;
    this.#sender = new IdempotentSender({
      patienceMs,
      log,
      pack: (plain) => this.#pack(plain),
      tooLarge: refusedAsTooLarge,
    });
    if (spec.delivery === 'exactly-once') {
      this.#exactlyOnce = new ExactlyOnce({ task, spec, sender: this.#sender, patienceMs, log });
    }
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

  async claim(claim: Claim, signal: AbortSignal): Promise<Durable> {
    this.#marks.term(claim.term);
    if (!this.#exactlyOnce) return { position: claim.position };
    const place = `transactional id of task ${this.#options.task}`;
    const deadline = performance.now() + 2 * (this.#options.patienceMs ?? PATIENCE_MS);
    try {
      const claimed = await settledWithin(this.#exactlyOnce.claim(this.#opened(), claim, signal), { deadline, signal });
      if (claimed !== 'late') return claimed;
      throw new Failure('sink-unreachable', 'the brokers do not answer', { place });
    } catch (error) {
      this.#failed = true;
      throw signal.aborted ? error : kafkaFailure(error, 'claiming the sink', place);
    }
  }

  async write(batch: Batch, signal: AbortSignal): Promise<Durable> {
    const client = this.#opened();
    const end = { position: batch.end, eventTime: batch.eventTime };
    try {
      signal.throwIfAborted();
      const changes = this.#wanted(batch.changes);
      if (this.#exactlyOnce && changes.length === 0) return await this.#exactlyOnce.idle(client, end, signal);
      await this.#write(client, changes, signal);
      if (!this.#exactlyOnce) {
        await this.#sendAll(client, signal);
        return { position: batch.end };
      }
      const last = await this.#sendAll(client, signal, 'but the last');
      const durable = await this.#exactlyOnce.commit(client, last, end, signal);
      this.#acknowledged(last);
      return durable;
    } catch (error) {
      this.#failed = true;
      if (signal.aborted) this.#sender.forget();
      const failure = signal.aborted ? error : kafkaFailure(error, 'sending', this.#options.spec.brokers.join(', '));
      // Nobody may come to settle the transaction for a long time: consumers would wait for it.
      if (failure instanceof Failure && failure.then === 'stop') await this.#exactlyOnce?.abort(signal);
      throw failure;
    }
  }

  #opened(): KafkaClient {
    if (this.#client && !this.#failed) return this.#client;
    throw new Failure('internal', 'the sink is not open: after a failure it is closed and opened');
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    this.#opening = undefined;
    this.#exactlyOnce?.close();
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
    if (this.#exactlyOnce) await this.#exactlyOnce.prepare(client, signal);
    else await this.#sender.begin(client, signal);
  }

  /** Schema changes go out only where the task names a topic for them. */
  #wanted(changes: readonly Change[]): readonly Change[] {
    if (this.#options.spec.schemaTopic !== undefined || !changes.some(({ kind }) => kind === 'schema')) return changes;
    return changes.filter(({ kind }) => kind !== 'schema');
  }

  /** Encodes change by change; what is ready is sent while the next is being encoded. The last of it is left in the outbox. */
  async #write(client: KafkaClient, changes: readonly Change[], signal: AbortSignal): Promise<void> {
    let flight: Promise<void> = Promise.resolve();
    this.#format.at(Date.now());
    try {
      for (const change of changes) {
        const table = change.kind === 'schema' ? this.#schemaTable : change.table;
        let route = this.#tables.get(table);
        if (!route) {
          await flight;
          route = await this.#route(client, table, signal);
        }
        const tooLarge = this.#encode(change, route);
        if (tooLarge) {
          await flight;
          // Without transactions all before it goes out; with them the chunk is delivered whole or not at all.
          if (!this.#exactlyOnce) await this.#sendAll(client, signal);
          throw tooLarge;
        }
        if (this.#outbox.bytes < ROUND_BYTES) continue;
        await flight;
        flight = this.#sendAll(client, signal).then(() => undefined);
        flight.catch(() => undefined); // thrown where it is awaited
        await new Promise(setImmediate); // the request leaves before more is encoded
      }
      await flight;
    } finally {
      await flight.catch(() => undefined);
    }
  }

  #encode(change: Change, route: Route): Failure | undefined {
    try {
      this.#outbox.to(route);
      this.#marks.at(change.place);
      this.#format.encode(change, this.#outbox);
      return undefined;
    } catch (error) {
      if (error instanceof RecordTooLarge)
        return recordTooLarge(error, change, { task: this.#options.task, topic: route.topic.name });
      throw error;
    }
  }

  /**
   * Sends what waits now; the batches are taken out before the first answer, so that encoding can go on. With `but the last` the last
   * request's shipments are not sent but handed back.
   */
  async #sendAll(client: KafkaClient, signal: AbortSignal, which?: 'but the last'): Promise<Shipment[]> {
    const rounds: LoadedBatch[][] = [];
    for (let taken = this.#outbox.take(); taken.length > 0; taken = this.#outbox.take()) rounds.push(taken);
    for (const [i, round] of rounds.entries()) {
      signal.throwIfAborted();
      const packing = round.map(async ({ lane, batch }) => {
        const packed = this.#pack(batch);
        return {
          topic: lane.topic.name,
          partition: lane.partition,
          plain: batch,
          batch: packed instanceof Promise ? await packed : packed,
        };
      });
      const shipments = await Promise.all(packing);
      if (which === 'but the last' && i === rounds.length - 1) return shipments;
      await (this.#exactlyOnce ?? this.#sender).send(client, shipments, signal);
      this.#acknowledged(shipments);
    }
    return [];
  }

  /** What failed is not given back: it may still be sent again. */
  #acknowledged(shipments: readonly Shipment[]): void {
    for (const { plain } of shipments) this.#buffers.give(plain.bytes);
  }

  #pack(plain: RecordBatch): RecordBatch | Promise<RecordBatch> {
    return this.#options.spec.compression === 'gzip' ? gzipBatch(plain) : plain;
  }

  async #route(client: KafkaClient, table: Table, signal: AbortSignal): Promise<Route> {
    const { spec, log } = this.#options;
    const name = table === this.#schemaTable ? this.#names.ofSchemaChanges(spec.schemaTopic!) : this.#names.of(table);
    let shared = this.#routes.get(name);
    if (!shared) {
      const partitions = table === this.#schemaTable ? 1 : spec.partitions;
      const wishes = { partitions, replicationFactor: spec.replicationFactor };
      shared = routeTo(await findOrCreateTopic(client, name, { wishes, log, signal }), this.#buffers);
      this.#routes.set(name, shared);
    }
    const bytes = Buffer.from(`${table.database}.${table.name}`);
    const route = { ...shared, keyless: (murmur2(bytes, bytes.length) & 0x7fffffff) % shared.topic.partitions };
    this.#tables.set(table, route);
    return route;
  }

  #newOutbox(): Outbox {
    const gzip = this.#options.spec.compression === 'gzip';
    const marks = this.#marks;
    return new Outbox({ batchBytes: MIB, marks, wireSize: gzip ? gzippedSize : (batch) => batch.bytes.length });
  }

  #newClient(): KafkaClient {
    const { task, spec, password, log, patienceMs = PATIENCE_MS } = this.#options;
    return kafkaClient({ clientId: `mysql-replicator-${task}`, spec, password, requestTimeoutMs: patienceMs / 2, log });
  }
}

/** What a dead broker may delay closing by. */
function closing(): Limits {
  return { deadline: performance.now() + CLOSE_MS, signal: new AbortController().signal };
}

function routeTo(topic: Topic, buffers: BatchBuffers): Route {
  const lanes = Array.from({ length: topic.partitions }, (_, partition) => ({
    topic,
    partition,
    full: [],
    open: new RecordBatchBuilder(buffers),
  }));
  return { topic, keyless: 0, lanes };
}
