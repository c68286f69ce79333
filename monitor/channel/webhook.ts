import { createHmac } from 'node:crypto';
import { sayAlert } from '../notify/words.js';
import type { HttpCall, Message } from './message.js';
import { linkOf, titleOf } from './rendering.js';

/** The body's form; grows when something is taken away or means something else. */
const FORMAT = 1;

/**
 * The message as JSON. With a secret, `X-Mysql-Replicator-Signature: t=<seconds>,v1=<hex>`: HMAC-SHA256 of `<seconds>.<body>`, so that a
 * receiver can also refuse what is old. `Idempotency-Key` is the message's key.
 */
export function webhookCall(url: string, message: Message, secret: string | undefined): HttpCall {
  const body = JSON.stringify(webhookBody(message));
  const seconds = Math.floor(message.at / 1_000);
  const headers: Record<string, string> = { 'content-type': 'application/json', 'idempotency-key': message.key };
  if (secret !== undefined) {
    const mac = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
    headers['x-mysql-replicator-signature'] = `t=${seconds},v1=${mac}`;
  }
  return { url, headers, body };
}

/** What a webhook receives; documented in docs/monitor.md. */
export function webhookBody(message: Message): object {
  const { key, kind, mayRepeat, at, alerts, language, sender } = message;
  return {
    format: FORMAT,
    key,
    kind,
    mayRepeat,
    at: new Date(at).toISOString(),
    sender,
    title: titleOf(message),
    alerts: alerts.map((alert) => {
      const { id, rule, severity, state, since, firedAt, resolvedAt, tasks, tasksInAll, group, acknowledged, facts } =
        alert;
      return {
        id,
        rule,
        object: { kind: alert.kind, name: alert.name },
        ...(group !== undefined && { group }),
        severity,
        state,
        since: new Date(since).toISOString(),
        firedAt: new Date(firedAt).toISOString(),
        ...(resolvedAt !== undefined && { resolvedAt: new Date(resolvedAt).toISOString() }),
        ...sayAlert(alert, language),
        facts,
        tasks,
        tasksInAll,
        ...(acknowledged && { acknowledged }),
        ...(message.consoleUrl !== undefined && { link: linkOf(message, alert) }),
      };
    }),
  };
}
