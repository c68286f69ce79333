import { asFailure, Failure } from '../../coordination/failure.js';
import type { Logger } from '../../coordination/log.js';
import type { Channel } from '../../coordination/schema/alert-config.js';
import { LOG_KEPT, type Alert, type Delivery, type Flight, type SentState } from '../../coordination/schema/alerts.js';
import type { Message, Outcome } from '../channel/message.js';
import type { Send } from '../channel/send.js';
import type { Term } from '../store/fenced-node.js';

/** What a courier needs of the store. */
export interface SentStore {
  readonly alerts: ReadonlyMap<string, Alert>;
  readonly sent: ReadonlyMap<string, SentState>;
  putSent(channel: string, change: (sent: SentState) => SentState | undefined): Promise<SentState | undefined>;
}

export interface CourierOptions {
  readonly store: SentStore;
  readonly lead: Term;
  readonly send: Send;
  readonly log: Logger;
  readonly sender: string;
  /** ZooKeeper's clock. */
  readonly now: () => number;
  /** Told of each attempt. */
  readonly onDelivery?: (channel: Channel, delivery: Delivery) => void;
}

export interface Address {
  readonly channel: Channel;
  readonly language: Message['language'];
  readonly consoleUrl: string | undefined;
  readonly allow: readonly string[];
}

const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 300_000;

/**
 * Carries one message: first writes down that it is under way, by compare-and-set with the own term; then sends; then writes down what
 * became of it, together with what the channel has heard by it, in one write. A Monitor that is killed in between leaves a message under way, which the
 * next one sends again under the same key, marked as a possible repetition.
 * @throws Failure `lead-lost`
 */
export async function carry(address: Address, flight: Flight, options: CourierOptions): Promise<Outcome> {
  const { store, lead, send, log, sender, now } = options;
  const { channel } = address;
  const alerts = flight.items.flatMap(({ id }) => store.alerts.get(id) ?? []);
  if (alerts.length === 0) {
    // Its alerts were taken away by hand.
    await store.putSent(channel.name, ({ flight: _gone, ...sent }) => sent);
    return { ok: true, detail: 'nothing left to tell' };
  }
  await store.putSent(channel.name, (sent) => ({ ...sent, flight }));
  // A process that was frozen after that write wakes up here.
  if (lead.signal.aborted || !lead.lease.holds())
    throw new Failure('lead-lost', 'the session lease is over, so nothing was sent');
  const message: Message = {
    key: flight.key,
    kind: flight.kind,
    mayRepeat: flight.mayRepeat,
    at: now(),
    alerts,
    language: address.language,
    consoleUrl: address.consoleUrl,
    sender,
  };
  const began = performance.now();
  const outcome = await send(channel, message, address.allow, lead.signal);
  const delivery = deliveryOf(flight, alerts, outcome, performance.now() - began, now());
  const fields = { channel: channel.name, message: flight.key, kind: flight.kind, alerts: alerts.length };
  if (outcome.ok) log.info(fields, 'message delivered');
  else log.warn({ ...fields, certain: outcome.certain, detail: outcome.detail }, 'message not delivered');
  const quiet = channel.type === 'alertmanager' && flight.kind === 'repeat';
  await store.putSent(channel.name, (sent) => settled(sent, flight, outcome, delivery, quiet));
  options.onDelivery?.(channel, delivery);
  return outcome;
}

/** Sends a test; it is written into the log and nowhere else. */
export async function carryTest(address: Address, key: string, options: CourierOptions): Promise<Outcome> {
  const { store, lead, send, sender, now } = options;
  const { language, consoleUrl, channel } = address;
  const flight: Flight = { key, kind: 'test', items: [], begunAt: now(), attempt: 1, mayRepeat: false };
  const message: Message = {
    key,
    kind: 'test',
    mayRepeat: false,
    at: now(),
    alerts: [],
    language,
    consoleUrl,
    sender,
  };
  const began = performance.now();
  const outcome = await send(channel, message, address.allow, lead.signal);
  const delivery = deliveryOf(flight, [], outcome, performance.now() - began, now());
  await store.putSent(channel.name, ({ failing, ...sent }) => ({
    ...sent,
    // What works again is tried again at once.
    ...(failing && !outcome.ok && { failing }),
    log: [...sent.log, delivery].slice(-LOG_KEPT),
  }));
  options.onDelivery?.(channel, delivery);
  return outcome;
}

/** What a channel's state is after an attempt. Pure. */
export function settled(
  sent: SentState,
  flight: Flight,
  outcome: Outcome,
  delivery: Delivery,
  quiet: boolean,
): SentState {
  const { flight: _flight, failing, ...rest } = sent;
  const log = quiet && outcome.ok ? rest.log : [...rest.log, delivery].slice(-LOG_KEPT);
  if (outcome.ok) {
    const state = flight.kind === 'resolved' ? ('resolved' as const) : ('firing' as const);
    const told = { ...rest.told };
    for (const { id, firedAt, severity } of flight.items) told[id] = { firedAt, state, at: delivery.at, severity };
    return { ...rest, told, log };
  }
  const attempts = (failing?.attempts ?? 0) + 1;
  const backoff = Math.min(FIRST_BACKOFF_MS * 2 ** (attempts - 1), LONGEST_BACKOFF_MS);
  const { at, detail: error } = delivery;
  return {
    ...rest,
    log,
    failing: { since: failing?.since ?? at, attempts, error, nextAt: at + backoff },
    // Perhaps it has arrived: then the very same is sent again. Else it is planned anew, with what has come meanwhile.
    ...(!outcome.certain && { flight }),
  };
}

function deliveryOf(flight: Flight, alerts: readonly Alert[], outcome: Outcome, ms: number, at: number): Delivery {
  const { key, kind, attempt, mayRepeat } = flight;
  return {
    ...{ key, kind, attempt, mayRepeat },
    at,
    alerts: alerts.length,
    names: alerts.slice(0, 3).map(({ id }) => id),
    ok: outcome.ok,
    ms: Math.round(ms),
    detail: outcome.detail.slice(0, 300),
  };
}

/** Whether a failure means that another Monitor acts now. */
export function isLeadLost(error: unknown): boolean {
  return asFailure(error).kind === 'lead-lost';
}
