import type { RuleOverride, Severity } from '../../coordination/schema/alert-config.js';
import type { SubjectKind } from '../../coordination/schema/alerts.js';
import type { View } from '../view/view.js';
import { alertId, questions, type Question } from './all-rules.js';
import type { Finding, Rule, Verdict } from './rule.js';
import { SettingCache, type RuleSetting } from './settings.js';

/** What the Monitor remembers of one rule and object from pass to pass, while it is not simply clear. */
interface Memory {
  /** Since when it holds without a break, or is over without a break. */
  readonly since: number;
  readonly firing: boolean;
  /** Of a firing one: since when it does not hold any more. */
  readonly clearSince: number | undefined;
  readonly finding: Finding;
}

/** A rule that holds for an object now, or that fired and is not over for long enough. */
export interface Standing {
  readonly id: string;
  readonly rule: Rule<never>;
  readonly kind: SubjectKind;
  readonly name: string;
  readonly group: string | undefined;
  readonly severity: Severity;
  readonly since: number;
  readonly finding: Finding;
  readonly setting: RuleSetting;
  /** `pending`: not for long enough yet, or explained by another. */
  readonly state: 'pending' | 'firing' | 'ending';
  /** When the state changes if nothing else does. */
  readonly dueAt: number | undefined;
  /** The id of the cause that explains it. */
  readonly explainedBy: string | undefined;
}

export interface Evaluation {
  readonly standings: ReadonlyMap<string, Standing>;
  /** Fired before, and over for long enough now. */
  readonly over: readonly string[];
  /** The next moment at which something is due without anything changing. */
  readonly dueAt: number | undefined;
}

export interface EvaluateOptions {
  readonly overrides: readonly RuleOverride[];
  /** How many times an alert has fired again of late: each doubles the time after which it counts as over. */
  readonly flaps?: (id: string) => number;
}

const MOST_DOUBLINGS = 4;

/**
 * Judges a view, pass after pass. Each pass is a function of the view, its time, and what the passes before have left; nothing else. The
 * time that counts is the view's. Several Monitors that see the same come to the same.
 */
export class Evaluator {
  readonly #memory = new Map<string, Memory>();
  readonly #settings = new SettingCache();

  /** What an earlier Monitor has fired goes on from there, whether this one has seen it begin or not. */
  adopt(id: string, since: number, finding: Finding): void {
    const before = this.#memory.get(id);
    this.#memory.set(
      id,
      before?.firing ? before : { since, firing: true, clearSince: undefined, finding: before?.finding ?? finding },
    );
  }

  /** Whether it remembers anything of an alert. */
  knows(id: string): boolean {
    return this.#memory.has(id);
  }

  pass(view: View, options: EvaluateOptions): Evaluation {
    const found = this.#judgeAll(view, options.overrides);
    const causes = causesOf(found);
    const standings = new Map<string, Standing>();
    const over: string[] = [];
    const seen = new Set<string>();
    let dueAt: number | undefined;
    for (const [id, { question, verdict, setting }] of found) {
      seen.add(id);
      const cause = verdict.state === 'holds' ? causes(id, question) : undefined;
      const flaps = Math.min(options.flaps?.(id) ?? 0, MOST_DOUBLINGS);
      const resolveMs = setting.resolveMs * 2 ** flaps;
      const next = step(this.#memory.get(id), verdict, view.at, setting.forMs, resolveMs, cause !== undefined);
      if (next.memory === undefined) {
        if (this.#memory.delete(id) && next.over) over.push(id);
        continue;
      }
      this.#memory.set(id, next.memory);
      if (next.dueAt !== undefined) dueAt = Math.min(dueAt ?? Infinity, next.dueAt);
      const { finding, since } = next.memory;
      const { rule, kind, name, group } = question;
      const severity = setting.fixed ? setting.severity : (finding.severity ?? setting.severity);
      const state = next.memory.clearSince !== undefined ? 'ending' : next.memory.firing ? 'firing' : 'pending';
      standings.set(id, { id, rule, kind, name, group, severity, since, finding, setting, state, dueAt: next.dueAt, explainedBy: cause }); // prettier-ignore
    }
    // An object that is gone (a deleted task) has nothing wrong any more.
    for (const [id, { firing }] of this.#memory) {
      if (seen.has(id)) continue;
      this.#memory.delete(id);
      if (firing) over.push(id);
    }
    return { standings, over, dueAt };
  }

  /** Every question that is not simply clear, and those that were not before. */
  #judgeAll(view: View, overrides: readonly RuleOverride[]): Map<string, Judged> {
    const found = new Map<string, Judged>();
    for (const question of questions(view)) {
      const { rule, kind, name, group } = question;
      const setting = this.#settings.of(rule, group, kind === 'task' ? name : undefined, overrides, view.at);
      if (!setting.enabled) continue;
      const verdict = question.judge({ view, limit: setting.limit });
      const id = alertId(rule.id, kind, name);
      if (verdict.state === 'holds' || this.#memory.has(id)) found.set(id, { question, verdict, setting });
    }
    return found;
  }
}

interface Judged {
  readonly question: Question;
  readonly verdict: Verdict;
  readonly setting: RuleSetting;
}

interface Stepped {
  readonly memory: Memory | undefined;
  readonly over: boolean;
  readonly dueAt: number | undefined;
}

/** One step of the automaton of one rule and object. Pure. */
function step(
  before: Memory | undefined,
  verdict: Verdict,
  at: number,
  forMs: number,
  resolveMs: number,
  explained: boolean,
): Stepped {
  if (verdict.state === 'unknown') return { memory: before, over: false, dueAt: undefined };
  if (verdict.state === 'holds') {
    if (before?.firing)
      return { memory: { ...before, clearSince: undefined, finding: verdict }, over: false, dueAt: undefined };
    // What was explained until now counts from now: its own time begins when the cause has gone.
    const began = explained ? at : Math.min(at, Math.max(before?.since ?? verdict.since ?? at, 0));
    const due = began + forMs;
    const firing = !explained && at >= due;
    return {
      memory: { since: began, firing, clearSince: undefined, finding: verdict },
      over: false,
      dueAt: firing || explained ? undefined : due,
    };
  }
  if (!before?.firing) return { memory: undefined, over: false, dueAt: undefined };
  const clearSince = before.clearSince ?? at;
  if (at - clearSince >= resolveMs) return { memory: undefined, over: true, dueAt: undefined };
  return { memory: { ...before, clearSince }, over: false, dueAt: clearSince + resolveMs };
}

/** For each finding, the cause that explains it, if there is one: a finding of a rule that explains it and names it. */
function causesOf(found: ReadonlyMap<string, Judged>): (id: string, question: Question) => string | undefined {
  const touched = new Map<string, { readonly id: string; readonly rules: ReadonlySet<string> }[]>();
  let general: string | undefined;
  for (const [id, { question, verdict }] of found) {
    if (verdict.state !== 'holds') continue;
    const rules = new Set([...(question.rule.explains ?? []), ...(verdict.explains ?? [])]);
    if (rules.size === 0) continue;
    if (rules.has('*')) general = id;
    const objects = [
      ...(verdict.tasks ?? []).map((task) => `task:${task}`),
      ...(verdict.causes ?? []),
      `${question.kind}:${question.name}`,
    ];
    for (const object of objects) {
      const list = touched.get(object) ?? [];
      list.push({ id, rules });
      touched.set(object, list);
    }
  }
  const direct = (id: string, { rule, kind, name }: Question): string | undefined => {
    return touched.get(`${kind}:${name}`)?.find((cause) => cause.id !== id && cause.rules.has(rule.id))?.id;
  };
  return (id, question) => {
    if (general !== undefined && id !== general) return general;
    // The cause of the cause is what people want to read.
    const seen = new Set([id]);
    let cause = direct(id, question);
    while (cause !== undefined && !seen.has(cause)) {
      seen.add(cause);
      const judged = found.get(cause);
      const above: string | undefined = judged && direct(cause, judged.question);
      if (above === undefined || seen.has(above)) return cause;
      cause = above;
    }
    return cause;
  };
}
