import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import type { PasswordHash } from '../../coordination/schema/access.js';

/** 32 MB of memory three times over, about 0.2 s: what OWASP asks of scrypt with a small memory. */
const COST = { cost: 2 ** 15, blockSize: 8, parallel: 3 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const SHORTEST = 12;
const LONGEST = 256;
/** What a stored hash may ask of this process at the most. */
const MOST_MEMORY = 256 * 1024 * 1024;

/** Too many sign-ins wait already. */
export class TooBusy extends Error {
  override readonly name = 'TooBusy';
}

const AT_A_TIME = 1;
const MOST_WAITING = 20;

/**
 * Hashes passwords one after the other in node's own threads: a flood of sign-ins costs one thread and 32 MB, and keeps the event loop
 * free. Who comes when 20 are waiting is turned away.
 */
export class PasswordHasher {
  #working = 0;
  readonly #waiting: (() => void)[] = [];

  async hash(password: string): Promise<PasswordHash> {
    const salt = randomBytes(SALT_BYTES);
    const made = await this.#derive(password, salt, COST);
    return { scheme: 'scrypt', ...COST, salt: salt.toString('base64'), hash: made.toString('base64') };
  }

  /**
   * Whether the password is the one that was hashed. Without a hash the answer is no, and takes as long: how long it takes does not tell
   * whether there is such a user.
   * @throws TooBusy
   */
  async matches(password: string, stored: PasswordHash | undefined): Promise<boolean> {
    if (stored === undefined) {
      await this.#derive(password, randomBytes(SALT_BYTES), COST);
      return false;
    }
    const made = await this.#derive(password, Buffer.from(stored.salt, 'base64'), stored);
    const kept = Buffer.from(stored.hash, 'base64');
    return made.length === kept.length && timingSafeEqual(made, kept);
  }

  async #derive(password: string, salt: Buffer, how: Pick<PasswordHash, keyof typeof COST>): Promise<Buffer> {
    if (this.#working >= AT_A_TIME) {
      if (this.#waiting.length >= MOST_WAITING) throw new TooBusy('too many sign-ins at once');
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#working++;
    try {
      const options = { N: how.cost, r: how.blockSize, p: how.parallel, maxmem: MOST_MEMORY };
      return await new Promise<Buffer>((resolve, reject) => {
        // One text however it was typed: composed and decomposed letters are the same.
        scrypt(password.normalize('NFKC'), salt, HASH_BYTES, options, (error, key) =>
          error === null ? resolve(key) : reject(error),
        );
      });
    } finally {
      this.#working--;
      this.#waiting.shift()?.();
    }
  }
}

/** Why a password cannot be taken, as a sentence; `undefined` when it can. Length is what counts; nothing is asked of its letters. */
export function passwordFault(password: string, user: string): string | undefined {
  const length = [...password].length;
  if (length < SHORTEST) return `a password has at least ${SHORTEST} characters; several words are good`;
  if (length > LONGEST) return `a password has at most ${LONGEST} characters`;
  const plain = password.toLowerCase();
  const name = user.toLowerCase();
  if (plain.replaceAll(name, '').length < SHORTEST / 2) return 'a password is not made of the user name';
  if (new Set(plain).size < 5) return 'a password is not one and the same few characters';
  return undefined;
}
