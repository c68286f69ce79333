import { readFileSync } from 'node:fs';
import { Failure } from '../../coordination/failure.js';
import type { KafkaSink } from '../../coordination/schema/task-spec.js';
import type { SocketTls } from './sockets.js';

/** Options for `tls.connect`, its files read on this machine. @throws Failure secret-missing */
export function kafkaTls(tls: KafkaSink['tls']): SocketTls | undefined {
  if (tls === undefined || tls === false) return undefined;
  if (tls === true) return {};
  return {
    ...(tls.ca === undefined ? {} : { ca: readPem(tls.ca, 'ca') }),
    ...(tls.cert === undefined ? {} : { cert: readPem(tls.cert, 'cert') }),
    ...(tls.key === undefined ? {} : { key: readPem(tls.key, 'key') }),
    ...(tls.verifyIdentity ? {} : { checkServerIdentity: () => undefined }),
  };
}

function readPem(path: string, setting: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Failure('secret-missing', `cannot read ${path}`, { place: `sink.kafka.tls.${setting}`, cause });
  }
}
