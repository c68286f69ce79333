import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Failure } from './failure.js';

/**
 * Secrets sealed with AES-256-GCM: `sealed:v1:<key id>:<base64 of nonce, tag and cipher text>`. What a secret is for (task, field, the
 * receiver's address and account) is authenticated with it, so that a sealed text that is copied to another place opens nowhere.
 */
export interface SecretKey {
  readonly id: string;
  readonly bytes: Buffer;
}

/** The first key seals; all of them open, so that a key can be replaced while texts sealed with the one before are still there. */
export interface KeyRing {
  readonly keys: readonly [SecretKey, ...SecretKey[]];
}

const PREFIX = 'sealed:v1:';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The form of a sealed secret, for schemas. */
export const SEALED_FORM = /^sealed:v1:[A-Za-z0-9_-]{1,40}:[A-Za-z0-9+/]{38,}={0,2}$/;

/** A new key as a line of a key file: `<id>:<base64 of 32 bytes>`. The id tells when it was made. */
export function newKeyLine(now: Date): string {
  const id = `${now.toISOString().slice(0, 10)}-${randomBytes(3).toString('hex')}`;
  return `${id}:${randomBytes(KEY_BYTES).toString('base64')}`;
}

/**
 * Reads a key ring: one `<id>:<base64>` a line, the current key first; empty lines and lines that begin with # are passed over.
 * @throws Failure `configuration-invalid`, never with what was written
 */
export function parseKeyRing(text: string): KeyRing {
  const lines = text.split(/\r?\n|,/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const keys = lines.map((line, i) => {
    const match = /^([A-Za-z0-9_-]{1,40}):([A-Za-z0-9+/]+={0,2})$/.exec(line.trim());
    const bytes = Buffer.from(match?.[2] ?? '', 'base64');
    if (match === null || bytes.length !== KEY_BYTES) {
      throw invalid(`key ${i + 1} of the secrets key is not <id>:<base64 of ${KEY_BYTES} bytes>`);
    }
    return { id: match[1]!, bytes };
  });
  const [first, ...others] = keys;
  if (first === undefined) throw invalid('the secrets key is empty');
  if (new Set(keys.map(({ id }) => id)).size < keys.length) throw invalid('two secrets keys have the same id');
  return { keys: [first, ...others] };
}

/** Seals a text with the ring's first key. `purpose` must be given again to open it. */
export function seal(plain: string, purpose: string, ring: KeyRing): string {
  const [key] = ring.keys;
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key.bytes, nonce);
  cipher.setAAD(authenticated(key.id, purpose));
  const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
  return `${PREFIX}${key.id}:${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64')}`;
}

/**
 * Opens a sealed text.
 * @throws Failure `secret-missing`: no such key, or it was sealed for another purpose, or it was changed
 */
export function unseal(sealed: string, purpose: string, ring: KeyRing | undefined): string {
  const id = sealedWith(sealed);
  if (id === undefined || !SEALED_FORM.test(sealed)) throw missing('a sealed secret is damaged', SEAL_AGAIN);
  const key = ring?.keys.find((held) => held.id === id);
  if (key === undefined) {
    const have = ring === undefined ? 'no secrets key' : `the secrets keys ${ring.keys.map((k) => k.id).join(', ')}`;
    throw missing(
      `a secret is sealed with key ${id}, and this process has ${have}`,
      `give it the key ring that holds ${id}: --secrets-key file:PATH or env:NAME`,
    );
  }
  const bytes = Buffer.from(sealed.slice(PREFIX.length + id.length + 1), 'base64');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key.bytes, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(authenticated(id, purpose));
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    return decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    throw missing('a sealed secret does not open here: it was sealed for another task, address or account', SEAL_AGAIN);
  }
}

/** Which key a text is sealed with; `undefined` when it is not sealed. */
export function sealedWith(text: string): string | undefined {
  if (!text.startsWith(PREFIX)) return undefined;
  return text.slice(PREFIX.length).split(':', 1)[0];
}

const SEAL_AGAIN =
  'type the secret again for what it is used for now, in the console or with: mysql-replicator secrets seal';

function authenticated(keyId: string, purpose: string): Buffer {
  return Buffer.from(JSON.stringify([PREFIX, keyId, purpose]));
}

function missing(message: string, remedy: string): Failure {
  return new Failure('secret-missing', message, { remedy });
}

function invalid(message: string): Failure {
  return new Failure('configuration-invalid', message, { remedy: 'make a key with: mysql-replicator secrets keygen' });
}
