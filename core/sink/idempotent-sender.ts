import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../../coordination/failure.js';
import type { Logger } from '../../coordination/log.js';
import { kafkaFailure } from './kafka-failure.js';
import { verdictOf, type Verdict } from './produce-answer.js';
import { attemptRound, type Outcomes, type ProduceClient, type Trouble } from './produce-round.js';
import { halveBatch, stampBatch, type RecordBatch } from './record-batch.js';
import { settledWithin } from './settled-within.js';

/** A batch on its way to one partition. */
export interface Shipment {
  readonly topic: string;
  readonly partition: number;
  /** As it goes over the wire. */
  readonly batch: RecordBatch;
  /** The same records as they were before compression, from which smaller batches can be made. */
  readonly plain: RecordBatch;
}

/** A shipment that has its sequence number: from here on its bytes are fixed, and sent again they are known again. */
interface Numbered extends Shipment {
  readonly sequence: number;
  readonly bytes: Buffer;
}

export interface SenderOptions {
  /** How long a send may go on without an answer before it fails with `sink-unreachable`, for a small request. */
  readonly patienceMs: number;
  readonly log: Logger;
  /** Makes a batch ready for the wire. */
  readonly pack: (plain: RecordBatch) => RecordBatch | Promise<RecordBatch>;
  /** The failure for a single record that the broker finds too large. */
  readonly tooLarge: (shipment: Shipment) => Failure;
}

/** Who produces, as the broker knows it. With a transactional id the batches belong to its open transaction. */
export interface ProducerIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly transactionalId?: string;
}

/** What a request of a size may take at least: a slow line is not an outage. */
const SLOWEST_BYTES_PER_MS = 256;
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 500;
/** A request that is out cannot be called back; its answer is worth this much waiting. */
const ABORT_GRACE_MS = 1_000;

/**
 * The producing half of a Kafka client, exactly once per producer id and one send at a time.
 *
 * A batch's sequence number is given once and never taken back, so a batch whose answer was lost is sent again as the same bytes and
 * the broker keeps the second one out. When patience ends the batches without an answer are kept: a broker that was only frozen may
 * still append them, even after later records. So before another producer id is taken, `settle` sends them
 * until they are answered, after which no copy of them can enter the log any more.
 */
export class IdempotentSender {
  readonly #options: SenderOptions;
  #identity: ProducerIdentity | undefined;
  readonly #sequences = new Map<string, number>();
  #unanswered: Numbered[] = [];
  #busy = false;
  /** False from a failed send until the next `begin`: its request may still be in flight. */
  #usable = false;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Settles what a failed send left open, then begins with a new producer id. */
  async begin(client: ProduceClient, signal: AbortSignal): Promise<void> {
    if (this.#unanswered.length > 0) await this.#settle(client, signal);
    this.#identity = await client.initProducerId();
    this.#sequences.clear();
    this.#usable = true;
  }

  /**
   * Begins as a transactional producer that was just initialised. Nothing is settled: the broker refuses what an earlier
   * epoch of the same transactional id still sends, and what it had not committed is aborted.
   */
  beginAs(identity: ProducerIdentity): void {
    this.#unanswered = [];
    this.#identity = identity;
    this.#sequences.clear();
    this.#usable = true;
  }

  /** Forgets what is unanswered: somebody else may lead by now, after whose records it must not be sent. */
  forget(): void {
    this.#unanswered = [];
  }

  /**
   * Sends at most one batch per partition; resolves when every in-sync replica has all of them, to the offsets of their first
   * records by `topic/partition`, where the broker told them.
   */
  async send(
    client: ProduceClient,
    shipments: readonly Shipment[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, number>> {
    if (this.#busy) throw new Failure('internal', 'two sends at once, of which one would be lost');
    if (!this.#usable) throw new Failure('internal', 'a send before the sink was opened again');
    this.#busy = true;
    this.#usable = false;
    try {
      const offsets = await this.#deliver(
        client,
        shipments.map((shipment) => this.#number(shipment)),
        signal,
      );
      this.#usable = true;
      return offsets;
    } finally {
      this.#busy = false;
    }
  }

  async #settle(client: ProduceClient, signal: AbortSignal): Promise<void> {
    const { log } = this.#options;
    log.info({ batches: this.#unanswered.length }, 'sending unanswered batches again before going on');
    for (const topic of new Set(this.#unanswered.map((shipment) => shipment.topic))) {
      if ((await client.findTopic(topic)) !== undefined) continue;
      this.#unanswered = this.#unanswered.filter((shipment) => shipment.topic !== topic);
    }
    try {
      await this.#deliver(client, this.#unanswered, signal);
    } catch (error) {
      // Only silence leaves it open; any answer settles it.
      if (this.#unanswered.length > 0) throw error;
    }
  }

  #number(shipment: Shipment, known?: number): Numbered {
    const lane = `${shipment.topic}/${shipment.partition}`;
    const sequence = known ?? this.#sequences.get(lane) ?? 0;
    if (known === undefined) this.#sequences.set(lane, addSequence(sequence, shipment.batch.count));
    const { producerId, producerEpoch, transactionalId } = this.#identity!;
    const transactional = transactionalId !== undefined;
    const bytes = stampBatch(shipment.batch, { producerId, producerEpoch, sequence, transactional }, Date.now());
    return { ...shipment, sequence, bytes };
  }

  /** Sends until all are stored. Leaves in `#unanswered` what may or may not be. */
  async #deliver(
    client: ProduceClient,
    numbered: readonly Numbered[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, number>> {
    const transactionalId = this.#identity?.transactionalId ?? null;
    const offsets = new Map<string, number>();
    const size = numbered.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const requestMs = this.#options.patienceMs / 2 + size / SLOWEST_BYTES_PER_MS;
    const deadline = performance.now() + Math.max(this.#options.patienceMs, requestMs * 1.5);
    let open = (this.#unanswered = [...numbered]);
    let pause = FIRST_PAUSE_MS;
    for (;;) {
      signal.throwIfAborted();
      if (performance.now() >= deadline) throw this.#silence(open, undefined);
      const round = firstOfEachPartition(open);
      const attempt = attemptRound(client, round, { requestMs, transactionalId });
      const outcomes = await settledWithin(attempt, { deadline, signal, graceMs: ABORT_GRACE_MS });
      if (outcomes === 'late') throw this.#silence(open, undefined);
      for (const [lane, offset] of outcomes.offsets) offsets.set(lane, offset);
      open = await this.#judge(open, round, outcomes);
      this.#unanswered = open;
      if (open.length === 0) return offsets;
      const [first] = outcomes.trouble;
      if (first === undefined) continue; // the rest of a batch that was split
      if (performance.now() + pause >= deadline) throw this.#silence(open, first);
      this.#options.log.debug({ partitions: open.length }, `sending again: ${first.text}`);
      await delay(pause, undefined, { signal }).catch(() => signal.throwIfAborted());
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
      const refresh = await settledWithin(
        client.refreshMetadata().catch(() => undefined),
        { deadline, signal },
      );
      if (refresh === 'late') throw this.#silence(open, first);
    }
  }

  /** What is left to send after a round's answers. @throws Failure for an answer that sending again cannot change. */
  async #judge(open: readonly Numbered[], round: readonly Numbered[], outcomes: Outcomes): Promise<Numbered[]> {
    const replaced = new Map<Numbered, Numbered[]>();
    let refusal: Failure | undefined;
    for (const shipment of round) {
      const code = outcomes.codes.get(`${shipment.topic}/${shipment.partition}`);
      if (code === undefined) continue;
      const { verdict, type } = verdictOf(code);
      if (verdict === 'again') {
        outcomes.trouble.push({ text: `${type} from ${shipment.topic}/${shipment.partition}` });
        continue;
      }
      const halves = verdict === 'split' && shipment.plain.count > 1;
      replaced.set(shipment, halves ? await this.#halves(shipment) : []);
      if (verdict !== 'stored' && !halves) refusal ??= this.#refusal(shipment, verdict, type);
    }
    const rest = open.flatMap((shipment) => replaced.get(shipment) ?? [shipment]);
    this.#unanswered = refusal
      ? rest.filter((one) => outcomes.codes.get(`${one.topic}/${one.partition}`) === undefined)
      : rest;
    refusal ??= outcomes.trouble.find(({ failure }) => failure && failure.then !== 'retry')?.failure;
    if (refusal) throw refusal;
    return rest;
  }

  async #halves(shipment: Numbered): Promise<Numbered[]> {
    const [first, second] = halveBatch(shipment.plain);
    const half = async (plain: RecordBatch, sequence: number): Promise<Numbered> =>
      this.#number({ ...shipment, plain, batch: await this.#options.pack(plain) }, sequence);
    return [await half(first, shipment.sequence), await half(second, addSequence(shipment.sequence, first.count))];
  }

  #refusal(shipment: Numbered, verdict: Verdict, type: string): Failure {
    if (verdict === 'split') return this.#options.tooLarge(shipment);
    const place = `topic ${shipment.topic}, partition ${shipment.partition}`;
    if (verdict === 'fenced' && this.#identity?.transactionalId !== undefined)
      return new Failure('sink-fenced', `the broker answers ${type}`, { place });
    if (verdict === 'restart' || verdict === 'fenced')
      return new Failure('sink-unreachable', `the broker answers ${type}; a new producer has to begin`, { place });
    return kafkaFailure({ type, code: type, message: `the broker answers ${type}` }, 'sending', place);
  }

  #silence(open: readonly Numbered[], last: Trouble | undefined): Failure {
    const place = open
      .map(({ topic, partition }) => `${topic}/${partition}`)
      .slice(0, 3)
      .join(', ');
    if (last?.failure && last.failure.kind !== 'internal') return last.failure;
    const why = last ? `: ${last.text}` : '';
    return new Failure('sink-unreachable', `${open.length} batches were not acknowledged in time${why}`, { place });
  }
}

/** A batch that was split has two parts, which must arrive one after the other. */
function firstOfEachPartition(open: readonly Numbered[]): Numbered[] {
  const seen = new Set<string>();
  return open.filter(({ topic, partition }) => {
    const lane = `${topic}/${partition}`;
    return !seen.has(lane) && seen.add(lane);
  });
}

/** Sequence numbers go from 2^31-1 to 0. */
function addSequence(sequence: number, count: number): number {
  return (sequence + count) % 2 ** 31;
}
