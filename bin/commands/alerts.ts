import {
  acknowledgeAlert,
  addSilence,
  listAlerts,
  listMaintenance,
  listSilences,
  orderMonitor,
  putMaintenance,
  readAlert,
  readAlertHistory,
  removeMaintenance,
  removeSilence,
} from '../../coordination/alerts.js';
import { parseDuration } from '../../coordination/duration.js';
import type { Matcher, Severity } from '../../coordination/schema/alert-config.js';
import type { Alert, PastAlert, RuleStanding } from '../../coordination/schema/alerts.js';
import { CoordinationError } from '../../coordination/session.js';
import { CliError } from '../exit-codes.js';
import { moment } from '../quantities.js';
import type { Screen, Style } from '../screen.js';
import { withSession } from '../with-session.js';
import type { CommandContext } from './context.js';
import { ANSWER_MS, noMonitor, whoAmI } from './monitor-config.js';

const STYLES: Readonly<Record<Severity, Style>> = { critical: 'red', warning: 'yellow', info: 'cyan' };

/** What is to be matched, as written on the line. */
export interface MatchLine {
  readonly rule?: string[];
  readonly group?: string[];
  readonly task?: string[];
  readonly object?: string[];
}

/** The open alerts, newest first. */
export async function alertList(context: CommandContext): Promise<void> {
  const { screen } = context;
  const alerts = await withSession(context, listAlerts);
  screen.emit({ alerts });
  if (alerts.length === 0) return screen.say('no alerts are open');
  screen.table(
    ['ALERT', 'SEVERITY', 'SINCE', 'WHAT', ''],
    alerts.map((alert) => [
      alert.id,
      severity(screen, alert),
      moment(alert.since),
      alert.text,
      alert.acknowledged === undefined ? '' : `acknowledged by ${alert.acknowledged.by}`,
    ]),
  );
}

/** All that is known of an open alert. */
export async function alertShow(context: CommandContext, id: string): Promise<void> {
  const { screen } = context;
  const alert = await withSession(context, (session) => readAlert(session, id));
  if (alert === undefined) throw new CoordinationError('no-node', `no alert ${id} is open`);
  screen.emit(alert);
  screen.say(`${screen.paint('bold', alert.text)}  ${severity(screen, alert)}`);
  screen.say(`  since       ${moment(alert.since)}, fired ${moment(alert.firedAt)}`);
  screen.say(`  reason      ${alert.reason}`);
  screen.say(`  what to do  ${alert.remedy}`);
  if (alert.tasksInAll > 0) screen.say(`  tasks       ${alert.tasksInAll}: ${alert.tasks.join(', ')}`);
  const { acknowledged } = alert;
  if (acknowledged) screen.say(`  acknowledged by ${acknowledged.by} ${moment(acknowledged.at)}: ${acknowledged.note}`);
}

/** Says that somebody is at it. */
export async function alertAcknowledge(context: CommandContext, id: string, note: string): Promise<void> {
  const alert = await withSession(context, (session) => acknowledgeAlert(session, id, { by: whoAmI(), note }));
  context.screen.emit(alert);
  context.screen.say(`${id} is acknowledged; it is not told again, and its end still is`);
}

/** Lets nobody be told of what matches, for a while. @throws CliError 'usage' when nothing is named */
export async function alertSilence(
  context: CommandContext,
  line: MatchLine & { readonly for: string; readonly reason: string },
): Promise<void> {
  const match = matcherOf(line);
  if (Object.keys(match).length === 0) {
    throw new CliError('usage', 'a silence needs something to match', {
      remedy: 'name --rule, --group, --task or --object; --rule "*" silences everything',
    });
  }
  const until = Date.now() + duration(line.for);
  const silence = await withSession(context, (session) =>
    addSilence(session, { match, until, reason: line.reason, by: whoAmI() }),
  );
  context.screen.emit(silence);
  context.screen.say(`silence ${silence.id} until ${new Date(until).toISOString()}`);
}

export async function alertSilences(context: CommandContext): Promise<void> {
  const { screen } = context;
  const silences = await withSession(context, listSilences);
  screen.emit({ silences });
  if (silences.length === 0) return screen.say('no silences are in force');
  screen.table(
    ['SILENCE', 'UNTIL', 'WHAT', 'BY', 'REASON'],
    silences.map(({ id, until, match, by, reason }) => [id, new Date(until).toISOString(), said(match), by, reason]),
  );
}

export async function alertUnsilence(context: CommandContext, id: string): Promise<void> {
  await withSession(context, (session) => removeSilence(session, id));
  context.screen.emit({ silence: id, outcome: 'removed' });
  context.screen.say(`silence ${id} is removed`);
}

/** Alerts that are over, newest first. */
export async function alertHistory(context: CommandContext): Promise<void> {
  const { screen } = context;
  const history = [...(await withSession(context, readAlertHistory))].reverse();
  screen.emit({ history });
  if (history.length === 0) return screen.say('no alerts are over');
  screen.table(
    ['ALERT', 'SEVERITY', 'FROM', 'TO', 'WHAT'],
    history.map((past) => [past.id, severity(screen, past), time(past.since), time(past.resolvedAt), past.text]),
  );
}

/** How every rule that concerns a task stands right now: why it fires, or why it does not. */
export async function alertExplain(context: CommandContext, task: string): Promise<void> {
  const { screen } = context;
  const answer = await withSession(context, (session) =>
    orderMonitor(session, { do: 'explain', task }, whoAmI(), ANSWER_MS),
  );
  if (answer === undefined) throw noMonitor();
  if (!answer.ok) throw new CliError('conflict', answer.detail);
  const { standings = [] } = answer;
  screen.emit({ task, standings });
  screen.table(
    ['RULE', 'OBJECT', 'STATE', 'WHY'],
    standings.map(({ rule, kind, name, state, why }) => [rule, `${kind}:${name}`, painted(screen, state), why]),
  );
}

/** Maintenance windows: nobody is told of what falls into them. */
export async function alertMaintenance(context: CommandContext): Promise<void> {
  const { screen } = context;
  const windows = await withSession(context, listMaintenance);
  screen.emit({ windows });
  if (windows.length === 0) return screen.say('no maintenance windows');
  screen.table(
    ['WINDOW', 'WHEN', 'WHAT', 'REASON'],
    windows.map(({ id, once, weekly, match, reason }) => {
      const when = once
        ? `${time(once.from)} to ${time(once.to)}`
        : `${weekly?.days.join(',')} ${weekly?.from}-${weekly?.to} ${weekly?.timeZone}`;
      return [id, when, said(match), reason];
    }),
  );
}

export async function alertMaintenanceAdd(
  context: CommandContext,
  id: string,
  line: MatchLine & { readonly from?: string; readonly for: string; readonly reason: string },
): Promise<void> {
  const from = line.from === undefined ? Date.now() : Date.parse(line.from);
  if (Number.isNaN(from)) throw new CliError('usage', `--from ${line.from} is no time; give e.g. 2026-12-01T22:00Z`);
  const window = {
    id,
    match: matcherOf(line),
    once: { from, to: from + duration(line.for) },
    reason: line.reason,
    by: whoAmI(),
  };
  await withSession(context, (session) => putMaintenance(session, window));
  context.screen.emit(window);
  context.screen.say(`maintenance ${id} from ${time(window.once.from)} to ${time(window.once.to)}`);
}

export async function alertMaintenanceRemove(context: CommandContext, id: string): Promise<void> {
  await withSession(context, (session) => removeMaintenance(session, id));
  context.screen.emit({ window: id, outcome: 'removed' });
  context.screen.say(`maintenance ${id} is removed`);
}

function matcherOf({ rule, group, task, object }: MatchLine): Matcher {
  return {
    ...(rule && { rules: rule }),
    ...(group && { groups: group }),
    ...(task && { tasks: task }),
    ...(object && { objects: object }),
  };
}

function said({ rules, groups, tasks, objects }: Matcher): string {
  const parts = [
    ...(rules ?? []),
    ...(groups ?? []).map((name) => `group ${name}`),
    ...(tasks ?? []).map((name) => `task ${name}`),
    ...(objects ?? []),
  ];
  return parts.length === 0 ? 'everything' : parts.join(', ');
}

function duration(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new CliError('usage', error instanceof Error ? error.message : String(error));
  }
}

function time(ms: number | undefined): string {
  return ms === undefined ? '-' : new Date(ms).toISOString();
}

function severity(
  screen: Screen,
  alert: Pick<Alert | PastAlert, 'severity'> & { readonly state?: Alert['state'] },
): string {
  if (alert.state === 'resolved') return screen.paint('green', 'over');
  return screen.paint(STYLES[alert.severity], alert.severity);
}

function painted(screen: Screen, state: RuleStanding['state']): string {
  if (state === 'firing') return screen.paint('red', state);
  return state === 'pending' ? screen.paint('yellow', state) : state;
}
