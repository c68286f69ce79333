import { randomBytes } from 'node:crypto';
import { inParallel } from '../../coordination/in-parallel.js';
import { paths } from '../../coordination/paths.js';
import { userSchema, usersGuardSchema, type Role, type User } from '../../coordination/schema/access.js';
import { CoordinationError, type Session } from '../../coordination/session.js';
import { createGuarded, createOrFill, look, readTyped, writeTyped, type Typed } from '../../coordination/znode.js';
import { AccessRefused } from './refused.js';

/** Users in ZooKeeper. Every change is a compare-and-set of one node; the last administrator is never taken away. */
const AT_A_TIME = 16;
/** Longer than taking away a role takes: who said so and is not done by then has died. */
const LEAVING_MS = 60_000;

/** All users that can be read, by name. @throws CoordinationError */
export async function listUsers(session: Session): Promise<Typed<User>[]> {
  const names = ((await session.children(paths.users)) ?? []).sort();
  const found = await inParallel(names, AT_A_TIME, (name) => look(session, paths.user(name), userSchema));
  return found.filter((reading) => reading.kind === 'present');
}

/** Whether there is nobody yet, so that the first one is to be set up. */
export async function nobodyYet(session: Session): Promise<boolean> {
  for (const name of (await session.children(paths.users)) ?? []) {
    const node = await session.read(paths.user(name));
    // One that cannot be read was somebody.
    if (node !== undefined && node.data !== '') return false;
  }
  return true;
}

export function readUser(session: Session, name: string): Promise<Typed<User> | undefined> {
  return readTyped(session, paths.user(name), userSchema);
}

/** @throws AccessRefused `user-exists` */
export async function createUser(session: Session, user: User): Promise<void> {
  try {
    await createGuarded(session, paths.user(user.name), userSchema, user);
  } catch (error) {
    if (!isKind(error, 'node-exists', 'version-conflict')) throw error;
    throw new AccessRefused('user-exists', `there is a user ${user.name} already`);
  }
}

/**
 * Changes a user by compare-and-set, again when somebody else was faster (or not, when `version` says what was looked at).
 * @throws AccessRefused `no-user`, `last-admin`; CoordinationError `version-conflict` with a `version`
 */
export async function changeUser(
  session: Session,
  name: string,
  change: (user: User) => User,
  version?: number,
): Promise<User> {
  for (;;) {
    const found = await readUser(session, name);
    if (found === undefined) throw new AccessRefused('no-user', `there is no user ${name}`);
    if (version !== undefined && found.stat.mzxid !== version) {
      throw new CoordinationError('version-conflict', 'the user was changed meanwhile', paths.user(name));
    }
    const changed = change(found.value);
    const write = () => writeTyped(session, paths.user(name), userSchema, changed, found.stat.version);
    try {
      if (found.value.role === 'admin' && changed.role !== 'admin') await withAnotherAdmin(session, name, write);
      else await write();
      return changed;
    } catch (error) {
      if (!isKind(error, 'version-conflict')) throw error;
    }
  }
}

/** Takes a user away; his sessions and tokens are worth nothing from then on. @throws AccessRefused `no-user`, `last-admin` */
export async function removeUser(session: Session, name: string): Promise<User> {
  for (;;) {
    const found = await readUser(session, name);
    if (found === undefined) throw new AccessRefused('no-user', `there is no user ${name}`);
    const remove = () => session.remove(paths.user(name), found.stat.version);
    try {
      if (found.value.role === 'admin') await withAnotherAdmin(session, name, remove);
      else await remove();
      return found.value;
    } catch (error) {
      if (!isKind(error, 'version-conflict')) throw error;
    }
  }
}

/** The same user with every session of his void. */
export function withoutSessions(user: User): User {
  return { ...user, epoch: user.epoch + 1 };
}

/**
 * Takes an administrator's role away while there is another one. Whose role is about to go stands in the users' own node, written by
 * compare-and-set: of two who take away the last two at the same time one sees the other.
 */
async function withAnotherAdmin(session: Session, name: string, work: () => Promise<unknown>): Promise<void> {
  await createOrFill(session, paths.users, usersGuardSchema, { leaving: [] }).catch((error: unknown) => {
    if (!isKind(error, 'node-exists', 'version-conflict')) throw error;
  });
  for (;;) {
    const guard = await readTyped(session, paths.users, usersGuardSchema);
    if (guard === undefined) throw new CoordinationError('no-node', 'the users are gone', paths.users);
    const now = Date.now();
    const leaving = guard.value.leaving.filter(({ user, at }) => user !== name && now - at < LEAVING_MS);
    const going = new Set([name, ...leaving.map(({ user }) => user)]);
    const users = await listUsers(session);
    if (!users.some(({ value }) => value.role === 'admin' && !going.has(value.name))) {
      throw new AccessRefused('last-admin', `${name} is the last administrator: make somebody else one first`);
    }
    try {
      const said = { leaving: [...leaving, { user: name, at: now }] };
      await writeTyped(session, paths.users, usersGuardSchema, said, guard.stat.version);
      break;
    } catch (error) {
      if (!isKind(error, 'version-conflict')) throw error;
    }
  }
  try {
    await work();
  } finally {
    await forget(session, name);
  }
}

async function forget(session: Session, name: string): Promise<void> {
  for (;;) {
    const guard = await readTyped(session, paths.users, usersGuardSchema);
    if (guard === undefined) return;
    const left = { leaving: guard.value.leaving.filter(({ user }) => user !== name) };
    try {
      await writeTyped(session, paths.users, usersGuardSchema, left, guard.stat.version);
      return;
    } catch (error) {
      if (!isKind(error, 'version-conflict')) throw error;
    }
  }
}

/** A new user, of whom nobody has seen anything yet. */
export function newUser(name: string, role: Role, createdBy: string, now: number): User {
  return { name, id: randomBytes(8).toString('hex'), role, epoch: 0, createdAt: now, createdBy };
}

function isKind(error: unknown, ...kinds: CoordinationError['kind'][]): boolean {
  return error instanceof CoordinationError && kinds.includes(error.kind);
}
