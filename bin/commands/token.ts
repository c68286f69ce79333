import { createToken, listTokens, removeToken } from '../../server/access/tokens.js';
import { tokenScopeSchema, type TokenScope } from '../../coordination/schema/access.js';
import { auditCli, operator } from '../audit.js';
import { CliError } from '../exit-codes.js';
import { moment } from '../quantities.js';
import { withSession } from '../with-session.js';
import type { CommandContext } from './context.js';
import { requireRole } from './user.js';

const UNITS = { h: 3_600_000, d: 86_400_000 } as const;

export interface TokenWish {
  readonly role: string;
  readonly task?: readonly string[];
  readonly group?: readonly string[];
  /** `12h`, `90d` */
  readonly expires?: string;
}

/** Makes a token that belongs to nobody but the script that is given it, and prints it: once. */
export async function tokenAdd(context: CommandContext, name: string, wish: TokenWish): Promise<void> {
  const role = requireRole(wish.role);
  const scope = scopeOf(wish);
  const now = Date.now();
  const expiresAt = wish.expires === undefined ? undefined : now + lifeOf(wish.expires);
  const { token, text } = await withSession(context, (session) =>
    auditCli(context, session, { action: 'token.create', object: 'tokens', after: { name, role, scope } }, () =>
      createToken(session, { name, role, scope, expiresAt, createdBy: operator() }, now),
    ),
  );
  context.screen.emit({ id: token.id, name, role, scope, expiresAt, text });
  context.screen.say(text);
}

/** All tokens. */
export async function tokenList(context: CommandContext): Promise<void> {
  const tokens = await withSession(context, (session) => listTokens(session));
  const { screen } = context;
  screen.emit(tokens.map(({ hash: _hash, ...token }) => token));
  screen.table(
    ['id', 'name', 'role', 'owner', 'used', 'expires'],
    tokens.map(({ id, name, role, owner, usedAt, expiresAt }) => [
      id,
      name,
      role,
      owner?.name ?? '-',
      usedAt === undefined ? 'never' : moment(usedAt),
      expiresAt === undefined ? 'never' : moment(expiresAt),
    ]),
  );
}

/** Ends a token. @throws CliError 'conflict' */
export async function tokenRemove(context: CommandContext, id: string): Promise<void> {
  if (!/^[0-9a-f]{16}$/.test(id)) throw new CliError('usage', 'a token is named by its id: 16 hexadecimal digits');
  const removed = await withSession(context, (session) =>
    auditCli(context, session, { action: 'token.remove', object: `tokens/${id}` }, () => removeToken(session, id)),
  );
  if (!removed) throw new CliError('conflict', `there is no token ${id}`);
  context.screen.emit({ id });
  context.screen.say(`token ${id} has ended`);
}

function scopeOf({ task = [], group = [] }: TokenWish): TokenScope | undefined {
  if (task.length === 0 && group.length === 0) return undefined;
  const result = tokenScopeSchema.safeParse({ tasks: task, groups: group });
  if (result.success) return result.data;
  throw new CliError('usage', `not a scope: ${result.error.issues[0]?.message}`);
}

function lifeOf(text: string): number {
  const match = /^([1-9]\d{0,4})([hd])$/.exec(text);
  if (match === null) throw new CliError('usage', '--expires is hours or days, e.g. 12h or 90d');
  return Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
}
