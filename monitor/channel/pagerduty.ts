import { createHash } from 'node:crypto';
import type { Severity } from '../../coordination/schema/alert-config.js';
import type { Alert } from '../../coordination/schema/alerts.js';
import { sayAlert } from '../notify/words.js';
import type { HttpCall, Message } from './message.js';
import { LABELS, linkOf } from './rendering.js';

const SEVERITY: Readonly<Record<Severity, string>> = { info: 'info', warning: 'warning', critical: 'critical' };

/**
 * PagerDuty's Events API v2: one event for one alert. `dedup_key` (at most 255 characters) names the incident, so that a repetition is no second
 * one and the end finds its begin; answers 202.
 */
export function pagerdutyCall(url: string, message: Message, routingKey: string): HttpCall {
  const [alert] = message.alerts;
  const body = alert === undefined ? testEvent(message, routingKey) : eventOf(message, alert, routingKey);
  return { url, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function eventOf(message: Message, alert: Alert, routing_key: string): object {
  const { text, reason, remedy } = sayAlert(alert, message.language);
  const link = linkOf(message, alert);
  return {
    routing_key,
    event_action: alert.state === 'resolved' ? 'resolve' : 'trigger',
    dedup_key: incidentKey(alert),
    client: 'mysql-replicator',
    ...(link !== undefined && { client_url: link, links: [{ href: link, text: LABELS[message.language].console }] }),
    payload: {
      summary: text.slice(0, 1_024),
      source: alert.name.slice(0, 255),
      severity: SEVERITY[alert.severity],
      timestamp: new Date(alert.since).toISOString(),
      component: alert.kind,
      ...(alert.group !== undefined && { group: alert.group }),
      class: alert.rule,
      custom_details: { reason, remedy, tasks: alert.tasks, tasksInAll: alert.tasksInAll, ...alert.facts },
    },
  };
}

function testEvent(message: Message, routing_key: string): object {
  const summary = LABELS[message.language].testText;
  return {
    routing_key,
    event_action: 'trigger',
    dedup_key: `mysql-replicator-test-${message.key}`,
    client: 'mysql-replicator',
    payload: { summary, source: message.sender, severity: 'info', timestamp: new Date(message.at).toISOString() },
  };
}

/** An alert that fires again later is another incident. */
export function incidentKey({ id, firedAt }: Alert): string {
  return `mysql-replicator-${createHash('sha256').update(`${id}@${firedAt}`).digest('hex').slice(0, 40)}`;
}
