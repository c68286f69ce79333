import type { Matcher } from '../../coordination/schema/alert-config.js';
import type { Alert } from '../../coordination/schema/alerts.js';

const compiled = new Map<string, RegExp>();
const MOST_COMPILED = 2_000;

/** Whether a name fits a pattern in which `*` stands for anything. */
export function fits(pattern: string, name: string): boolean {
  if (!pattern.includes('*')) return pattern === name;
  let known = compiled.get(pattern);
  if (known === undefined) {
    if (compiled.size >= MOST_COMPILED) compiled.clear();
    const escaped = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    known = new RegExp(`^${escaped.join('.*')}$`);
    compiled.set(pattern, known);
  }
  return known.test(name);
}

/** What a matcher looks at in an alert. */
export type Matched = Pick<Alert, 'rule' | 'kind' | 'name' | 'group' | 'severity' | 'tasks'>;

/** Whether an alert is one that a route, a silence or a window means. */
export function matches(matcher: Matcher, alert: Matched): boolean {
  const { rules, groups, tasks, objects, severities } = matcher;
  const any = (patterns: readonly string[], names: readonly string[]): boolean =>
    patterns.some((pattern) => names.some((name) => fits(pattern, name)));
  if (rules && !any(rules, [alert.rule])) return false;
  if (severities && !severities.includes(alert.severity)) return false;
  if (groups && !any(groups, alert.group === undefined ? [] : [alert.group])) return false;
  if (objects && !any(objects, [`${alert.kind}:${alert.name}`])) return false;
  if (tasks && !any(tasks, alert.kind === 'task' ? [alert.name] : alert.tasks)) return false;
  return true;
}
