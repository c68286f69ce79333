import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { Server } from 'node:https';
import { createSecureContext } from 'node:tls';
import { Failure } from '../../coordination/failure.js';
import type { Logger } from '../../coordination/log.js';

export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}
export interface TlsContents {
  readonly cert: string;
  readonly key: string;
  /** End of the certificate's life, in ms since 1970. */
  readonly validTo: number;
}

const LOOK_MS = 2000;
const WARN_MS = 14 * 86_400_000;

/**
 * Reads certificate and key and sees that they can be used together.
 * @throws Failure `configuration-invalid` with the file and what is wrong
 */
export async function readTls(files: TlsFiles): Promise<TlsContents> {
  const [cert, key] = await Promise.all([readText(files.cert), readText(files.key)]);
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(cert);
    createSecureContext({ cert, key });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw invalid(`certificate and key cannot be used (${code ?? 'unknown error'})`, `${files.cert}, ${files.key}`);
  }
  if (!certificate.checkPrivateKey(createPrivateKey(key))) {
    throw invalid('the key does not belong to the certificate', `${files.cert}, ${files.key}`);
  }
  const validTo = Date.parse(certificate.validTo);
  if (validTo < Date.now()) throw invalid(`the certificate ended at ${certificate.validTo}`, files.cert);
  return { cert, key, validTo };
}

/**
 * Takes a new certificate as soon as its files have changed: new connections get it, old ones go on. Files that cannot be used are said so
 * once, and the certificate at hand stays. Resolves when the signal aborts.
 */
export async function followTls(
  server: Pick<Server, 'setSecureContext'>,
  files: TlsFiles,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  let seen = await stamp(files);
  while (await pause(LOOK_MS, signal)) {
    const now = await stamp(files);
    if (now === seen) continue;
    seen = now;
    try {
      const { cert, key, validTo } = await readTls(files);
      server.setSecureContext({ cert, key });
      const until = new Date(validTo).toISOString();
      log.info({ cert: files.cert, until }, 'a new certificate is in use');
      if (validTo - Date.now() < WARN_MS) log.warn({ until }, 'the new certificate ends soon');
    } catch (error) {
      // Half written, perhaps: the next change is looked at again.
      log.error({ err: error }, 'the new certificate cannot be used; the one before stays');
    }
  }
}

/** What the two files look like from outside; also of a link's target, which is what changes where secrets are mounted. */
async function stamp(files: TlsFiles): Promise<string> {
  const of = async (path: string): Promise<string> => {
    const found = await stat(path).catch(() => undefined);
    return found === undefined ? 'none' : `${found.ino} ${found.mtimeMs} ${found.size}`;
  };
  return `${await of(files.cert)} ${await of(files.key)}`;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw invalid(`${path} cannot be read (${code ?? 'unknown error'})`, path);
  }
}

/** False when the signal has aborted. */
function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(false);
    const stop = (): void => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve(true);
    }, ms).unref();
    signal.addEventListener('abort', stop, { once: true });
  });
}

function invalid(message: string, place: string): Failure {
  return new Failure('configuration-invalid', message, {
    place,
    remedy: 'give a PEM certificate with its chain, and the private key that belongs to it',
  });
}
