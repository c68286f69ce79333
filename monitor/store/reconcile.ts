import { NAMED_TASKS, OPEN_ALERTS, type Alert } from '../../coordination/schema/alerts.js';
import { SEVERITIES } from '../../coordination/schema/alert-config.js';
import { say } from '../notify/words.js';
import type { Evaluation, Standing } from '../rules/evaluate.js';

/** What is to be written so that the open alerts are what the rules have found. */
export interface Changes {
  readonly put: readonly { readonly id: string; readonly change: (before: Alert | undefined) => Alert | undefined }[];
  /** How many were not opened because there are too many. */
  readonly left: number;
}

/** Numbers in a text change all the time; so often it is worth a write. */
const REWORD_MS = 60_000;

/** Compares what the rules have found with what is open. Pure. */
export function reconcile(open: ReadonlyMap<string, Alert>, { standings, over }: Evaluation, at: number): Changes {
  const put: { id: string; change: (before: Alert | undefined) => Alert | undefined }[] = [];
  const fresh: Standing[] = [];
  for (const standing of standings.values()) {
    if (standing.state === 'pending') continue;
    const alert = open.get(standing.id);
    if (alert === undefined) {
      if (standing.state === 'firing') fresh.push(standing);
    } else if (standing.state === 'firing' && differs(alert, standing, at)) {
      put.push({ id: standing.id, change: (before) => before && refreshed(before, standing, at) });
    }
  }
  for (const id of over) {
    if (open.get(id)?.state !== 'firing') continue;
    put.push({ id, change: (before) => before && { ...before, state: 'resolved', resolvedAt: at } });
  }
  const room = Math.max(0, OPEN_ALERTS - open.size);
  fresh.sort((a, b) => rank(b) - rank(a) || a.since - b.since || (a.id < b.id ? -1 : 1));
  for (const standing of fresh.slice(0, room)) {
    put.push({ id: standing.id, change: (before) => before ?? opened(standing, at) });
  }
  return { put, left: Math.max(0, fresh.length - room) };
}

function rank({ severity }: Standing): number {
  return SEVERITIES.indexOf(severity);
}

function opened(standing: Standing, at: number): Alert {
  const { id, rule, kind, name, group, severity, since } = standing;
  return {
    ...{ id, rule: rule.id, kind, name, severity, state: 'firing', since, firedAt: at, updatedAt: at, term: 0 },
    ...(group !== undefined && { group }),
    ...contentOf(standing),
  };
}

function contentOf({
  rule,
  name,
  finding,
}: Standing): Pick<Alert, 'text' | 'reason' | 'remedy' | 'facts' | 'tasks' | 'tasksInAll'> {
  const tasks = finding.tasks ?? [];
  const facts = Object.fromEntries(
    Object.entries(finding.facts).map(([key, value]) => [key, typeof value === 'string' ? value.slice(0, 900) : value]),
  );
  return { ...say(rule.id, name, facts, 'en'), facts, tasks: tasks.slice(0, NAMED_TASKS), tasksInAll: tasks.length };
}

/** Fires again before everybody has heard that it was over: then it never was. */
function refreshed(before: Alert, standing: Standing, at: number): Alert {
  const { resolvedAt: _over, ...rest } = before;
  return { ...rest, ...contentOf(standing), severity: standing.severity, state: 'firing', updatedAt: at };
}

function differs(alert: Alert, standing: Standing, at: number): boolean {
  if (alert.state === 'resolved' || alert.severity !== standing.severity) return true;
  const tasks = standing.finding.tasks ?? [];
  if (tasks.length !== alert.tasksInAll || tasks.slice(0, NAMED_TASKS).some((task, i) => task !== alert.tasks[i]))
    return true;
  return (
    at - alert.updatedAt >= REWORD_MS &&
    say(standing.rule.id, alert.name, standing.finding.facts, 'en').text !== alert.text
  );
}
