import { createHash } from 'node:crypto';
import { formatDuration } from '../../coordination/duration.js';
import type { AlertCatalogue, SubjectKind } from '../../coordination/schema/alerts.js';
import type { View } from '../view/view.js';
import { CORE_RULES, GROUP_RULES, type CoreSubject } from './core-rules.js';
import { CHANNEL_RULES, MONITOR_RULES, ZOOKEEPER_RULES } from './own-rules.js';
import type { JudgeContext, Rule, Verdict } from './rule.js';
import { SINK_RULES, SOURCE_RULES } from './server-rules.js';
import { TASK_FLOW_RULES } from './task-flow-rules.js';
import { TASK_RUN_RULES } from './task-run-rules.js';

/** One rule with one object that it can be asked about. */
export interface Question {
  readonly rule: Rule<never>;
  readonly kind: SubjectKind;
  readonly name: string;
  readonly group: string | undefined;
  readonly judge: (context: JudgeContext) => Verdict;
}

/** Every rule, in the order in which the reference shows them. */
export const RULES: readonly Rule<never>[] = [
  ...TASK_RUN_RULES,
  ...TASK_FLOW_RULES,
  ...CORE_RULES,
  ...GROUP_RULES,
  ...SOURCE_RULES,
  ...SINK_RULES,
  ...ZOOKEEPER_RULES,
  ...CHANNEL_RULES,
  ...MONITOR_RULES,
];

const BY_ID = new Map(RULES.map((rule) => [rule.id, rule]));

export function ruleOf(id: string): Rule<never> | undefined {
  return BY_ID.get(id);
}

/** Every rule with every object of a view. */
export function* questions(view: View): Generator<Question> {
  for (const task of view.tasks.values()) {
    yield* ask([...TASK_RULES], 'task', task.name, task, task.group);
  }
  for (const subject of coreSubjects(view)) yield* ask(CORE_RULES, 'core', subject.name, subject);
  for (const group of view.groups.values()) yield* ask(GROUP_RULES, 'group', group.name, group, group.name);
  for (const source of view.sources.values()) yield* ask(SOURCE_RULES, 'source', source.name, source);
  for (const sink of view.sinks.values()) yield* ask(SINK_RULES, 'sink', sink.name, sink);
  yield* ask(ZOOKEEPER_RULES, 'zookeeper', 'ensemble', view.zookeeper);
  for (const channel of view.channels.values()) yield* ask(CHANNEL_RULES, 'channel', channel.name, channel);
  yield* ask(MONITOR_RULES, 'monitor', 'monitor', view.monitor);
}

const TASK_RULES = [...TASK_RUN_RULES, ...TASK_FLOW_RULES];

function* ask<S>(
  rules: readonly Rule<S>[],
  kind: SubjectKind,
  name: string,
  subject: S,
  group?: string,
): Generator<Question> {
  for (const rule of rules) yield { rule, kind, name, group, judge: (context) => rule.judge(subject, context) };
}

function* coreSubjects(view: View): Generator<CoreSubject> {
  for (const core of view.cores.values()) yield { name: core.name, core, gone: undefined };
  for (const gone of view.gone.values())
    if (!view.cores.has(gone.name)) yield { name: gone.name, core: undefined, gone };
}

const LONGEST_ID = 150;

/** Names an alert: safe as one path segment, and the same for the same rule and object. */
export function alertId(rule: string, kind: SubjectKind, name: string): string {
  const safe = name.replace(/[^A-Za-z0-9_.-]/g, '_');
  const full = `${rule}.${kind}.${safe}`;
  if (safe === name && full.length <= LONGEST_ID) return full;
  return `${full.slice(0, LONGEST_ID - 9)}-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}

/** What others may know of the rules without this program. */
export function catalogue(version: string): AlertCatalogue {
  const rules = RULES.map(({ id, about, severity, limit, forMs, resolveMs, text, reason, remedy }) => ({
    id,
    about,
    severity,
    ...(limit && { limit: { ...limit } }),
    for: formatDuration(forMs),
    resolveAfter: formatDuration(resolveMs),
    text: { ...text },
    reason: { ...reason },
    remedy: { ...remedy },
  }));
  return { version, rules };
}
