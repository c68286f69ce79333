import type { z } from 'zod';
import { PathFollower } from '../coordination/path-follower.js';
import type { Logger } from '../coordination/log.js';
import { paths } from '../coordination/paths.js';
import {
  alertChannelsSchema,
  alertRulesSchema,
  maintenanceSchema,
  type RuleOverride,
} from '../coordination/schema/alert-config.js';
import { silencesSchema } from '../coordination/schema/alerts.js';
import type { Session } from '../coordination/session.js';
import { look } from '../coordination/znode.js';
import type { Policy } from './notify/routing.js';

/**
 * Follows what operators have written for the Monitor. What cannot be read is named, and what was read before stays in force:
 * a slip of the hand must not silence all alerts.
 */
export class ConfigWatch {
  readonly #session: Session;
  readonly #followers: PathFollower;
  readonly #unfollow: (() => void)[] = [];
  readonly #faults = new Map<string, string>();
  #overrides: readonly RuleOverride[] = [];
  #policy: Policy = { channels: alertChannelsSchema.parse({}), silences: [], maintenance: [] };

  constructor(session: Session, log: Logger, onChange: () => void, before?: ConfigWatch) {
    this.#session = session;
    this.#followers = new PathFollower(session, log, onChange);
    if (before !== undefined) {
      this.#overrides = before.overrides;
      this.#policy = before.policy;
    }
    this.#follow(paths.alertRules, alertRulesSchema, ({ overrides }) => (this.#overrides = overrides));
    this.#follow(
      paths.alertChannels,
      alertChannelsSchema,
      (channels) => (this.#policy = { ...this.#policy, channels }),
    );
    this.#follow(paths.alertSilences, silencesSchema, ({ silences }) => (this.#policy = { ...this.#policy, silences }));
    this.#follow(paths.alertMaintenance, maintenanceSchema, ({ windows: maintenance }) => {
      this.#policy = { ...this.#policy, maintenance };
    });
  }

  /** Whether everything was read. */
  get complete(): boolean {
    return this.#followers.settled;
  }

  get overrides(): readonly RuleOverride[] {
    return this.#overrides;
  }

  get policy(): Policy {
    return this.#policy;
  }

  /** What cannot be read, one sentence each. */
  get faults(): readonly string[] {
    return [...this.#faults.values()];
  }

  close(): void {
    for (const off of this.#unfollow.splice(0)) off();
  }

  #follow<S extends z.ZodType>(path: string, schema: S, take: (value: z.output<S>) => void): void {
    const read = async (): Promise<void> => {
      const reading = await look(this.#session, path, schema);
      if (reading.kind === 'unreadable') this.#faults.set(path, reading.error.message);
      else {
        this.#faults.delete(path);
        take(reading.kind === 'present' ? reading.value : schema.parse({}));
      }
    };
    this.#unfollow.push(this.#followers.follow(path, 'data', read));
  }
}
