import { formatDuration } from '../../coordination/duration.js';
import type { RuleOverride } from '../../coordination/schema/alert-config.js';
import type { Alert, RuleStanding } from '../../coordination/schema/alerts.js';
import type { View } from '../view/view.js';
import { heldBack, type Policy } from '../notify/routing.js';
import { alertId, questions, type Question } from './all-rules.js';
import type { Standing } from './evaluate.js';
import { span } from './quantity.js';
import { settingOf, type RuleSetting } from './settings.js';

export interface ExplainInput {
  readonly view: View;
  readonly standings: ReadonlyMap<string, Standing>;
  readonly overrides: readonly RuleOverride[];
  readonly policy: Policy;
  readonly alerts: ReadonlyMap<string, Alert>;
}

/** How every rule that can concern a task stands right now, and why it does or does not fire. Pure. */
export function explainTask(name: string, input: ExplainInput): RuleStanding[] {
  const { view } = input;
  const task = view.tasks.get(name);
  if (task === undefined) return [];
  const serving = new Set(
    task.overview.instances.flatMap(({ reading }) => (reading.kind === 'present' ? [reading.value.core] : [])),
  );
  const concerns = ({ kind, name: object }: Question): boolean => {
    if (kind === 'task') return object === name;
    if (kind === 'core') return serving.has(object) || view.gone.get(object)?.tasks.includes(name) === true;
    if (kind === 'group') return object === task.group;
    if (kind === 'source') return object === task.source;
    if (kind === 'sink') return object === task.sink;
    return kind === 'zookeeper';
  };
  return [...questions(view)].filter(concerns).map((question) => explain(question, input));
}

function explain(question: Question, input: ExplainInput): RuleStanding {
  const { view, standings, overrides } = input;
  const { rule, kind, name, group } = question;
  const setting = settingOf(rule, { group, task: kind === 'task' ? name : undefined }, overrides, view.at);
  const id = alertId(rule.id, kind, name);
  const standing = standings.get(id);
  const common = {
    ...{ rule: rule.id, id, kind, name },
    severity: standing?.severity ?? setting.severity,
    for: formatDuration(setting.forMs),
    ...(rule.limit && { limit: setting.limit }),
  };
  if (!setting.enabled) return { ...common, state: 'off', why: 'it is switched off by an override' };
  const verdict = question.judge({ view, limit: setting.limit });
  const saw = verdict.why().slice(0, 600);
  if (verdict.state === 'unknown')
    return { ...common, state: standing ? stateOf(standing) : 'unknown', why: `not known: ${saw}` };
  if (standing === undefined) return { ...common, state: 'clear', why: saw };
  return { ...common, state: stateOf(standing), since: standing.since, why: whyOf(saw, standing, setting, input) };
}

function stateOf({ state }: Standing): RuleStanding['state'] {
  return state === 'pending' ? 'pending' : 'firing';
}

function whyOf(saw: string, standing: Standing, setting: RuleSetting, { view, alerts, policy }: ExplainInput): string {
  const alert = alerts.get(standing.id);
  const held = alert && heldBack(alert, policy, view.at);
  const told = held === undefined ? '' : `; nobody is told: ${held}`;
  if (standing.state === 'ending') {
    const left = (standing.dueAt ?? view.at) - view.at;
    return `it is over (${saw}), and counts as over in ${span(Math.max(0, left))}`;
  }
  if (standing.state === 'firing') return `${saw}${told}`;
  if (standing.explainedBy !== undefined) return `${saw}; not told, because ${standing.explainedBy} explains it`;
  return `${saw}; holds for ${span(view.at - standing.since)}, fires after ${formatDuration(setting.forMs)}`;
}
