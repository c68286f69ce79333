import { Failure } from '../../coordination/failure.js';
import type { Logger } from '../../coordination/log.js';
import type { IdempotentSender, Shipment } from './idempotent-sender.js';
import type { KafkaClient } from './kafkajs-client.js';
import type { Patience, TransactionalIdentity, TransactionCoordinator } from './kafkajs-transactions.js';

export interface TransactionalProducerOptions {
  readonly transactionalId: string;
  readonly sender: IdempotentSender;
  readonly patienceMs: number;
  readonly log: Logger;
  /** After this time `endUnused` ends what was opened ahead. Default 10 s. */
  readonly aheadMs?: number;
}

/** A topic's partition. */
export interface Lane {
  readonly topic: string;
  readonly partition: number;
}

/** Brokers end a transaction after a minute; one that was opened ahead and stays empty is ended long before that. */
const AHEAD_MS = 10_000;

/**
 * The producer of a transactional id: one transaction after the other, each opened ahead where that is asked for, so that its first records need not
 * wait for the markers of the one before. A transaction without records holds no consumer back; whoever is initialised next ends it as any other.
 */
export class TransactionalProducer {
  readonly #options: TransactionalProducerOptions;
  #coordinator: TransactionCoordinator | undefined;
  #identity: TransactionalIdentity | undefined;
  /** Partitions of the open transaction, as `topic/partition`. */
  readonly #open = new Set<string>();
  /** Opens the next transaction; rejects where that failed. */
  #ahead: Promise<void> | undefined;
  #aheadSince = 0;
  #closing = new AbortController();

  constructor(options: TransactionalProducerOptions) {
    this.#options = options;
  }

  /** Looks for the coordinator: what a standby can do before its turn. */
  async find(client: KafkaClient, signal: AbortSignal): Promise<void> {
    this.close();
    this.#coordinator = client.transactionCoordinator();
    await this.#coordinator.find(this.#options.transactionalId, this.#patience(signal));
  }

  /** Begins a new epoch, which fences every producer before it; resolves when nothing of theirs is under way any more. */
  async init(signal: AbortSignal): Promise<void> {
    this.close();
    this.#identity = await this.#coordinator!.init(this.#options.transactionalId, this.#patience(signal));
    this.#options.sender.beginAs(this.#identity);
  }

  /** Begins the next transaction with these partitions while nobody waits for it. What goes wrong is thrown by the next `send`. */
  openAhead(lanes: readonly Lane[]): void {
    this.#aheadSince = performance.now();
    this.#ahead = this.#add(lanes, this.#closing.signal);
    this.#ahead.catch(() => undefined);
  }

  /** Sends within the transaction that is open, or opens one; see `IdempotentSender.send`. */
  async send(
    client: KafkaClient,
    shipments: readonly Shipment[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, number>> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    await ahead;
    const missing = shipments.filter((one) => !this.#open.has(laneName(one)));
    if (missing.length > 0) await this.#add(missing, signal);
    return this.#options.sender.send(client, shipments, signal);
  }

  /** Commits. When this rejects, it may or may not be committed. */
  async commit(signal: AbortSignal): Promise<void> {
    await this.#coordinator!.end(this.#claimed(), 'commit', this.#patience(signal));
    this.#open.clear();
  }

  /** Aborts what is open, so that consumers need not wait for it. Best effort: the next claim aborts it in any case. The producer has to be initialised again. */
  async abort(signal: AbortSignal): Promise<void> {
    await this.#ahead?.catch(() => undefined);
    const identity = this.#identity;
    const open = this.#open.size > 0;
    this.close();
    if (!identity || !open) return;
    await this.#coordinator!.end(identity, 'abort', this.#patience(signal)).catch((error: unknown) => {
      this.#options.log.debug({ err: error }, 'the open transaction is left to the next claim');
    });
  }

  /** Ends a transaction that was opened ahead and has stayed empty for long. The producer stays usable. */
  async endUnused(signal: AbortSignal): Promise<void> {
    if (!this.#ahead || performance.now() - this.#aheadSince < (this.#options.aheadMs ?? AHEAD_MS)) return;
    await this.#ahead;
    this.#ahead = undefined;
    await this.#coordinator!.end(this.#claimed(), 'abort', this.#patience(signal));
    this.#open.clear();
  }

  /** Forgets what is open and gives up what is being opened: the producer has to be initialised again. */
  close(): void {
    this.#closing.abort();
    this.#closing = new AbortController();
    this.#identity = undefined;
    this.#ahead = undefined;
    this.#open.clear();
  }

  async #add(lanes: readonly Lane[], signal: AbortSignal): Promise<void> {
    await this.#coordinator!.add(this.#claimed(), lanes, this.#patience(signal));
    for (const lane of lanes) this.#open.add(laneName(lane));
  }

  #claimed(): TransactionalIdentity {
    if (!this.#identity) throw new Failure('internal', 'a write before the sink was claimed');
    return this.#identity;
  }

  #patience(signal: AbortSignal): Patience {
    return { deadline: performance.now() + this.#options.patienceMs, signal };
  }
}

export function laneName({ topic, partition }: Lane): string {
  return `${topic}/${partition}`;
}
