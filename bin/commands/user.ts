import { text as readAll } from 'node:stream/consumers';
import { role as roleSchema, userName, type Role, type User } from '../../coordination/schema/access.js';
import type { Session } from '../../coordination/session.js';
import { PasswordHasher, passwordFault } from '../../server/access/passwords.js';
import { endSessionsOf } from '../../server/access/sessions.js';
import { removeTokensOf } from '../../server/access/tokens.js';
import { changeUser, createUser, listUsers, newUser, removeUser, withoutSessions } from '../../server/access/users.js';
import { auditCli, operator } from '../audit.js';
import { CliError } from '../exit-codes.js';
import { moment } from '../quantities.js';
import { withSession } from '../with-session.js';
import type { CommandContext } from './context.js';

/** Makes a user; the password comes from standard input. @throws CliError 'usage', AccessRefused */
export async function userAdd(context: CommandContext, name: string, role: string): Promise<void> {
  requireUserName(name);
  const given = requireRole(role);
  const password = await hashedPassword(name);
  const now = Date.now();
  const user: User = { ...newUser(name, given, operator(), now), password, passwordChangedAt: now };
  await audited(context, 'user.create', name, { after: { role: given } }, (session) => createUser(session, user));
  context.screen.emit({ user: name, role: given });
  context.screen.say(`${name} is ${given}, and can sign in at every Server`);
}

/** All users. */
export async function userList(context: CommandContext): Promise<void> {
  const users = (await withSession(context, (session) => listUsers(session))).map(({ value }) => value);
  const { screen } = context;
  screen.emit(
    users.map(({ name, role, password, oidc, createdAt }) => {
      return { name, role, hasPassword: password !== undefined, oidc: oidc?.issuer, createdAt };
    }),
  );
  screen.table(
    ['user', 'role', 'signs in by', 'since'],
    users.map(({ name, role, oidc, createdAt }) => [name, role, oidc?.issuer ?? 'password', moment(createdAt)]),
  );
}

/** Sets a new password from standard input; every session of the user ends. */
export async function userPassword(context: CommandContext, name: string): Promise<void> {
  requireUserName(name);
  const password = await hashedPassword(name);
  await audited(context, 'user.change', name, { after: { newPassword: true } }, async (session) => {
    const passwordChangedAt = Date.now();
    await changeUser(session, name, (user) => ({ ...withoutSessions(user), password, passwordChangedAt }));
    await endSessionsOf(session, name);
  });
  context.screen.emit({ user: name });
  context.screen.say(`${name} has a new password; every session of before has ended`);
}

/** Gives a user another role. */
export async function userRole(context: CommandContext, name: string, role: string): Promise<void> {
  requireUserName(name);
  const given = requireRole(role);
  await audited(context, 'user.change', name, { after: { role: given } }, (session) =>
    changeUser(session, name, (user) => ({ ...user, role: given })),
  );
  context.screen.emit({ user: name, role: given });
  context.screen.say(`${name} is ${given} now`);
}

/** Takes a user away, with his sessions and tokens. */
export async function userRemove(context: CommandContext, name: string): Promise<void> {
  requireUserName(name);
  await audited(context, 'user.remove', name, {}, async (session) => {
    const { id } = await removeUser(session, name);
    await removeTokensOf(session, id);
    await endSessionsOf(session, name);
  });
  context.screen.emit({ user: name });
  context.screen.say(`${name} is gone, with all sessions and tokens`);
}

async function audited(
  context: CommandContext,
  action: string,
  name: string,
  what: { after?: unknown },
  work: (session: Session) => Promise<unknown>,
): Promise<void> {
  await withSession(context, async (session) => {
    await auditCli(context, session, { action, object: `users/${name}`, ...what }, () => work(session));
  });
}

/** A password on the command line could be read by every user of the machine. */
async function hashedPassword(name: string): Promise<User['password']> {
  if (process.stdin.isTTY) {
    throw new CliError('usage', 'the password is read from standard input', {
      remedy: 'e.g.: read -rs P && printf %s "$P" | mysql-replicator user …',
    });
  }
  const password = (await readAll(process.stdin)).replace(/\r?\n$/, '');
  const fault = passwordFault(password, name);
  if (fault !== undefined) throw new CliError('usage', fault);
  return new PasswordHasher().hash(password);
}

function requireUserName(name: string): void {
  const result = userName.safeParse(name);
  if (!result.success) throw new CliError('usage', `not a user's name: ${result.error.issues[0]?.message}`);
}

/** @throws CliError 'usage' */
export function requireRole(text: string): Role {
  const result = roleSchema.safeParse(text);
  if (result.success) return result.data;
  throw new CliError('usage', `${JSON.stringify(text.slice(0, 40))} is no role`, {
    remedy: 'viewer, operator or admin',
  });
}
