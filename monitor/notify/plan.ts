import { createHash } from 'node:crypto';
import { SEVERITIES } from '../../coordination/schema/alert-config.js';
import type { Channel } from '../../coordination/schema/alert-config.js';
import type { Alert, Flight, MessageKind, SentState } from '../../coordination/schema/alerts.js';
import { heldBack, waysOf, type Policy, type Way } from './routing.js';

/** What to do for a channel: send this now, or look again then. */
export interface ChannelPlan {
  readonly flight: Flight | undefined;
  readonly dueAt: number | undefined;
}

export interface PlanInput {
  readonly channel: Channel;
  readonly sent: SentState;
  readonly alerts: ReadonlyMap<string, Alert>;
  readonly policy: Policy;
  /** Alerts that another explains now: nobody hears of them for the first time. */
  readonly explained: ReadonlySet<string>;
  readonly at: number;
}

/** An Alertmanager forgets what it does not hear of again and again. */
const REFRESH_MS = 60_000;

interface Due {
  readonly alert: Alert;
  readonly kind: MessageKind;
  readonly at: number;
}

/**
 * Decides what a channel hears next. Pure. One message takes all that is due of one kind: first what is new, then what is over, then what
 * is told again. A message whose fate is not known goes first, as it was, and says that it may be a repetition.
 */
export function planChannel(input: PlanInput): ChannelPlan {
  const { channel, sent, at } = input;
  const { failing, flight } = sent;
  if (failing !== undefined && at < failing.nextAt) return { flight: undefined, dueAt: failing.nextAt };
  if (flight !== undefined)
    return { flight: { ...flight, attempt: flight.attempt + 1, mayRepeat: true }, dueAt: undefined };
  const due = [...input.alerts.values()].flatMap((alert) => dueOf(alert, input) ?? []);
  const now = due.filter((one) => one.at <= at);
  for (const kind of ['firing', 'resolved', 'repeat'] as const) {
    if (!now.some((one) => one.kind === kind)) continue;
    // What has begun meanwhile goes with it.
    const all = due.filter((one) => one.kind === kind && (one.at <= at || kind !== 'repeat'));
    all.sort(
      (a, b) =>
        rank(b.alert) - rank(a.alert) || a.alert.firedAt - b.alert.firedAt || (a.alert.id < b.alert.id ? -1 : 1),
    );
    const items = channel.type === 'pagerduty' ? all.slice(0, 1) : all;
    return { flight: flightOf(channel.name, kind, items, sent, at), dueAt: undefined };
  }
  return { flight: undefined, dueAt: due.length === 0 ? undefined : Math.min(...due.map((one) => one.at)) };
}

function rank({ severity }: Alert): number {
  return SEVERITIES.indexOf(severity);
}

function dueOf(alert: Alert, { channel, sent, policy, explained, at }: PlanInput): Due | undefined {
  const heard = sent.told[alert.id];
  const same = heard?.firedAt === alert.firedAt;
  const way = waysOf(alert, policy.channels, at).find((one) => one.channel === channel.name);
  if (alert.state === 'resolved') {
    // Who was told hears the end, whatever the routes say by now.
    if (!same || heard.state !== 'firing') return undefined;
    return { alert, kind: 'resolved', at: (alert.resolvedAt ?? at) + (way?.groupWaitMs ?? 0) };
  }
  if (way === undefined || way.quiet || heldBack(alert, policy, at) !== undefined) return undefined;
  const refresh = channel.type === 'alertmanager';
  const acknowledged = alert.acknowledged !== undefined;
  if (!same || heard.state === 'resolved') {
    // Somebody is at it: no need for a second channel.
    if (acknowledged && way.notBefore > 0) return undefined;
    return firstTime(alert, way, explained);
  }
  if (SEVERITIES.indexOf(alert.severity) > SEVERITIES.indexOf(heard.severity)) return { alert, kind: 'firing', at };
  if (refresh) return { alert, kind: 'repeat', at: heard.at + REFRESH_MS };
  return acknowledged ? undefined : { alert, kind: 'repeat', at: heard.at + way.repeatMs };
}

function firstTime(alert: Alert, way: Way, explained: ReadonlySet<string>): Due | undefined {
  if (explained.has(alert.id)) return undefined;
  return { alert, kind: 'firing', at: Math.max(alert.firedAt + way.groupWaitMs, way.notBefore) };
}

function flightOf(channel: string, kind: MessageKind, due: readonly Due[], { told }: SentState, at: number): Flight {
  const items = due.map(({ alert: { id, firedAt, severity } }) => ({ id, firedAt, severity }));
  const parts = items.map(({ id, firedAt, severity }) => `${id} ${firedAt} ${severity} ${told[id]?.at ?? 0}`).sort();
  const key = createHash('sha256')
    .update([channel, kind, ...parts].join('\n'))
    .digest('hex')
    .slice(0, 32);
  return { key, kind, items, begunAt: at, attempt: 1, mayRepeat: false };
}

/** Whether every channel that was told of an alert's begin has heard of its end. */
export function isSettled(alert: Alert, sent: Iterable<SentState>): boolean {
  for (const { told, flight } of sent) {
    const heard = told[alert.id];
    if (heard?.firedAt === alert.firedAt && heard.state === 'firing') return false;
    if (flight?.items.some(({ id }) => id === alert.id)) return false;
  }
  return true;
}
