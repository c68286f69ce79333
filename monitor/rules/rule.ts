import type { Language, Severity } from '../../coordination/schema/alert-config.js';
import type { SubjectKind } from '../../coordination/schema/alerts.js';
import type { View } from '../view/view.js';

export type Facts = Readonly<Record<string, string | number>>;

/** What a rule sees in one object at one moment. */
export type Verdict =
  /** `why` is only asked for when somebody wants to know. */
  | { readonly state: 'clear'; readonly why: () => string }
  /** There is no data to judge by: what was before stays. */
  | { readonly state: 'unknown'; readonly why: () => string }
  | Finding;

export interface Finding {
  readonly state: 'holds';
  readonly why: () => string;
  /** Fills the placeholders of the texts, besides `object`. */
  readonly facts: Facts;
  /** Since when, where the evidence itself says so; else since it was first seen. */
  readonly since?: number | undefined;
  /** Another severity than the rule's. */
  readonly severity?: Severity;
  /** Tasks that suffer. */
  readonly tasks?: readonly string[];
  /** Objects (`kind:name`) of which it is the cause, besides the tasks. */
  readonly causes?: readonly string[];
  /** Rules that it explains this time, besides those it always does. */
  readonly explains?: readonly string[];
}

export interface JudgeContext {
  readonly view: View;
  /** The rule's limit, in its unit, as it is for this object now. */
  readonly limit: number;
}

export type Words = Readonly<Record<Language, string>>;

/**
 * One rule: a pure function of the view and the time in it. Texts have `{placeholders}` for the facts of a finding.
 */
export interface Rule<S = unknown> {
  readonly id: string;
  readonly about: SubjectKind;
  readonly severity: Severity;
  readonly limit?: { readonly value: number; readonly unit: string };
  /** How long it must hold before it fires, and be over before it counts as over; milliseconds. */
  readonly forMs: number;
  readonly resolveMs: number;
  /** One line: what is wrong. */
  readonly text: Words;
  /** What that means. */
  readonly reason: Words;
  readonly remedy: Words;
  /** Rules that this one explains, for the tasks and objects that a finding names: causes before symptoms. */
  readonly explains?: readonly string[];
  readonly judge: (subject: S, context: JudgeContext) => Verdict;
}

export function clear(why: () => string): Verdict {
  return { state: 'clear', why };
}

export function unknown(why: () => string): Verdict {
  return { state: 'unknown', why };
}

export function holds(why: () => string, finding: Omit<Finding, 'state' | 'why'>): Verdict {
  return { state: 'holds', why, ...finding };
}

/** Fills `{name}` with facts; a fact that is not there leaves nothing behind. */
export function fill(template: string, facts: Facts): string {
  return template
    .replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? ''))
    .replace(/ {2,}/g, ' ')
    .trim();
}
