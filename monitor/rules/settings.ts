import { parseDuration } from '../../coordination/duration.js';
import type { RuleOverride, Severity } from '../../coordination/schema/alert-config.js';
import { fits } from './matching.js';
import type { Rule } from './rule.js';
import { inWindow } from './week-window.js';

/** How a rule is meant for one object at one time. */
export interface RuleSetting {
  readonly enabled: boolean;
  readonly severity: Severity;
  /** Whether the severity was set by hand: then a finding's own does not count. */
  readonly fixed: boolean;
  readonly limit: number;
  readonly forMs: number;
  readonly resolveMs: number;
}

type AnyRule = Omit<Rule, 'judge'>;

/** Applies the overrides that fit, in their order. Pure. */
export function settingOf(
  rule: AnyRule,
  of: { readonly group?: string | undefined; readonly task?: string | undefined },
  overrides: readonly RuleOverride[],
  at: number,
): RuleSetting {
  const { severity, limit, forMs, resolveMs } = rule;
  let setting: RuleSetting = { enabled: true, severity, fixed: false, limit: limit?.value ?? 0, forMs, resolveMs };
  for (const one of overrides) {
    if (!fits(one.rule, rule.id)) continue;
    if (one.group !== undefined && (of.group === undefined || !fits(one.group, of.group))) continue;
    if (one.task !== undefined && (of.task === undefined || !fits(one.task, of.task))) continue;
    if (one.when !== undefined && !inWindow(one.when, at)) continue;
    setting = {
      enabled: one.enabled ?? setting.enabled,
      severity: one.severity ?? setting.severity,
      fixed: one.severity !== undefined || setting.fixed,
      limit: one.limit ?? setting.limit,
      forMs: one.for === undefined ? setting.forMs : parseDuration(one.for),
      resolveMs: one.resolveAfter === undefined ? setting.resolveMs : parseDuration(one.resolveAfter),
    };
  }
  return setting;
}

const MINUTE_MS = 60_000;

/** As `settingOf`, remembered: a thousand tasks have the same settings pass after pass. Windows begin and end at full minutes. */
export class SettingCache {
  #overrides: readonly RuleOverride[] = [];
  #minute = 0;
  readonly #known = new Map<string, RuleSetting>();

  of(
    rule: AnyRule,
    group: string | undefined,
    task: string | undefined,
    overrides: readonly RuleOverride[],
    at: number,
  ) {
    const minute = Math.floor(at / MINUTE_MS);
    if (overrides !== this.#overrides || minute !== this.#minute) {
      this.#known.clear();
      this.#overrides = overrides;
      this.#minute = minute;
    }
    const key = overrides.length === 0 ? rule.id : `${rule.id} ${group ?? ''} ${task ?? ''}`;
    let known = this.#known.get(key);
    if (known === undefined) this.#known.set(key, (known = settingOf(rule, { group, task }, overrides, at)));
    return known;
  }
}
