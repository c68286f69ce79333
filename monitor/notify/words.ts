import type { Language } from '../../coordination/schema/alert-config.js';
import type { Alert } from '../../coordination/schema/alerts.js';
import { ruleOf } from '../rules/all-rules.js';
import { fill, type Facts } from '../rules/rule.js';

/** What an alert says in one language. */
export interface Said {
  readonly text: string;
  readonly reason: string;
  readonly remedy: string;
}

const LONGEST = 1_000;

/** Fills a rule's texts with the facts of a finding. */
export function say(rule: string, object: string, facts: Facts, language: Language): Said {
  const known = ruleOf(rule);
  if (known === undefined) return { text: rule, reason: '', remedy: '' };
  const filled = (words: Readonly<Record<Language, string>>): string =>
    fill(words[language], { object, ...facts }).slice(0, LONGEST);
  return { text: filled(known.text), reason: filled(known.reason), remedy: filled(known.remedy) };
}

/** An alert in the channel's language; that of a rule which this version does not know stays as it was written. */
export function sayAlert(alert: Alert, language: Language): Said {
  if (ruleOf(alert.rule) === undefined) return { text: alert.text, reason: alert.reason, remedy: alert.remedy };
  return say(alert.rule, alert.name, alert.facts, language);
}
