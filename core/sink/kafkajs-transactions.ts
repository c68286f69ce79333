import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../../coordination/failure.js';
import type { Broker, Cluster } from './kafkajs-internals.js';
import type { ProducerIdentity } from './idempotent-sender.js';
import { settledWithin } from './settled-within.js';

/** A producer that has a transactional id. */
export interface TransactionalIdentity extends ProducerIdentity {
  readonly transactionalId: string;
}

export interface Patience {
  /** By `performance.now()`. */
  readonly deadline: number;
  readonly signal: AbortSignal;
}

const TRANSACTION = 1;
/** Brokers abort what its producer has left open for so long. */
const TRANSACTION_TIMEOUT_MS = 60_000;
/** The markers of the last transaction are on their way; this goes on for about a millisecond. */
const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 50;
/** A request that is out cannot be called back; its answer is worth this much waiting. */
const ABORT_GRACE_MS = 1_000;
/** The request was not carried out, and may be later. */
const PASSING = new Set(['CONCURRENT_TRANSACTIONS', 'GROUP_LOAD_IN_PROGRESS', 'UNKNOWN_TOPIC_OR_PARTITION']);
/** The same, by another broker. */
const MOVED = new Set(['GROUP_COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR_FOR_GROUP']);

/** The requests to a transactional id's coordinator. One at a time. */
export class TransactionCoordinator {
  readonly #cluster: Cluster;
  #broker: Broker | undefined;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Looks for the coordinator, which changes nothing: a standby may. */
  async find(transactionalId: string, patience: Patience): Promise<void> {
    await this.#ask(transactionalId, { ...patience, repeatable: true }, () => Promise.resolve());
  }

  /**
   * Begins a new epoch: from then on brokers refuse every producer before this one that has the id. Resolves when what such a one had left
   * open is wholly aborted, or committed if its commit had been taken.
   */
  async init(transactionalId: string, patience: Patience): Promise<TransactionalIdentity> {
    const answer = await this.#ask(transactionalId, { ...patience, repeatable: true }, (broker) =>
      broker.initProducerId({ transactionalId, transactionTimeout: TRANSACTION_TIMEOUT_MS }),
    );
    const { producerId, producerEpoch } = answer;
    return { transactionalId, producerId: BigInt(String(producerId)), producerEpoch };
  }

  /** Takes partitions into the open transaction, or into a new one. Waits until the one before has ended. */
  async add(
    identity: TransactionalIdentity,
    partitions: readonly { readonly topic: string; readonly partition: number }[],
    patience: Patience,
  ): Promise<void> {
    const byTopic = new Map<string, number[]>();
    for (const { topic, partition } of partitions) {
      const some = byTopic.get(topic);
      if (some) some.push(partition);
      else byTopic.set(topic, [partition]);
    }
    const topics = [...byTopic].map(([topic, some]) => ({ topic, partitions: some }));
    await this.#ask(identity.transactionalId, { ...patience, repeatable: true }, (broker) =>
      broker.addPartitionsToTxn({ ...wire(identity), topics }),
    );
  }

  /** Ends the open transaction. A connection that is lost leaves it unknown whether it has ended: then this rejects, and does not ask again. */
  async end(identity: TransactionalIdentity, outcome: 'commit' | 'abort', patience: Patience): Promise<void> {
    await this.#ask(identity.transactionalId, { ...patience, repeatable: false }, (broker) =>
      broker.endTxn({ ...wire(identity), transactionResult: outcome === 'commit' }),
    );
  }

  async #ask<T>(
    transactionalId: string,
    { deadline, signal, repeatable }: Patience & { readonly repeatable: boolean },
    question: (broker: Broker) => Promise<T>,
  ): Promise<T> {
    let pause = FIRST_PAUSE_MS;
    for (;;) {
      signal.throwIfAborted();
      let asked = false;
      try {
        // Both within the deadline: kafkajs's own limits go by the time of day, and are none while that goes back.
        const asking = this.#coordinator(transactionalId).then((broker) => {
          asked = true;
          return question(broker);
        });
        const answer = await settledWithin(asking, { deadline, signal, graceMs: ABORT_GRACE_MS });
        if (answer === 'late')
          throw new Failure('sink-unreachable', 'the transaction coordinator does not answer in time');
        return answer;
      } catch (error) {
        const type = typeOf(error);
        if (signal.aborted) throw error;
        const passing = type !== undefined && PASSING.has(type);
        if (!passing) this.#broker = undefined;
        const again = passing || (type === undefined ? repeatable || !asked : MOVED.has(type));
        if (!again || error instanceof Failure || performance.now() + pause > deadline) throw error;
      }
      await delay(pause, undefined, { signal }).catch(() => signal.throwIfAborted());
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  }

  async #coordinator(groupId: string): Promise<Broker> {
    return (this.#broker ??= await this.#cluster.findGroupCoordinator({ groupId, coordinatorType: TRANSACTION }));
  }
}

function wire({ transactionalId, producerId, producerEpoch }: TransactionalIdentity) {
  return { transactionalId, producerId: String(producerId), producerEpoch };
}

/** The broker's answer in an error; undefined when there was none. */
function typeOf(thrown: unknown, depth = 0): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || depth > 5) return undefined;
  const { type, cause } = thrown as { type?: unknown; cause?: unknown };
  return typeof type === 'string' ? type : typeOf(cause, depth + 1);
}
