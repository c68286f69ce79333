import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { inParallel } from '../../coordination/in-parallel.js';
import { paths } from '../../coordination/paths.js';
import { signedInSchema, type SignedIn, type User } from '../../coordination/schema/access.js';
import type { Session } from '../../coordination/session.js';
import { createGuarded, look, writeTyped } from '../../coordination/znode.js';
import type { SessionKeyring } from './session-keys.js';

/** How long a session lasts, in ms: without a request, and at all. */
export interface SessionLimits {
  readonly idleMs: number;
  readonly absoluteMs: number;
}

const AT_A_TIME = 16;
const MOST_PER_USER = 20;
/** `seenAt` is written no more often than this, or a tenth of the idle limit. */
const SEEN_MS = 5 * 60_000;

/** What a cookie says, once its signature holds. */
export interface Presented {
  readonly id: string;
  readonly hash: string;
}

/** Begins a session; resolves to what the cookie holds: `<id>.<secret>.<key id>.<signature>`. @throws CoordinationError */
export async function beginSession(
  session: Session,
  keys: SessionKeyring,
  user: User,
  about: Pick<SignedIn, 'by' | 'from' | 'agent'> & { readonly now: number },
): Promise<{ readonly signedIn: SignedIn; readonly cookie: string }> {
  const id = randomBytes(16).toString('base64url');
  const secret = randomBytes(32).toString('base64url');
  const { by, from, now } = about;
  const agent = about.agent.slice(0, 300);
  const times = { createdAt: now, seenAt: now };
  const signedIn = {
    id,
    user: user.name,
    userId: user.id,
    hash: sha256(secret),
    epoch: user.epoch,
    by,
    from,
    agent,
    ...times,
  };
  await createGuarded(session, paths.session(id), signedInSchema, signedIn);
  const text = `${id}.${secret}`;
  return { signedIn, cookie: `${text}.${keys.sign(text)}` };
}

/** Reads a cookie; `undefined` when it was not made by a Server of this deployment. Asks nobody. */
export function readCookie(cookie: string, keys: SessionKeyring): Presented | undefined {
  const match = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})\.([^.]+\.[^.]+)$/.exec(cookie);
  if (match === null || !keys.verifies(`${match[1]}.${match[2]}`, match[3]!)) return undefined;
  return { id: match[1]!, hash: sha256(match[2]!) };
}

/** Whether a session is the one that the cookie names, and goes on. Pure. */
export function holds(
  presented: Presented,
  signedIn: SignedIn | undefined,
  user: User | undefined,
  now: number,
  limits: SessionLimits,
): boolean {
  if (signedIn === undefined || user === undefined || signedIn.userId !== user.id) return false;
  const same = timingSafeEqual(Buffer.from(presented.hash, 'hex'), Buffer.from(signedIn.hash, 'hex'));
  return same && signedIn.epoch === user.epoch && !isOver(signedIn, now, limits);
}

export function isOver({ createdAt, seenAt }: SignedIn, now: number, { idleMs, absoluteMs }: SessionLimits): boolean {
  // Written only now and then, `seenAt` may be this much too old.
  return now - createdAt > absoluteMs || now - seenAt > idleMs + seenEvery(idleMs);
}

/** Notes that a session is in use, not too often. @throws CoordinationError */
export async function noteSeen(session: Session, signedIn: SignedIn, now: number, idleMs: number): Promise<void> {
  if (now - signedIn.seenAt < seenEvery(idleMs)) return;
  const reading = await look(session, paths.session(signedIn.id), signedInSchema);
  if (reading.kind !== 'present' || now - reading.value.seenAt < seenEvery(idleMs)) return;
  const seen = { ...reading.value, seenAt: now };
  await writeTyped(session, paths.session(signedIn.id), signedInSchema, seen, reading.stat.version);
}

/** The sessions that go on, newest first, of one user or all. @throws CoordinationError */
export async function listSessions(session: Session, user?: string): Promise<SignedIn[]> {
  const ids = (await session.children(paths.sessions)) ?? [];
  const found = await inParallel(ids, AT_A_TIME, (id) => look(session, paths.session(id), signedInSchema));
  return found
    .flatMap((reading) => (reading.kind === 'present' ? [reading.value] : []))
    .filter((signedIn) => user === undefined || signedIn.user === user)
    .sort((a, b) => b.createdAt - a.createdAt);
}

/** Ends a session; false when there was none. */
export function endSession(session: Session, id: string): Promise<boolean> {
  return session.remove(paths.session(id));
}

/** Ends all sessions of a user but one; resolves to how many there were. @throws CoordinationError */
export async function endSessionsOf(session: Session, user: string, but?: string): Promise<number> {
  const open = (await listSessions(session, user)).filter(({ id }) => id !== but);
  await inParallel(open, AT_A_TIME, ({ id }) => session.remove(paths.session(id)));
  return open.length;
}

/** Takes away what is over, void, or beyond what one user may have at once. @throws CoordinationError */
export async function sweepSessions(
  session: Session,
  users: ReadonlyMap<string, User>,
  now: number,
  limits: SessionLimits,
): Promise<number> {
  const counts = new Map<string, number>();
  const idle = (await listSessions(session)).filter((signedIn) => {
    const user = users.get(signedIn.user);
    if (
      user === undefined ||
      user.id !== signedIn.userId ||
      user.epoch !== signedIn.epoch ||
      isOver(signedIn, now, limits)
    )
      return true;
    const count = (counts.get(user.name) ?? 0) + 1;
    counts.set(user.name, count);
    return count > MOST_PER_USER;
  });
  await inParallel(idle, AT_A_TIME, ({ id }) => session.remove(paths.session(id)));
  return idle.length;
}

function seenEvery(idleMs: number): number {
  return Math.min(SEEN_MS, idleMs / 10);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
