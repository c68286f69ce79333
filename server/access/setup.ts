import { createHash, randomBytes } from 'node:crypto';
import { paths } from '../../coordination/paths.js';
import { setupSchema, type Setup, type User } from '../../coordination/schema/access.js';
import { CoordinationError, type Session } from '../../coordination/session.js';
import { createGuarded, readTyped, writeTyped } from '../../coordination/znode.js';
import { AccessRefused } from './refused.js';
import { createUser, nobodyYet } from './users.js';

/** How long a setup link works, in ms. */
export const SETUP_MS = 24 * 60 * 60_000;

/**
 * The first administrator. While there is no user, each Server that starts makes a code of its own and prints it as a link; ZooKeeper keeps
 * their hashes. The first one that is used wins by compare-and-set, and then none counts any more.
 */
export async function offerSetup(session: Session, now: number): Promise<string | undefined> {
  if (!(await nobodyYet(session))) return undefined;
  const code = randomBytes(24).toString('base64url');
  const offered = { hash: sha256(code), expiresAt: now + SETUP_MS };
  for (;;) {
    const found = await readTyped(session, paths.setup, setupSchema);
    const alive = (found?.value.codes ?? []).filter(({ expiresAt }) => expiresAt > now);
    // Whoever took it has died before there was a user.
    const setup: Setup = { codes: [...alive, offered].slice(-16) };
    try {
      if (found === undefined) await createGuarded(session, paths.setup, setupSchema, setup);
      else await writeTyped(session, paths.setup, setupSchema, setup, found.stat.version);
      return code;
    } catch (error) {
      if (!isRace(error)) throw error;
    }
  }
}

/**
 * Makes the first administrator, once.
 * @throws AccessRefused `setup-over`, `setup-code-wrong`
 */
export async function completeSetup(session: Session, code: string, user: User, now: number): Promise<void> {
  const over = new AccessRefused('setup-over', 'there is an administrator already: sign in, or ask him for an account');
  if (!(await nobodyYet(session))) throw over;
  const found = await readTyped(session, paths.setup, setupSchema);
  if (found?.value.usedBy !== undefined) throw over;
  const fits = found?.value.codes.some(({ hash, expiresAt }) => hash === sha256(code) && expiresAt > now);
  if (found === undefined || fits !== true) {
    throw new AccessRefused(
      'setup-code-wrong',
      'this setup link is wrong or too old: a Server prints a new one when it starts',
    );
  }
  try {
    await writeTyped(session, paths.setup, setupSchema, { codes: [], usedBy: user.name }, found.stat.version);
  } catch (error) {
    if (isRace(error)) throw over;
    throw error;
  }
  await createUser(session, user);
}

function isRace(error: unknown): boolean {
  return error instanceof CoordinationError && ['version-conflict', 'node-exists', 'no-node'].includes(error.kind);
}

/** The hash of 192 random bits: comparing it tells nothing of the code. */
function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
