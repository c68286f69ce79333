import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import type { AddressGuard } from './address-guard.js';
import type { HttpCall, Outcome } from './message.js';

const LIMIT_MS = 10_000;
const MOST_ANSWER = 65_536;
/** The request may have been carried out although the answer is an error. */
const UNCERTAIN = new Set([500, 502, 504]);

/**
 * Posts a message. Connects to the very address that the guard has checked, follows no redirect, keeps no connection, and never takes
 * longer than 10 s. Does not throw; the detail never holds the address's path, which may be a secret.
 */
export async function post(call: HttpCall, guard: AddressGuard, signal: AbortSignal): Promise<Outcome> {
  let url: URL;
  try {
    url = new URL(call.url);
  } catch {
    return { ok: false, certain: true, detail: 'the address is not one' };
  }
  let address: { address: string; family: number };
  try {
    address = await guard.addressOf(url.hostname);
  } catch (error) {
    return { ok: false, certain: true, detail: messageOf(error) };
  }
  return new Promise((resolve) => {
    let reached = false;
    const end = (outcome: Outcome): void => resolve(outcome);
    const secure = url.protocol === 'https:';
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const request = (secure ? httpsRequest : httpRequest)({
      host: address.address,
      family: address.family,
      port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
      path: `${url.pathname}${url.search}`,
      method: 'POST',
      agent: false,
      signal,
      // The certificate belongs to the name, not to the address.
      ...(secure && isIP(host) === 0 && { servername: host }),
      headers: {
        ...call.headers,
        host: url.host,
        'user-agent': 'mysql-replicator',
        'content-length': Buffer.byteLength(call.body),
        connection: 'close',
      },
    });
    const late = setTimeout(() => request.destroy(new Error(`no answer in ${LIMIT_MS} ms`)), LIMIT_MS);
    request.on('socket', (socket) => socket.once(secure ? 'secureConnect' : 'connect', () => (reached = true)));
    request.on('error', (error) => end({ ok: false, certain: !reached, detail: messageOf(error) }));
    request.on('close', () => clearTimeout(late));
    request.on('response', (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        if (body.length < MOST_ANSWER) body += part;
      });
      response.on('error', () => undefined);
      response.on('close', () => {
        const status = response.statusCode ?? 0;
        if (status < 200 || status > 299) {
          const said = body.replace(/\s+/g, ' ').slice(0, 120);
          return end({ ok: false, certain: !UNCERTAIN.has(status), detail: `answered ${status} ${said}`.trim() });
        }
        const refused = call.refused?.(body);
        end(
          refused === undefined
            ? { ok: true, detail: `answered ${status}` }
            : { ok: false, certain: true, detail: refused },
        );
      });
    });
    request.end(call.body);
  });
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  return (error.message === '' ? (code ?? error.name) : error.message).slice(0, 250);
}
