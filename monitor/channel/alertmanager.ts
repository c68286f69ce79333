import { sayAlert } from '../notify/words.js';
import type { HttpCall, Message } from './message.js';
import { LABELS, linkOf } from './rendering.js';

/** How long the Alertmanager keeps an alert that it does not hear of again; the Monitor tells it every minute. */
const KEEP_MS = 300_000;

/** Alertmanager's API v2: `POST /api/v2/alerts`, an array of alerts; the labels identify one, `endsAt` in the past ends it. */
export function alertmanagerCall(
  url: string,
  message: Message,
  signIn: { readonly user: string; readonly password: string } | undefined,
): HttpCall {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (signIn !== undefined) {
    headers['authorization'] = `Basic ${Buffer.from(`${signIn.user}:${signIn.password}`).toString('base64')}`;
  }
  return { url: `${url.replace(/\/$/, '')}/api/v2/alerts`, headers, body: JSON.stringify(alertsOf(message)) };
}

function alertsOf(message: Message): object[] {
  const { alerts, at, language } = message;
  if (message.kind === 'test') {
    const labels = { alertname: 'mysql-replicator-test', severity: 'info', service: 'mysql-replicator' };
    const endsAt = new Date(at + 60_000).toISOString();
    return [
      { labels, annotations: { summary: LABELS[language].testText }, startsAt: new Date(at).toISOString(), endsAt },
    ];
  }
  return alerts.map((alert) => {
    const { text, reason, remedy } = sayAlert(alert, language);
    const end = alert.state === 'resolved' ? (alert.resolvedAt ?? at) : at + KEEP_MS;
    const link = linkOf(message, alert);
    return {
      labels: {
        alertname: alert.rule,
        service: 'mysql-replicator',
        severity: alert.severity,
        kind: alert.kind,
        name: alert.name,
        ...(alert.group !== undefined && { group: alert.group }),
      },
      annotations: {
        summary: text,
        description: reason,
        remedy,
        ...(alert.tasksInAll > 0 && { tasks: alert.tasks.join(', ') }),
      },
      startsAt: new Date(alert.since).toISOString(),
      endsAt: new Date(end).toISOString(),
      ...(link !== undefined && { generatorURL: link }),
    };
  });
}
