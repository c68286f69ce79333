import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { inParallel } from '../../coordination/in-parallel.js';
import { paths } from '../../coordination/paths.js';
import {
  ROLES,
  tokenSchema,
  type Role,
  type Token,
  type TokenScope,
  type User,
} from '../../coordination/schema/access.js';
import type { Session } from '../../coordination/session.js';
import { createGuarded, look, writeTyped } from '../../coordination/znode.js';

/**
 * Tokens for scripts: `mrt_<id>_<256 random bits>`. Only the SHA-256 is kept, which nobody can turn round: what is random enough needs no
 * slow hash.
 */
const AT_A_TIME = 16;
const USED_MS = 10 * 60_000;

export interface NewToken {
  readonly name: string;
  readonly role: Role;
  readonly scope?: TokenScope | undefined;
  readonly owner?: Token['owner'];
  readonly createdBy: string;
  /** Milliseconds since 1970. */
  readonly expiresAt?: number | undefined;
}

/** Makes a token; its text is told once and kept nowhere. @throws CoordinationError */
export async function createToken(
  session: Session,
  wanted: NewToken,
  now: number,
): Promise<{ readonly token: Token; readonly text: string }> {
  const { name, role, scope, owner, createdBy, expiresAt } = wanted;
  const id = randomBytes(8).toString('hex');
  const text = `mrt_${id}_${randomBytes(32).toString('base64url')}`;
  const token: Token = {
    id,
    name,
    hash: sha256(text),
    role,
    createdAt: now,
    createdBy,
    ...(scope !== undefined && { scope }),
    ...(owner !== undefined && { owner }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
  await createGuarded(session, paths.token(id), tokenSchema, token);
  return { token, text };
}

/** The id in a token's text; `undefined` when it is none. */
export function tokenId(text: string): string | undefined {
  return /^mrt_([0-9a-f]{16})_[A-Za-z0-9_-]{43}$/.exec(text)?.[1];
}

/** Whether a text is this token, and it is still good. Pure. */
export function tokenHolds(text: string, token: Token | undefined, now: number): token is Token {
  if (token === undefined) return false;
  const same = timingSafeEqual(Buffer.from(sha256(text), 'hex'), Buffer.from(token.hash, 'hex'));
  return same && (token.expiresAt === undefined || now < token.expiresAt);
}

/** What a token may do: no more than its owner may now; `undefined` when the owner is gone. */
export function tokenRole(token: Token, owner: User | undefined): Role | undefined {
  if (token.owner === undefined) return token.role;
  if (owner?.id !== token.owner.id) return undefined;
  return ROLES[Math.min(ROLES.indexOf(token.role), ROLES.indexOf(owner.role))];
}

/** Whether a scope covers a task of this name in this group. */
export function covers(scope: TokenScope, task: string, group: string | undefined): boolean {
  if (group !== undefined && scope.groups.includes(group)) return true;
  return scope.tasks.some((pattern) => {
    const parts = pattern.split('*').map((part) => part.replace(/[.\\-]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}$`).test(task);
  });
}

/** All tokens that can be read, newest first. @throws CoordinationError */
export async function listTokens(session: Session): Promise<Token[]> {
  const ids = (await session.children(paths.tokens)) ?? [];
  const found = await inParallel(ids, AT_A_TIME, (id) => look(session, paths.token(id), tokenSchema));
  return found
    .flatMap((reading) => (reading.kind === 'present' ? [reading.value] : []))
    .sort((a, b) => b.createdAt - a.createdAt);
}

/** Ends all tokens of a user. @throws CoordinationError */
export async function removeTokensOf(session: Session, userId: string): Promise<void> {
  const his = (await listTokens(session)).filter(({ owner }) => owner?.id === userId);
  await inParallel(his, AT_A_TIME, ({ id }) => session.remove(paths.token(id)));
}

/** Ends a token; false when there was none. */
export function removeToken(session: Session, id: string): Promise<boolean> {
  return session.remove(paths.token(id));
}

/** Notes that a token is in use, not too often. @throws CoordinationError */
export async function noteUsed(session: Session, token: Token, now: number): Promise<void> {
  if (now - (token.usedAt ?? 0) < USED_MS) return;
  const reading = await look(session, paths.token(token.id), tokenSchema);
  if (reading.kind !== 'present' || now - (reading.value.usedAt ?? 0) < USED_MS) return;
  const used = { ...reading.value, usedAt: now };
  await writeTyped(session, paths.token(token.id), tokenSchema, used, reading.stat.version);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
