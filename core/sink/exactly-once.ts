import { Failure } from '../../coordination/failure.js';
import type { Logger } from '../../coordination/log.js';
import { formatPosition, samePosition, type Position } from '../../coordination/position.js';
import type { KafkaSink as KafkaSinkSpec } from '../../coordination/schema/task-spec.js';
import type { StoredPosition } from '../../coordination/schema/stored-position.js';
import type { StoredAt } from '../../coordination/schema/znodes.js';
import type { IdempotentSender, Shipment } from './idempotent-sender.js';
import type { KafkaClient } from './kafkajs-client.js';
import type { Patience, TransactionalIdentity } from './kafkajs-transactions.js';
import { partitionOfKey } from './murmur2.js';
import { RecordBatchBuilder } from './record-batch.js';
import type { Claim, Durable } from './sink.js';
import { goesOn } from './going-on.js';
import { findStored, type StoredRecord } from './stored-record.js';
import { findOrCreateTopic, type Topic } from './topics.js';

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

/** What the records of this lead have in common. */
interface Lead {
  readonly identity: TransactionalIdentity;
  readonly partition: number;
  readonly record: Pick<StoredPosition, 'term' | 'order' | 'adopted'>;
}

/**
 * Each chunk and its end position in one Kafka transaction, fenced by the task's transactional id. The steps of a take-over
 * are those of the checked model (failover.pml): initialise, read the stored record, stop if its term is later, claim; then data.
 */
export class ExactlyOnce {
  readonly #options: ExactlyOnceOptions;
  readonly #transactionalId: string;
  #topic: Topic | undefined;
  #lead: Lead | undefined;
  /** Partitions of the open transaction, as `topic/partition`. */
  readonly #open = new Set<string>();
  #durable: Durable | undefined;
  #committedAt = -Infinity;

  constructor(options: ExactlyOnceOptions) {
    this.#options = options;
    this.#transactionalId = `${options.spec.positionsTopic}.${options.task}`;
  }

  /** What a standby can do before its turn. */
  async prepare(client: KafkaClient, signal: AbortSignal): Promise<void> {
    const { spec, log } = this.#options;
    this.#lead = undefined;
    this.#open.clear();
    const wishes = { partitions: PARTITIONS, replicationFactor: spec.replicationFactor, settings: SETTINGS };
    this.#topic = await findOrCreateTopic(client, spec.positionsTopic, { wishes, log, signal });
    await client.transactions.find(this.#transactionalId, this.#patience(signal));
  }

  /** @throws Failure `term-behind` */
  async claim(client: KafkaClient, claim: Claim, signal: AbortSignal): Promise<Durable> {
    const { task, sender, log } = this.#options;
    const topic = this.#topic!;
    this.#lead = undefined;
    this.#open.clear();
    // The model's `initialise`.
    const identity = await client.transactions.init(this.#transactionalId, this.#patience(signal));
    sender.beginAs(identity);
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
      identity,
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
    const { identity } = this.#claimed();
    const added = shipments.filter((one) => !this.#open.has(lane(one)));
    if (added.length > 0) {
      await client.transactions.add(identity, added, this.#patience(signal));
      for (const one of added) this.#open.add(lane(one));
    }
    return this.#options.sender.send(client, shipments, signal);
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
    await client.transactions.end(lead.identity, 'commit', this.#patience(signal));
    this.#open.clear();
    this.#committedAt = performance.now();
    const offset = offsets.get(lane(record));
    const at: StoredAt | undefined = offset === undefined ? this.#durable?.sink : { partition: lead.partition, offset };
    this.#durable = { position: end.position, sink: at };
    return this.#durable;
  }

  /** For a chunk without changes: commits its end when it has moved and none was committed for a while. */
  async idle(
    client: KafkaClient,
    end: { readonly position: Position; readonly eventTime?: number | undefined },
    signal: AbortSignal,
  ): Promise<Durable> {
    const durable = this.#durable!;
    const due = performance.now() - this.#committedAt >= IDLE_COMMIT_MS;
    return due && !samePosition(durable.position, end.position) ? this.commit(client, [], end, signal) : durable;
  }

  /** Aborts what is open, so that consumers need not wait for it. Best effort: the next claim aborts it in any case. */
  async abort(client: KafkaClient, signal: AbortSignal): Promise<void> {
    const lead = this.#lead;
    this.#lead = undefined;
    if (!lead || this.#open.size === 0) return;
    this.#open.clear();
    await client.transactions.end(lead.identity, 'abort', this.#patience(signal)).catch((error: unknown) => {
      this.#options.log.debug({ err: error }, 'the open transaction is left to the next claim');
    });
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

  #patience(signal: AbortSignal): Patience {
    return { deadline: performance.now() + this.#options.patienceMs, signal };
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

function lane({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${topic}/${partition}`;
}

function partitionOf(task: string, partitions: number): number {
  const key = Buffer.from(task);
  return partitionOfKey(key, key.length, partitions);
}
