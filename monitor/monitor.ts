import { setTimeout as sleep } from 'node:timers/promises';
import { parseConnectString } from '../coordination/connect-string.js';
import { newBell } from '../coordination/follow.js';
import { serveInstance, type Lead } from '../coordination/leadership.js';
import type { Logger } from '../coordination/log.js';
import { HEALTH_PACE_MS, tellHealth } from '../coordination/own-health.js';
import { monitorLine } from '../coordination/paths.js';
import { ProcessVitals } from '../coordination/process-vitals.js';
import type { Channel } from '../coordination/schema/alert-config.js';
import type { Alert, Delivery } from '../coordination/schema/alerts.js';
import { CoordinationError, type Session } from '../coordination/session.js';
import type { ZookeeperAuth } from '../coordination/zookeeper-auth.js';
import { connectSession } from '../coordination/zookeeper-session.js';
import { Acting } from './acting.js';
import { newSend, type ResolveSecret, type Send } from './channel/send.js';
import { ConfigWatch } from './config-watch.js';
import { Emergency } from './emergency.js';
import { Probes, type ProbePace, type ProbeSource } from './probe/probes.js';
import { Evaluator, type Evaluation } from './rules/evaluate.js';
import { unlessAborted } from './unless-aborted.js';
import { Lookout } from './view/lookout.js';
import { TreeWatch } from './view/tree-watch.js';
import type { View } from './view/view.js';

/** What a Monitor sees and does, for whoever shows it as metrics. */
export interface MonitorNews {
  readonly view: View;
  readonly evaluation: Evaluation;
  readonly passMs: number;
  readonly acting: boolean;
  readonly alerts: ReadonlyMap<string, Alert>;
}

export interface MonitorOptions {
  /** `host:port,…[/root]` of ZooKeeper. */
  readonly servers: string;
  readonly auth?: ZookeeperAuth | undefined;
  readonly name: string;
  readonly host: string;
  readonly version: string;
  readonly sessionTimeoutMs?: number;
  readonly log: Logger;
  readonly resolveSecret: ResolveSecret;
  /** How to look at a source; left out, nobody does. */
  readonly probeSource?: ProbeSource;
  readonly probePace?: ProbePace;
  /** Default: over the network. */
  readonly send?: Send;
  readonly onSession?: (session: Session | undefined) => void;
  readonly onPass?: (news: MonitorNews) => void;
  readonly onDelivery?: (channel: Channel, delivery: Delivery) => void;
}

const RECONNECT_MS = 1_000;
/** Changes come in bursts and are judged together; and a pass costs some milliseconds. */
const GATHER_MS = 100;
const LONGEST_WAIT_MS = 1_000;
/** After a break all watches tell what has changed; before that is read, what is seen is old. */
const AFTER_BREAK_MS = 1_500;
/** In a storm nobody waits for a moment of rest for longer than this. */
const UNSETTLED_MS = 2_000;
const HAND_IN_MS = 5_000;

/**
 * Runs a Monitor until the signal aborts: follows the tree, judges it pass after pass, and while it is the first in line also writes
 * and sends. Several do the same; only who leads differs. A lost ensemble is waited for, and told of.
 * @throws CoordinationError when ZooKeeper cannot be used at all
 */
export async function runMonitor(options: MonitorOptions, signal: AbortSignal): Promise<void> {
  const monitor = new Monitor(options);
  const watching = monitor.watch(signal);
  const { log } = options;
  log.info({ monitor: options.name, version: options.version }, 'Monitor starts');
  try {
    while (!signal.aborted) {
      try {
        await monitor.session(signal);
      } catch (error) {
        if (signal.aborted) break;
        if (!isPassing(error)) throw error;
        log.warn({ err: error }, 'ZooKeeper cannot be used now; tries again');
      }
      if (!signal.aborted) await sleep(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    await monitor.close();
    await watching;
  }
  log.info('Monitor has stopped');
}

function isPassing(error: unknown): boolean {
  if (!(error instanceof CoordinationError)) return false;
  return error.kind === 'connect-timeout' || error.kind === 'session-over' || error.kind === 'unresolvable-host';
}

class Monitor {
  readonly #options: MonitorOptions;
  readonly #bell = newBell();
  readonly #send: Send;
  readonly #probes: Probes;
  readonly #lookout: Lookout;
  readonly #evaluator = new Evaluator();
  readonly #emergency: Emergency;
  readonly #vitals = new ProcessVitals();
  readonly #closed = new AbortController();
  #session: Session | undefined;
  #tree: TreeWatch | undefined;
  #config: ConfigWatch | undefined;
  #acting: Acting | undefined;
  /** Whether this Monitor was the last to act, as far as it knows. */
  #acted = false;
  #backAt = -Infinity;
  #passing: Promise<void> = Promise.resolve();

  constructor(options: MonitorOptions) {
    this.#options = options;
    this.#send = options.send ?? newSend(options.resolveSecret);
    this.#probes = new Probes({
      members: parseConnectString(options.servers).servers,
      source: options.probeSource,
      ...(options.probePace && { pace: options.probePace }),
      onRound: () => this.#bell.ring(),
    });
    this.#lookout = new Lookout(options.host, this.#probes);
    this.#emergency = new Emergency({ send: this.#send, log: options.log, host: options.host });
  }

  async close(): Promise<void> {
    this.#closed.abort();
    this.#bell.ring();
    this.#vitals.close();
    await this.#probes.close();
  }

  /** One session: follows, stands in line, and leads when its turn comes. */
  async session(signal: AbortSignal): Promise<void> {
    const { servers, auth, sessionTimeoutMs: timeoutMs, log, name, host } = this.#options;
    const session = await connectSession({ servers, auth, log, ...(timeoutMs !== undefined && { timeoutMs }) }, signal);
    const ring = (): void => this.#bell.ring();
    const tree = new TreeWatch(session, log, ring);
    const config = new ConfigWatch(session, log, ring, this.#config);
    const connected = (): void => {
      this.#lookout.connected(session.state === 'connected');
      ring();
    };
    const unlisten = session.onState((state) => {
      log.info({ session: session.id, state }, `ZooKeeper session ${state}`);
      if (state === 'connected') this.#backAt = performance.now();
      connected();
    });
    connected();
    [this.#session, this.#tree, this.#config] = [session, tree, config];
    this.#options.onSession?.(session);
    const stopped = new AbortController();
    const ended = AbortSignal.any([session.over, stopped.signal]);
    const background = [this.#tellHealth(session, ended), this.#ping(session, ended)];
    try {
      const identity = { core: name, host, pid: process.pid };
      await serveInstance(
        { session, line: monitorLine, identity, log, lead: (lead) => this.#lead(session, config, lead) },
        signal,
      );
    } finally {
      stopped.abort();
      unlisten();
      this.#lookout.connected(false);
      await this.#passing;
      tree.close();
      config.close();
      this.#session = undefined;
      this.#options.onSession?.(undefined);
      await Promise.all(background);
      await session.close();
    }
  }

  /** Judges again whenever something has changed or is due, from the start to the end of the process. */
  async watch(signal: AbortSignal): Promise<void> {
    const ended = AbortSignal.any([signal, this.#closed.signal]);
    while (!this.#closed.signal.aborted) {
      this.#passing = this.#pass().catch((error: unknown) => {
        if (this.#acting !== undefined) this.#acting.fail(error);
        else this.#options.log.error({ err: error }, 'a pass has failed');
      });
      await this.#passing;
      const wait = Math.max(GATHER_MS, Math.min(LONGEST_WAIT_MS, (this.#dueAt ?? Infinity) - this.#lookout.now()));
      const timer = setTimeout(() => this.#bell.ring(), wait);
      if (!ended.aborted) await sleep(GATHER_MS, undefined, { signal: ended }).catch(() => undefined);
      await this.#bell.rung();
      clearTimeout(timer);
    }
  }

  #dueAt: number | undefined;
  #unsettledSince: number | undefined;

  async #pass(): Promise<void> {
    const [tree, config, session] = [this.#tree, this.#config, this.#session];
    this.#dueAt = undefined;
    if (tree === undefined || config === undefined) return;
    if (session?.state !== 'connected') {
      const view = this.#lookout.look(tree, config, undefined);
      this.#dueAt = this.#emergency.pass(view, config.policy, this.#acted);
      return;
    }
    if (!this.#isSettled(tree, config)) return;
    await unlessAborted(
      AbortSignal.any([session.over, AbortSignal.timeout(HAND_IN_MS)]),
      this.#emergency.handIn(session),
    );
    const acting = this.#acting;
    // Also what was handed in meanwhile: an alert that no rule knows of would never end.
    if (acting !== undefined) this.#adopt(acting.alerts);
    const began = performance.now();
    const view = this.#lookout.look(tree, config, acting);
    const flaps = (id: string): number => acting?.flaps(id, view.at) ?? 0;
    const evaluation = this.#evaluator.pass(view, { overrides: config.overrides, flaps });
    const passMs = performance.now() - began;
    this.#probes.attend(this.#lookout.specs(tree));
    const sendDue = acting === undefined ? undefined : await acting.pass(view, evaluation);
    this.#dueAt = Math.min(evaluation.dueAt ?? Infinity, sendDue ?? Infinity);
    this.#options.onPass?.({
      view,
      evaluation,
      passMs,
      acting: acting !== undefined,
      alerts: acting?.alerts ?? new Map(),
    });
  }

  #isSettled(tree: TreeWatch, config: ConfigWatch): boolean {
    const now = performance.now();
    if (now - this.#backAt < AFTER_BREAK_MS) return false;
    if (tree.complete && config.complete) {
      this.#unsettledSince = undefined;
      return true;
    }
    this.#unsettledSince ??= now;
    return this.#lookout.looked && now - this.#unsettledSince > UNSETTLED_MS;
  }

  async #lead(session: Session, config: ConfigWatch, lead: Lead): Promise<void> {
    const { log, resolveSecret, host, version, onDelivery } = this.#options;
    const onChange = (): void => this.#bell.ring();
    const now = (): number => this.#lookout.now();
    const opening = Acting.open({
      ...{ session, lead, log, config, send: this.#send, resolveSecret, host, version, now, onChange },
      ...(onDelivery && { onDelivery }),
    });
    const acting = await unlessAborted(lead.signal, opening);
    this.#adopt(acting.alerts);
    log.info({ term: lead.term, open: acting.alerts.size }, 'acts');
    this.#acting = acting;
    this.#acted = true;
    onChange();
    try {
      await acting.until(lead);
    } finally {
      // Another will act: unless ZooKeeper itself is lost, then this one speaks.
      this.#acted = lead.signal.aborted;
      this.#acting = undefined;
      await acting.close();
    }
  }

  #adopt(alerts: ReadonlyMap<string, Alert>): void {
    for (const alert of alerts.values()) {
      if (alert.state !== 'firing' || this.#evaluator.knows(alert.id)) continue;
      this.#lookout.adopt(alert);
      const { facts, tasks, severity, id, since } = alert;
      this.#evaluator.adopt(id, since, { state: 'holds', why: () => alert.text, facts, tasks, severity });
    }
  }

  async #tellHealth(session: Session, ended: AbortSignal): Promise<void> {
    const core = `monitor-${this.#options.name}`;
    while (!ended.aborted) {
      try {
        this.#lookout.clock(await tellHealth(session, { core, ...this.#vitals.measure() }));
        this.#bell.ring();
      } catch (error) {
        if (!ended.aborted) this.#options.log.warn({ err: error }, 'cannot say how it is');
      }
      await sleep(HEALTH_PACE_MS, undefined, { signal: ended }).catch(() => undefined);
    }
  }

  /** How long ZooKeeper takes for the cheapest of requests. */
  async #ping(session: Session, ended: AbortSignal): Promise<void> {
    while (!ended.aborted) {
      const began = performance.now();
      const answered = await session.children('/monitors').then(
        () => true,
        () => false,
      );
      if (answered && session.state === 'connected') this.#lookout.pinged(performance.now() - began);
      await sleep(LONGEST_WAIT_MS, undefined, { signal: ended }).catch(() => undefined);
    }
  }
}
