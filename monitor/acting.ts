import { PathFollower } from '../coordination/path-follower.js';
import type { Lead } from '../coordination/leadership.js';
import type { Logger } from '../coordination/log.js';
import { parseDuration } from '../coordination/duration.js';
import { paths } from '../coordination/paths.js';
import type { Channel } from '../coordination/schema/alert-config.js';
import { catalogueSchema, type Alert, type AlertOrder } from '../coordination/schema/alerts.js';
import type { Session } from '../coordination/session.js';
import { createOrFill, look, writeTyped } from '../coordination/znode.js';
import { callAddress, type ResolveSecret, type Send } from './channel/send.js';
import type { ConfigWatch } from './config-watch.js';
import { carry, carryTest, type Address, type CourierOptions } from './notify/courier.js';
import { carryOutOrders, type Answer } from './notify/orders.js';
import { isSettled, planChannel } from './notify/plan.js';
import { catalogue, ruleOf } from './rules/all-rules.js';
import type { Evaluation } from './rules/evaluate.js';
import { explainTask } from './rules/explain.js';
import { settingOf } from './rules/settings.js';
import { AlertStore } from './store/alert-store.js';
import { reconcile } from './store/reconcile.js';
import { unlessAborted } from './unless-aborted.js';
import { AvailabilityBook } from './view/availability-book.js';
import type { View } from './view/view.js';

export interface ActingOptions {
  readonly session: Session;
  readonly lead: Lead;
  readonly log: Logger;
  readonly config: ConfigWatch;
  readonly send: Send;
  readonly resolveSecret: ResolveSecret;
  readonly host: string;
  readonly version: string;
  readonly now: () => number;
  /** Something is to be looked at again. */
  readonly onChange: () => void;
  readonly onDelivery?: CourierOptions['onDelivery'];
}

const SWEEP_MS = 30_000;

/** What the Monitor does while it leads the others: opens and ends alerts, tells people, answers questions. */
export class Acting {
  readonly #options: ActingOptions;
  readonly #store: AlertStore;
  readonly #book: AvailabilityBook;
  readonly #followers: PathFollower;
  readonly #unfollow: (() => void)[] = [];
  readonly #carrying = new Map<string, Promise<void>>();
  readonly #end: Promise<void>;
  #fail: (error: unknown) => void = () => undefined;
  #seen: { view: View; evaluation: Evaluation } | undefined;
  #left = 0;
  #sweptAt = 0;
  #aliveAt = -Infinity;
  #ending = false;
  /** What was told without ZooKeeper is being taken over: nothing may be swept. */
  #taking = false;

  private constructor(options: ActingOptions, store: AlertStore, book: AvailabilityBook) {
    this.#options = options;
    this.#store = store;
    this.#book = book;
    this.#end = new Promise((_, reject) => (this.#fail = reject));
    this.#end.catch(() => undefined);
    const { session, log, onChange } = options;
    this.#followers = new PathFollower(session, log, onChange);
  }

  /** Takes over what the Monitor before has left. @throws Failure `lead-lost`; CoordinationError */
  static async open(options: ActingOptions): Promise<Acting> {
    const { session, lead, log, version, onChange } = options;
    const store = await AlertStore.open(session, lead, log, onChange);
    const acting = new Acting(options, store, await AvailabilityBook.open(session));
    await publishCatalogue(session, version);
    const guarded = (work: () => Promise<unknown>) => async (): Promise<void> => {
      await work().catch((error: unknown) => acting.#fail(error));
    };
    acting.#unfollow.push(
      acting.#followers.follow(
        paths.alertOrders,
        'children',
        guarded(() => acting.#orders()),
      ),
      acting.#followers.follow(
        paths.unsentAlerts,
        'children',
        guarded(() => acting.#takeUnsent()),
      ),
    );
    return acting;
  }

  get alerts(): ReadonlyMap<string, Alert> {
    return this.#store.alerts;
  }

  get sent(): AlertStore['sent'] {
    return this.#store.sent;
  }

  /** How many alerts were not opened because there are too many. */
  get left(): number {
    return this.#left;
  }

  rows(task: string, at: number): ReturnType<AvailabilityBook['rows']> {
    return this.#book.rows(task, at);
  }

  /** How many times an alert was over within the last hour. */
  flaps(id: string, at: number): number {
    return this.#store.history.filter((past) => past.id === id && at - (past.resolvedAt ?? 0) < 3_600_000).length;
  }

  /** Settles when the lead shall end; rejects when it cannot go on. */
  async until({ signal, stopping }: Lead): Promise<void> {
    const told = new Promise<void>((resolve) => {
      const ended = AbortSignal.any([signal, stopping]);
      if (ended.aborted) resolve();
      else ended.addEventListener('abort', () => resolve());
    });
    await Promise.race([told, this.#end]);
  }

  /** Ends the lead with a failure. */
  fail(error: unknown): void {
    this.#fail(error);
  }

  /**
   * Writes what has changed, and sends what is due. Resolves to when something is due without anything changing.
   * @throws Failure `lead-lost`; CoordinationError
   */
  async pass(view: View, evaluation: Evaluation): Promise<number | undefined> {
    if (this.#ending) return undefined;
    this.#seen = { view, evaluation };
    return unlessAborted(this.#options.lead.signal, this.#pass(view, evaluation));
  }

  async #pass(view: View, evaluation: Evaluation): Promise<number | undefined> {
    const store = this.#store;
    // First what is over and was told: if it fires again, that is another incident, also for a Monitor that has just taken over.
    await this.#bury();
    const { put, left } = reconcile(store.alerts, evaluation, view.at);
    this.#left = left;
    await Promise.all(put.map(({ id, change }) => store.putAlert(id, change)));
    await this.#bury();
    const dueAt = this.#sendDue(view.at, evaluation);
    await this.#housekeeping(view);
    return dueAt;
  }

  /** What is on its way is carried to its end, where there is time. */
  async close(): Promise<void> {
    this.#ending = true;
    for (const off of this.#unfollow.splice(0)) off();
    this.#store.close();
    const { lead, session } = this.#options;
    const last = async (): Promise<void> => {
      await Promise.allSettled(this.#carrying.values());
      if (this.#seen !== undefined) await this.#book.write(session, this.#options.now(), this.#seen.view.tasks, true);
    };
    await unlessAborted(lead.signal, last()).catch(() => undefined);
  }

  /** Whose end everybody has heard who was told of the begin. */
  async #bury(): Promise<void> {
    const { alerts, sent } = this.#store;
    const states = [...sent.values()];
    await this.#store.bury(
      [...alerts.values()].filter((alert) => alert.state === 'resolved' && isSettled(alert, states)),
    );
  }

  #sendDue(at: number, { standings }: Evaluation): number | undefined {
    const { config } = this.#options;
    const { policy } = config;
    const explained = new Set(
      [...standings.values()].flatMap(({ id, explainedBy }) => (explainedBy === undefined ? [] : [id])),
    );
    let dueAt: number | undefined;
    for (const channel of policy.channels.channels) {
      if (this.#carrying.has(channel.name)) continue;
      const sent = this.#store.sent.get(channel.name) ?? { term: 0, told: {}, log: [] };
      const plan = planChannel({ channel, sent, alerts: this.#store.alerts, policy, explained, at });
      if (plan.dueAt !== undefined) dueAt = Math.min(dueAt ?? Infinity, plan.dueAt);
      if (plan.flight !== undefined) this.#carry(channel, carry(this.#addressOf(channel), plan.flight, this.#courier));
    }
    return dueAt;
  }

  #carry(channel: Channel, carrying: Promise<unknown>): void {
    const done = carrying.then(
      () => undefined,
      (error: unknown) => this.#fail(error),
    );
    this.#carrying.set(
      channel.name,
      done.then(() => {
        this.#carrying.delete(channel.name);
        this.#options.onChange();
      }),
    );
  }

  get #courier(): CourierOptions {
    const { lead, send, log, host, now, onDelivery } = this.#options;
    return { store: this.#store, lead, send, log, sender: host, now, ...(onDelivery && { onDelivery }) };
  }

  #addressOf(channel: Channel): Address {
    const { consoleUrl, language, allowAddresses } = this.#options.config.policy.channels;
    return { channel, consoleUrl, language: channel.language ?? language, allow: allowAddresses };
  }

  async #housekeeping(view: View): Promise<void> {
    const { session, config } = this.#options;
    const { overrides, policy } = config;
    const lag = ruleOf('task-lag');
    this.#book.count(view.at, view.tasks.values(), ({ group, name: task }) => {
      return lag === undefined ? Infinity : settingOf(lag, { group, task }, overrides, view.at).limit * 1_000;
    });
    await this.#book.write(session, view.at, view.tasks);
    this.#sayAlive(view);
    if (view.at - this.#sweptAt < SWEEP_MS) return;
    this.#sweptAt = view.at;
    const idle = policy.channels.channels.map(({ name }) => name);
    if (this.#carrying.size === 0 && !this.#taking) await this.#store.sweep(new Set(idle));
    await this.#orders();
  }

  /** The dead man's switch: silence is the message. */
  #sayAlive(view: View): void {
    const { config, resolveSecret, host, log, lead } = this.#options;
    const { deadMan, allowAddresses: allow } = config.policy.channels;
    if (deadMan === undefined) return;
    const now = performance.now();
    if (now - this.#aliveAt < parseDuration(deadMan.every)) return;
    this.#aliveAt = now;
    const open = [...this.#store.alerts.values()].filter(({ state }) => state === 'firing').length;
    const body = { alive: true, at: new Date(view.at).toISOString(), monitor: host, tasks: view.tasks.size, open };
    void callAddress(deadMan.url, body, { resolveSecret, allow, signal: lead.signal }).then((outcome) => {
      if (!outcome.ok) log.warn({ detail: outcome.detail }, 'the dead man’s switch could not be called');
    });
  }

  async #takeUnsent(): Promise<void> {
    this.#taking = true;
    const taken = await this.#store.takeUnsent().finally(() => (this.#taking = false));
    if (taken.length > 0) this.#options.onChange();
  }

  async #orders(): Promise<void> {
    if (this.#ending) return;
    await carryOutOrders(this.#options.session, this.#options.now, (order, name) => this.#carryOut(order, name));
  }

  async #carryOut(order: AlertOrder['order'], name: string): Promise<Omit<Answer, 'at'>> {
    if (order.do === 'test-channel') return this.#test(order.channel, name);
    if (this.#seen === undefined) return { ok: false, detail: 'the Monitor has just begun; ask again' };
    const { view, evaluation } = this.#seen;
    const { overrides, policy } = this.#options.config;
    if (!view.tasks.has(order.task)) return { ok: false, detail: `there is no task ${order.task}` };
    const { standings } = evaluation;
    const explained = explainTask(order.task, { view, standings, overrides, policy, alerts: this.#store.alerts });
    return { ok: true, detail: `seen by the Monitor on ${this.#options.host}`, standings: explained };
  }

  async #test(name: string, key: string): Promise<Omit<Answer, 'at'>> {
    const channel = this.#options.config.policy.channels.channels.find((one) => one.name === name);
    if (channel === undefined) return { ok: false, detail: `there is no channel ${name}` };
    await this.#carrying.get(name);
    const carrying = carryTest(this.#addressOf(channel), key, this.#courier);
    this.#carry(channel, carrying);
    const { ok, detail } = await carrying;
    return { ok, detail };
  }
}

async function publishCatalogue(session: Session, version: string): Promise<void> {
  const value = catalogue(version);
  const reading = await look(session, paths.alertCatalogue, catalogueSchema);
  if (reading.kind === 'absent')
    return void (await createOrFill(session, paths.alertCatalogue, catalogueSchema, value));
  await writeTyped(session, paths.alertCatalogue, catalogueSchema, value, -1);
}
