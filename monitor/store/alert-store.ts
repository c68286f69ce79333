import { PathFollower } from '../../coordination/path-follower.js';
import { inParallel } from '../../coordination/in-parallel.js';
import type { Logger } from '../../coordination/log.js';
import { paths } from '../../coordination/paths.js';
import {
  alertHistorySchema,
  alertSchema,
  HISTORY_KEPT,
  sentStateSchema,
  unsentSchema,
  type Alert,
  type PastAlert,
  type SentState,
} from '../../coordination/schema/alerts.js';
import { CoordinationError, type Session } from '../../coordination/session.js';
import { createOrFill, look, writeTyped } from '../../coordination/znode.js';
import { FencedNode, type Term } from './fenced-node.js';

const AT_ONCE = 16;

/**
 * What has fired, was told and is over, as it stands in ZooKeeper; opened by the Monitor that acts. Opening claims every node by
 * writing the own term, so that a Monitor which was frozen and wakes up fails with its next compare-and-set, before it sends anything.
 */
export class AlertStore {
  readonly #session: Session;
  readonly #lead: Term;
  readonly #alerts = new Map<string, FencedNode<Alert>>();
  readonly #sent = new Map<string, FencedNode<SentState>>();
  readonly #followers: PathFollower;
  readonly #unfollow = new Map<string, () => void>();
  #history: readonly PastAlert[] = [];

  private constructor(session: Session, lead: Term, log: Logger, onChange: () => void) {
    this.#session = session;
    this.#lead = lead;
    this.#followers = new PathFollower(session, log, onChange);
  }

  /** Reads and claims all there is. `onChange` is called when an operator has changed something. @throws Failure `lead-lost` */
  static async open(session: Session, lead: Term, log: Logger, onChange: () => void): Promise<AlertStore> {
    const store = new AlertStore(session, lead, log, onChange);
    const [channels, alerts] = await Promise.all([
      session.children(paths.sentStates),
      session.children(paths.openAlerts),
      store.#readHistory(),
    ]);
    // First what is needed for sending: from then on a past Monitor sends nothing more.
    await inParallel(channels ?? [], AT_ONCE, (channel) => store.#claimSent(channel));
    await inParallel(alerts ?? [], AT_ONCE, (id) => store.#claimAlert(id));
    store.#unfollow.set(
      '',
      store.#followers.follow(paths.openAlerts, 'children', () => store.#readChildren()),
    );
    return store;
  }

  get alerts(): ReadonlyMap<string, Alert> {
    return new Map([...this.#alerts].flatMap(([id, { value }]) => (value === undefined ? [] : [[id, value] as const])));
  }

  get sent(): ReadonlyMap<string, SentState> {
    return new Map(
      [...this.#sent].flatMap(([name, { value }]) => (value === undefined ? [] : [[name, value] as const])),
    );
  }

  get history(): readonly PastAlert[] {
    return this.#history;
  }

  close(): void {
    for (const off of this.#unfollow.values()) off();
    this.#unfollow.clear();
  }

  /** Writes an alert as `change` makes it of what stands there; `undefined` leaves it. */
  async putAlert(id: string, change: (alert: Alert | undefined) => Alert | undefined): Promise<void> {
    const { term } = this.#lead;
    await this.#alertNode(id).write((before) => {
      const next = change(before);
      return next === undefined ? undefined : { ...next, term };
    });
    this.#followAlert(id);
  }

  /** Writes what a channel was told. */
  async putSent(channel: string, change: (sent: SentState) => SentState | undefined): Promise<SentState | undefined> {
    const { term } = this.#lead;
    return this.#sentNode(channel).write((before) => {
      const next = change(before ?? { term, told: {}, log: [] });
      return next === undefined ? undefined : { ...next, term };
    });
  }

  /** What is over and was told goes into the history, then out of the open ones: the other way round a crash would lose it. */
  async bury(past: readonly Alert[]): Promise<void> {
    if (past.length === 0) return;
    await this.#writeHistory(past);
    await inParallel(past, AT_ONCE, async ({ id }) => {
      if (!(await this.#alertNode(id).remove())) return;
      this.#alerts.delete(id);
      this.#unfollow.get(id)?.();
      this.#unfollow.delete(id);
    });
  }

  /** Forgets what a channel was told of alerts that are no more, and channels that are no more. */
  async sweep(channels: ReadonlySet<string>): Promise<void> {
    const open = this.alerts;
    for (const [name, node] of this.#sent) {
      if (!channels.has(name)) {
        if (await node.remove()) this.#sent.delete(name);
        continue;
      }
      const kept = Object.entries(node.value?.told ?? {}).filter(([id]) => open.has(id));
      if (kept.length === Object.keys(node.value?.told ?? {}).length) continue;
      await this.putSent(name, (sent) => ({ ...sent, told: Object.fromEntries(kept) }));
    }
  }

  /** Alerts that were told while there was no quorum: takes them over, with what was told. */
  async takeUnsent(): Promise<Alert[]> {
    const ids = (await this.#session.children(paths.unsentAlerts)) ?? [];
    return (
      await inParallel(ids, AT_ONCE, async (id) => {
        const reading = await look(this.#session, paths.unsentAlert(id), unsentSchema);
        if (reading.kind !== 'present') return [];
        const { alert, channels } = reading.value;
        const { firedAt, severity } = alert;
        // What was told first: an alert that stands there untold is told at once.
        for (const channel of channels) {
          await this.putSent(channel, (sent) => {
            if (sent.told[alert.id] !== undefined) return undefined;
            return { ...sent, told: { ...sent.told, [alert.id]: { firedAt, state: 'firing', at: firedAt, severity } } };
          });
        }
        await this.putAlert(alert.id, (before) => before ?? alert);
        await this.#session.remove(paths.unsentAlert(id));
        return [alert];
      })
    ).flat();
  }

  async #readChildren(): Promise<void> {
    const ids = new Set((await this.#session.children(paths.openAlerts)) ?? []);
    for (const id of this.#alerts.keys()) {
      if (ids.has(id)) continue;
      // Taken away by hand, or not written yet.
      await this.#alertNode(id).reload();
    }
    for (const id of ids) if (!this.#alerts.has(id)) await this.#claimAlert(id);
  }

  async #claimAlert(id: string): Promise<void> {
    const node = this.#alertNode(id);
    await node.reload();
    await node.write((alert) => (alert === undefined ? undefined : { ...alert, term: this.#lead.term }));
    this.#followAlert(id);
  }

  async #claimSent(channel: string): Promise<void> {
    const node = this.#sentNode(channel);
    await node.reload();
    // Also one that cannot be read: it is written anew, which costs a repetition and not a message.
    await this.putSent(channel, (sent) => sent);
  }

  #followAlert(id: string): void {
    if (this.#unfollow.has(id)) return;
    const node = this.#alertNode(id);
    this.#unfollow.set(
      id,
      this.#followers.follow(node.path, 'data', () => node.reload()),
    );
  }

  #alertNode(id: string): FencedNode<Alert> {
    let node = this.#alerts.get(id);
    if (node === undefined) {
      node = new FencedNode(this.#session, paths.openAlert(id), alertSchema, this.#lead);
      this.#alerts.set(id, node);
    }
    return node;
  }

  #sentNode(channel: string): FencedNode<SentState> {
    let node = this.#sent.get(channel);
    if (node === undefined) {
      node = new FencedNode(this.#session, paths.sentState(channel), sentStateSchema, this.#lead);
      this.#sent.set(channel, node);
    }
    return node;
  }

  async #readHistory(): Promise<void> {
    const reading = await look(this.#session, paths.alertHistory, alertHistorySchema);
    this.#history = reading.kind === 'present' ? reading.value.entries : [];
  }

  async #writeHistory(past: readonly Alert[]): Promise<void> {
    for (;;) {
      const reading = await look(this.#session, paths.alertHistory, alertHistorySchema);
      const before = reading.kind === 'present' ? reading.value.entries : [];
      const known = new Set(before.map(({ id, firedAt }) => `${id} ${firedAt}`));
      const more = past.filter(({ id, firedAt }) => !known.has(`${id} ${firedAt}`)).map(pastOf);
      const entries = [...before, ...more].slice(-HISTORY_KEPT);
      this.#history = entries;
      if (more.length === 0) return;
      try {
        if (reading.kind === 'absent')
          await createOrFill(this.#session, paths.alertHistory, alertHistorySchema, { entries });
        else {
          const { stat } = reading.kind === 'present' ? reading : reading.error;
          await writeTyped(this.#session, paths.alertHistory, alertHistorySchema, { entries }, stat.version);
        }
        return;
      } catch (error) {
        const raced =
          error instanceof CoordinationError && ['version-conflict', 'node-exists', 'no-node'].includes(error.kind);
        if (!raced) throw error;
      }
    }
  }
}

function pastOf(alert: Alert): PastAlert {
  const { id, rule, kind, name, group, severity, since, firedAt, resolvedAt, text, tasksInAll, acknowledged } = alert;
  return {
    ...{ id, rule, kind, name, severity, since, firedAt, text, tasksInAll },
    ...(group !== undefined && { group }),
    ...(resolvedAt !== undefined && { resolvedAt }),
    ...(acknowledged && { acknowledged }),
  };
}
