import { Failure } from '../../coordination/failure.js';
import type { Logger } from '../../coordination/log.js';
import { formatPosition, samePosition, type Position } from '../../coordination/position.js';
import type { KafkaSink as KafkaSinkSpec } from '../../coordination/schema/task-spec.js';
import type { StoredPosition } from '../../coordination/schema/stored-position.js';
import type { StoredAt } from '../../coordination/schema/znodes.js';
import type { IdempotentSender, Shipment } from './idempotent-sender.js';
import type { KafkaClient } from './kafkajs-client.js';
import { partitionOfKey } from './murmur2.js';
import { RecordBatchBuilder } from './record-batch.js';
import type { Claim, Durable } from './sink.js';
import { goesOn } from './going-on.js';
import { findStored, type StoredRecord } from './stored-record.js';
import { findOrCreateTopic, type Topic } from './topics.js';
import { laneName, TransactionalProducer, type Lane } from './transactional-producer.js';

export interface ExactlyOnceOptions {
  readonly task: string;
  readonly spec: KafkaSinkSpec;
  readonly sender: IdempotentSender;
  readonly patienceMs: number;
  readonly log: Logger;
}

const PARTITIONS = 16;
/** Small segments, so that compaction soon gets at all but the newest records and a search from the beginning stays short. */
const SETTINGS = {
  'cleanup.policy': 'compact',
  'segment.bytes': String(8 * 2 ** 20),
  'min.cleanable.dirty.ratio': '0.1',
  'compression.type': 'producer',
};
/** How often a position moves for nothing but itself. */
const IDLE_COMMIT_MS = 1_000;
/** Transactions are opened ahead while they come at least this often. */
const DENSE_MS = 5_000;

/** What the records of this lead have in common. */
interface Lead {
  readonly partition: number;
  readonly record: Pick<StoredPosition, 'term' | 'order' | 'adopted'>;
}

/**
 * Each chunk and its end position in one Kafka transaction, fenced by the task's transactional id. The steps of a take-over
 * are those of the checked model (failover.pml): initialise, read the stored record, stop if its term is later, claim; then data.
 */
export class ExactlyOnce {
  readonly #options: ExactlyOnceOptions;
  readonly #producer: TransactionalProducer;
  #topic: Topic | undefined;
  #lead: Lead | undefined;
  /** Partitions of the chunk at hand and of the one before, by name. */
  #lanes = new Map<string, Lane>();
  #lanesBefore: ReadonlyMap<string, Lane> = new Map();
  #durable: Durable | undefined;
  #committedAt = -Infinity;

  constructor(options: ExactlyOnceOptions) {
    this.#options = options;
    const { task, spec, sender, patienceMs, log } = options;
    this.#producer = new TransactionalProducer({
      transactionalId: `${spec.positionsTopic}.${task}`,
      sender,
      patienceMs,
      log,
    });
  }

  /** What a standby can do before its turn. */
  async prepare(client: KafkaClient, signal: AbortSignal): Promise<void> {
    const { spec, log } = this.#options;
    this.#lead = undefined;
    const wishes = { partitions: PARTITIONS, replicationFactor: spec.replicationFactor, settings: SETTINGS };
    this.#topic = await findOrCreateTopic(client, spec.positionsTopic, { wishes, log, signal });
    await this.#producer.find(client, signal);
  }

  /** @throws Failure `term-behind` */
  async claim(client: KafkaClient, claim: Claim, signal: AbortSignal): Promise<Durable> {
    const { task, log } = this.#options;
    const topic = this.#topic!;
    this.#lead = undefined;
    // The model's `initialise`.
    await this.#producer.init(signal);
    const { name, partitions } = topic;
    const hint = claim.sink && 'partition' in claim.sink ? claim.sink : undefined;
    const stored = await findStored(client, { topic: name, partitions, task, hint }, signal);
    // The model's `seenTerm > myTerm`: the zombie, or a ZooKeeper whose terms began low again.
    if (stored && stored.value.term > claim.term && stored.value.term !== claim.adoptTerm)
      throw this.#behind(stored, claim);
    const { position, adopted } = goesOn(claim, stored?.value, hint !== undefined);
    if (!stored && hint) {
      log.warn(
        { topic: name },
        'the stored position is gone; going on from lastCommit, what came after it comes again',
      );
    }
    this.#lead = {
      partition: stored?.at.partition ?? partitionOf(task, partitions),
      record: { term: claim.term, order: claim.order, adopted },
    };
    // The model's claim: our term, the same position.
    return this.commit(client, [], { position, eventTime: stored?.value.eventTime }, signal);
  }

  /** Sends within the transaction that is open, or opens one. */
  async send(
    client: KafkaClient,
    shipments: readonly Shipment[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, number>> {
    this.#claimed();
    for (const { topic, partition } of shipments) this.#lanes.set(laneName({ topic, partition }), { topic, partition });
    return this.#producer.send(client, shipments, signal);
  }

  /** Sends the last shipments of a chunk with its end, and commits. When this rejects, it may or may not be committed. */
  async commit(
    client: KafkaClient,
    shipments: readonly Shipment[],
    end: { readonly position: Position; readonly eventTime?: number | undefined },
    signal: AbortSignal,
  ): Promise<Durable> {
    const lead = this.#claimed();
    const record = this.#record(lead, { ...end, ...lead.record });
    const offsets = await this.send(client, [...shipments, record], signal);
    // An answer that is lost leaves it open whether this is committed: the sink is claimed anew then, and its record says.
    await this.#producer.commit(signal);
    this.#openAhead();
    const offset = offsets.get(laneName(record));
    const at: StoredAt | undefined = offset === undefined ? this.#durable?.sink : { partition: lead.partition, offset };
    this.#durable = { position: end.position, sink: at };
    return this.#durable;
  }

  /**
   * While chunks come one after the other the next transaction begins at once, with the partitions that the last two chunks wrote to: the next chunk need
   * not wait for the markers of this one. A partition that is added in vain costs it a marker.
   */
  #openAhead(): void {
    const likely: Lane[] = [];
    for (const [name, lane] of this.#lanes) if (this.#lanesBefore.has(name)) likely.push(lane);
    this.#lanesBefore = this.#lanes;
    this.#lanes = new Map();
    const now = performance.now();
    if (likely.length > 0 && now - this.#committedAt < DENSE_MS) this.#producer.openAhead(likely);
    this.#committedAt = now;
  }

  /** For a chunk without changes: commits its end when it has moved and none was committed for a while. */
  async idle(
    client: KafkaClient,
    end: { readonly position: Position; readonly eventTime?: number | undefined },
    signal: AbortSignal,
  ): Promise<Durable> {
    await this.#producer.endUnused(signal);
    const durable = this.#durable!;
    const due = performance.now() - this.#committedAt >= IDLE_COMMIT_MS;
    return due && !samePosition(durable.position, end.position) ? this.commit(client, [], end, signal) : durable;
  }

  /** Aborts what is open, so that consumers need not wait for it. Best effort: the next claim aborts it in any case. */
  async abort(signal: AbortSignal): Promise<void> {
    this.#lead = undefined;
    await this.#producer.abort(signal);
  }

  /** Gives up what is asked in the background; the brokers are told nothing. */
  close(): void {
    this.#producer.close();
  }

  #claimed(): Lead {
    if (!this.#lead) throw new Failure('internal', 'a write before the sink was claimed');
    return this.#lead;
  }

  #record({ partition }: Lead, value: StoredPosition): Shipment & { readonly topic: string } {
    const key = Buffer.from(this.#options.task);
    const builder = new RecordBatchBuilder();
    builder.append(key, key.length, JSON.stringify(value));
    const batch = builder.finish();
    return { topic: this.#topic!.name, partition, batch, plain: batch };
  }

  #behind({ at, value }: StoredRecord, claim: Claim): Failure {
    const { task } = this.#options;
    return new Failure('term-behind', `term ${value.term} has written to the sink, this is term ${claim.term}`, {
      place: `topic ${this.#topic!.name}, partition ${at.partition}, offset ${at.offset}`,
      remedy:
        `If ZooKeeper was rebuilt or restored and no other deployment runs a task ${task} into this Kafka, let it go on at ` +
        `${formatPosition(value.position)}, where the sink is: mysql-replicator task resume ${task} --adopt-term ${value.term} ` +
        `(with --from, elsewhere). If another one does, give one of them another sink.kafka.positionsTopic and topic.`,
    });
  }
}

function partitionOf(task: string, partitions: number): number {
  const key = Buffer.from(task);
  return partitionOfKey(key, key.length, partitions);
}
