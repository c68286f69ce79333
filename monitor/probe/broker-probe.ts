import { connect as connectPlain, type Socket } from 'node:net';
import { isIP } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { BrokerFacts } from '../view/view.js';

/** ApiVersions, version 0: the one request that every broker answers to anybody, before any sign-in. */
const API_VERSIONS = 18;
const CLIENT = 'mysql-replicator-monitor';

/**
 * Asks a broker which requests it knows, which proves that it listens and works. With TLS the certificate is not checked, which is the Cores'
 * business, but its end is told.
 * @throws when it does not answer within the limit
 */
export function probeBroker(address: string, tls: boolean, limitMs: number): Promise<BrokerFacts> {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '');
  const port = Number(address.slice(colon + 1));
  return new Promise((resolve, reject) => {
    const socket: Socket = tls
      ? connectTls({ host, port, rejectUnauthorized: false, ...(isIP(host) === 0 && { servername: host }) })
      : connectPlain({ host, port });
    const late = setTimeout(() => socket.destroy(new Error(`no answer in ${limitMs} ms`)), limitMs);
    let answer = Buffer.alloc(0);
    socket.once(tls ? 'secureConnect' : 'connect', () => socket.write(request()));
    socket.on('data', (part: Buffer) => {
      answer = Buffer.concat([answer, part]);
      // Length, then the number of our request.
      if (answer.length < 8) return;
      if (answer.readInt32BE(4) !== 1) return void socket.destroy(new Error('something else than Kafka answers'));
      resolve({ certificateUntil: tls ? validUntil(socket as TLSSocket) : undefined });
      socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(late);
      reject(new Error('the connection was closed before an answer'));
    });
  });
}

function request(): Buffer {
  const body = Buffer.alloc(10 + CLIENT.length);
  body.writeInt16BE(API_VERSIONS, 0);
  body.writeInt16BE(0, 2);
  body.writeInt32BE(1, 4);
  body.writeInt16BE(CLIENT.length, 8);
  body.write(CLIENT, 10, 'ascii');
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length);
  return Buffer.concat([length, body]);
}

function validUntil(socket: TLSSocket): number | undefined {
  const until = Date.parse(socket.getPeerCertificate().valid_to);
  return Number.isNaN(until) ? undefined : until;
}
