import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { paths } from '../../coordination/paths.js';
import { sessionKeysSchema, type SessionKeys } from '../../coordination/schema/access.js';
import { seal, sealedWith, unseal, type KeyRing } from '../../coordination/sealed-secret.js';
import { CoordinationError, type Session } from '../../coordination/session.js';
import { createGuarded, readTyped, writeTyped } from '../../coordination/znode.js';

const PURPOSE = 'access/keys';
const KEY_BYTES = 32;
const RENEWED_MS = 30 * 86_400_000;
/** Longer than any session lasts. */
const KEPT_MS = 90 * 86_400_000;

interface Key {
  readonly id: string;
  readonly bytes: Buffer;
}

/**
 * What all Servers sign sessions with. The keys stand in ZooKeeper, sealed where a secrets key is configured; the newest one signs. Who can
 * read them can sign, but not make a session: its node holds the hash of a secret that only the cookie has.
 */
export class SessionKeyring {
  readonly #keys: readonly [Key, ...Key[]];

  constructor(keys: readonly [Key, ...Key[]]) {
    this.#keys = keys;
  }

  sign(text: string): string {
    const [key] = this.#keys;
    return `${key.id}.${mac(key, text)}`;
  }

  /** Whether a signature that `sign` made belongs to the text. */
  verifies(text: string, signature: string): boolean {
    const [id, made = ''] = signature.split('.');
    const key = this.#keys.find((held) => held.id === id);
    if (key === undefined) return false;
    const wanted = Buffer.from(mac(key, text));
    const given = Buffer.from(made);
    return wanted.length === given.length && timingSafeEqual(wanted, given);
  }

  /** A key ring for what a browser carries for us sealed, for a few minutes. */
  get carried(): KeyRing {
    const [first, ...others] = this.#keys.map(({ id, bytes }) => {
      return { id, bytes: Buffer.from(hkdfSync('sha256', bytes, '', 'carried by the browser', KEY_BYTES)) };
    });
    return { keys: [first!, ...others] };
  }
}

/** Reads the keys, makes them where there are none, and a new one where the newest is a month old. @throws Failure, CoordinationError */
export async function loadSessionKeys(
  session: Session,
  ring: KeyRing | undefined,
  now: number,
): Promise<SessionKeyring> {
  for (;;) {
    const found = await readTyped(session, paths.sessionKeys, sessionKeysSchema);
    const kept = found?.value.keys ?? [];
    const wanted = renewed(kept, ring, now);
    try {
      if (found === undefined) await createGuarded(session, paths.sessionKeys, sessionKeysSchema, { keys: wanted });
      else if (wanted !== kept) {
        await writeTyped(session, paths.sessionKeys, sessionKeysSchema, { keys: wanted }, found.stat.version);
      }
    } catch (error) {
      if (error instanceof CoordinationError && ['version-conflict', 'node-exists'].includes(error.kind)) continue;
      throw error;
    }
    const [first, ...others] = wanted.map(({ id, key }) => ({ id, bytes: Buffer.from(opened(key, ring), 'base64') }));
    return new SessionKeyring([first!, ...others]);
  }
}

type Kept = SessionKeys['keys'];

function renewed(kept: Kept, ring: KeyRing | undefined, now: number): Kept {
  const lasting = kept.filter(({ createdAt }) => now - createdAt < KEPT_MS);
  const resealed = lasting.map((key) => ({ ...key, key: closed(key.key, ring) }));
  const newest = resealed[0];
  if (newest === undefined || now - newest.createdAt > RENEWED_MS) {
    const id = randomBytes(4).toString('hex');
    const key = closed(randomBytes(KEY_BYTES).toString('base64'), ring);
    return [{ id, key, createdAt: now }, ...resealed].slice(0, 8);
  }
  const same = resealed.length === kept.length && resealed.every(({ key }, i) => key === kept[i]?.key);
  return same ? kept : resealed;
}

/** As it shall stand in the tree: sealed with the ring's current key, if there is a ring. */
function closed(key: string, ring: KeyRing | undefined): string {
  if (ring === undefined || sealedWith(key) === ring.keys[0].id) return key;
  return seal(opened(key, ring), PURPOSE, ring);
}

function opened(key: string, ring: KeyRing | undefined): string {
  return sealedWith(key) === undefined ? key : unseal(key, PURPOSE, ring);
}

function mac({ bytes }: Key, text: string): string {
  return createHmac('sha256', bytes).update(text).digest('base64url');
}
