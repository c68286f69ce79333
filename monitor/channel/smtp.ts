import { isIP } from 'node:net';
import { createTransport } from 'nodemailer';
import type { Channel } from '../../coordination/schema/alert-config.js';
import type { AddressGuard } from './address-guard.js';
import type { Message, Outcome } from './message.js';
import { colourOf, LABELS, partsOf, textOf, titleOf } from './rendering.js';

const LIMIT_MS = 15_000;
const SHOWN = 50;

/**
 * Sends a mail, text and HTML. The message's key is its Message-ID, so that a repetition can be told; answers to a resolved alert stand in
 * the thread of its begin where the mail program threads by subject. Does not throw.
 */
export async function sendMail(
  channel: Extract<Channel, { type: 'smtp' }>,
  message: Message,
  password: string | undefined,
  guard: AddressGuard,
): Promise<Outcome> {
  let transport: ReturnType<typeof createTransport> | undefined;
  let handed = false;
  try {
    const { address } = await guard.addressOf(channel.host);
    transport = createTransport({
      host: address,
      port: channel.port,
      secure: channel.security === 'tls',
      requireTLS: channel.security === 'starttls',
      ignoreTLS: channel.security === 'none',
      ...(isIP(channel.host) === 0 && { tls: { servername: channel.host } }),
      ...(channel.user !== undefined && { auth: { user: channel.user, pass: password ?? '' } }),
      connectionTimeout: LIMIT_MS,
      greetingTimeout: LIMIT_MS,
      socketTimeout: LIMIT_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    const mail = mailOf(channel, message);
    await transport.verify();
    handed = true;
    const info = (await transport.sendMail(mail)) as { accepted?: unknown[]; response?: string };
    return { ok: true, detail: `taken for ${info.accepted?.length ?? 0}: ${String(info.response).slice(0, 100)}` };
  } catch (error) {
    const { responseCode } = error as { responseCode?: number };
    // A code is the server's word that it has not taken it.
    const certain = !handed || responseCode !== undefined;
    return { ok: false, certain, detail: (error instanceof Error ? error.message : String(error)).slice(0, 250) };
  } finally {
    transport?.close();
  }
}

/** Exported for its test: what is written, without sending it. */
export function mailOf(channel: Extract<Channel, { type: 'smtp' }>, message: Message) {
  const domain = channel.from.replace(/^.*@/, '').replace(/[^A-Za-z0-9.-]/g, '') || 'mysql-replicator';
  return {
    from: channel.from,
    to: [...channel.to],
    subject: titleOf(message).replace(/[\r\n]+/g, ' '),
    messageId: `<${message.key}@${domain}>`,
    headers: { 'X-Mysql-Replicator-Key': message.key, 'Auto-Submitted': 'auto-generated' },
    text: `${textOf(message, SHOWN, 300)}\n`,
    html: htmlOf(message),
  };
}

function htmlOf(message: Message): string {
  const { parts, left } = partsOf(message, SHOWN, 300);
  const labels = LABELS[message.language];
  const blocks = parts.map(({ heading, lines, link }) => {
    const rows = lines.map(
      ([label, text]) => `<p>${label === '' ? '' : `<b>${escape(label)}</b> `}${escape(text)}</p>`,
    );
    const more = link === undefined ? '' : `<p><a href="${escape(link)}">${escape(labels.console)}</a></p>`;
    const style = `border-left:4px solid ${colourOf(message)};padding:4px 12px;margin:12px 0;font-family:sans-serif`;
    return `<div style="${style}"><h3 style="margin:4px 0">${escape(heading)}</h3>${rows.join('')}${more}</div>`;
  });
  if (left > 0) blocks.push(`<p>${escape(labels.more(left))}</p>`);
  if (message.mayRepeat) blocks.push(`<p>(${escape(labels.mayRepeat)}, ${escape(message.key)})</p>`);
  return `<!doctype html><html><body>${blocks.join('')}</body></html>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
