import { paths } from '../coordination/paths.js';
import { unsentSchema, type Alert } from '../coordination/schema/alerts.js';
import type { Logger } from '../coordination/log.js';
import { CoordinationError, type Session } from '../coordination/session.js';
import { createTyped } from '../coordination/znode.js';
import type { Send } from './channel/send.js';
import { heldBack, waysOf, type Policy } from './notify/routing.js';
import { Evaluator } from './rules/evaluate.js';
import { reconcile } from './store/reconcile.js';
import type { View } from './view/view.js';

export interface EmergencyOptions {
  readonly send: Send;
  readonly log: Logger;
  readonly host: string;
}

/**
 * Without ZooKeeper nothing can be written down, and one message matters most: that it is gone. The Monitor that acted last sends it, without a
 * store, and hands it in when ZooKeeper is back: then whoever acts tells the same people that it is over.
 */
export class Emergency {
  readonly #options: EmergencyOptions;
  readonly #evaluator = new Evaluator();
  #alert: Alert | undefined;
  #told = new Set<string>();
  #sending: Promise<void> = Promise.resolve();

  constructor(options: EmergencyOptions) {
    this.#options = options;
  }

  /** Looks at ZooKeeper alone. `acted`: this Monitor is the one to speak. */
  pass(view: View, policy: Policy, acted: boolean): number | undefined {
    const none = new Map();
    const alone = {
      ...view,
      tasks: none,
      cores: none,
      gone: none,
      groups: none,
      sources: none,
      sinks: none,
      channels: none,
    };
    const evaluation = this.#evaluator.pass(alone, { overrides: [] });
    const standing = evaluation.standings.get('zookeeper-no-quorum.zookeeper.ensemble');
    if (standing?.state === 'firing' && acted && this.#alert === undefined) {
      const standings = new Map([[standing.id, standing]]);
      const [change] = reconcile(new Map(), { ...evaluation, standings }, view.at).put;
      this.#alert = change?.change(undefined);
    }
    const alert = this.#alert;
    if (alert !== undefined && standing !== undefined)
      this.#sending = this.#sending.then(() => this.#tell(alert, policy, view.at));
    return evaluation.dueAt;
  }

  /** ZooKeeper is back: hands in what was told. @throws CoordinationError */
  async handIn(session: Session): Promise<void> {
    await this.#sending;
    const alert = this.#alert;
    if (alert === undefined) return;
    const channels = [...this.#told];
    if (channels.length > 0) {
      await createTyped(session, paths.unsentAlert(alert.id), unsentSchema, { alert, channels }, 'persistent').catch(
        (error: unknown) => {
          if (!(error instanceof CoordinationError) || error.kind !== 'node-exists') throw error;
        },
      );
    }
    this.#alert = undefined;
    this.#told = new Set();
  }

  async #tell(alert: Alert, policy: Policy, at: number): Promise<void> {
    const { send, log, host } = this.#options;
    const { channels, consoleUrl, language, allowAddresses } = policy.channels;
    if (heldBack(alert, policy, at) !== undefined) return;
    const ways = waysOf(alert, policy.channels, at).filter(({ notBefore }) => notBefore <= at);
    for (const channel of channels) {
      if (this.#told.has(channel.name) || !ways.some((way) => way.channel === channel.name)) continue;
      const outcome = await send(
        channel,
        {
          key: `emergency-${alert.firedAt}-${channel.name}`,
          kind: 'firing',
          mayRepeat: false,
          at,
          alerts: [alert],
          language: channel.language ?? language,
          consoleUrl,
          sender: host,
        },
        allowAddresses,
        AbortSignal.timeout(15_000),
      );
      // Once it may have arrived it is not sent again: nobody could write down that it was.
      if (outcome.ok || !outcome.certain) this.#told.add(channel.name);
      log[outcome.ok ? 'info' : 'warn']({ channel: channel.name, detail: outcome.detail }, 'told without ZooKeeper');
    }
  }
}
