import { parseDuration } from '../../coordination/duration.js';
import {
  SEVERITIES,
  type AlertChannels,
  type MaintenanceWindow,
  type Severity,
} from '../../coordination/schema/alert-config.js';
import type { Alert, Silence } from '../../coordination/schema/alerts.js';
import { matches } from '../rules/matching.js';
import { inWindow } from '../rules/week-window.js';

/** How one alert goes to one channel. */
export interface Way {
  readonly channel: string;
  readonly repeatMs: number;
  readonly groupWaitMs: number;
  /** Not before this moment: an escalation. */
  readonly notBefore: number;
  /** Quiet hours right now. */
  readonly quiet: boolean;
}

/** What is in force besides the rules. */
export interface Policy {
  readonly channels: AlertChannels;
  readonly silences: readonly Silence[];
  readonly maintenance: readonly MaintenanceWindow[];
}

/** Where an alert goes. Without a route that matches, all but `info` goes to all channels: nothing is lost for want of a line. */
export function waysOf(alert: Alert, config: AlertChannels, at: number): Way[] {
  const ways = new Map<string, Way>();
  const add = (way: Way): void => {
    // A channel that failed does not hear of it; its own message would wait for itself.
    if (alert.rule === 'channel-failing' && alert.name === way.channel) return;
    const known = ways.get(way.channel);
    if (known === undefined || way.notBefore < known.notBefore) ways.set(way.channel, way);
  };
  const repeatMs = parseDuration(config.repeat);
  const groupWaitMs = parseDuration(config.groupWait);
  let matched = false;
  for (const route of config.routes) {
    if (!matches(route.match, alert)) continue;
    matched = true;
    const common = {
      repeatMs: route.repeat === undefined ? repeatMs : parseDuration(route.repeat),
      groupWaitMs: route.groupWait === undefined ? groupWaitMs : parseDuration(route.groupWait),
      quiet:
        isBelow(alert.severity, route.quiet?.below) && (route.quiet?.windows ?? []).some((one) => inWindow(one, at)),
    };
    for (const channel of route.channels) add({ ...common, channel, notBefore: 0 });
    const { escalate } = route;
    if (escalate !== undefined) {
      const notBefore = alert.firedAt + parseDuration(escalate.after);
      for (const channel of escalate.channels) add({ ...common, channel, notBefore });
    }
    if (!route.continue) break;
  }
  if (!matched && alert.severity !== 'info') {
    for (const { name } of config.channels) add({ channel: name, repeatMs, groupWaitMs, notBefore: 0, quiet: false });
  }
  return [...ways.values()];
}

function isBelow(severity: Severity, bound: Severity | undefined): boolean {
  return bound !== undefined && SEVERITIES.indexOf(severity) < SEVERITIES.indexOf(bound);
}

/** Why nobody is to be told of an alert now: somebody has silenced it, or it falls into maintenance; undefined when nothing is in the way. */
export function heldBack(alert: Alert, { silences, maintenance }: Policy, at: number): string | undefined {
  const silence = silences.find(({ match, from, until }) => at >= from && at < until && matches(match, alert));
  if (silence !== undefined) return `silenced by ${silence.by}: ${silence.reason}`;
  const window = maintenance.find(({ match, once, weekly }) => {
    const now = once !== undefined ? at >= once.from && at < once.to : weekly !== undefined && inWindow(weekly, at);
    return now && matches(match, alert);
  });
  return window === undefined ? undefined : `maintenance ${window.id}: ${window.reason}`;
}
