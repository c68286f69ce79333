import { ownAcl, protectionOf, type Protection, type ZookeeperAuth } from './zookeeper-auth.js';
import { CoordinationError, type CreatedZnode, type CreateMode, type Znode, type ZnodeStat } from './session.js';
import {
  BAD_ARGUMENTS,
  BAD_VERSION,
  MARSHALLING,
  NO_CHILDREN_FOR_EPHEMERALS,
  NO_NODE,
  NO_PERMISSION,
  NODE_EXISTS,
  NOT_EMPTY,
  ReplyCode,
  type ZookeeperConnection,
} from './zookeeper-connection.js';

/**
 * The requests of a session, each as one try on one connection. `doubtful` says that an earlier try of the same request was
 * cut off, so that it may have been carried out: the new connection has been synced then, the old one can change nothing
 * any more, and the try looks before it leaps.
 */
export interface Try {
  readonly connection: ZookeeperConnection;
  readonly doubtful: boolean;
  /** Whose the nodes become that the try makes; the world's when absent. */
  readonly auth?: ZookeeperAuth | undefined;
}

/** The servers close the connection on a request above `jute.maxbuffer` (1 MB): it would be sent for ever. */
const LARGEST_DATA = 1_000_000;

export function requireSize(path: string, data: string): void {
  const bytes = Buffer.byteLength(data);
  if (bytes > LARGEST_DATA) throw new CoordinationError('too-large', `${bytes} bytes do not fit into a znode`, path);
}

/**
 * Creates a node. A sequential one that an earlier try has made is found by its owner among the children with this
 * prefix: `known` are those that earlier requests made, and requests with one prefix follow one another, so what else
 * belongs to this session is this request's.
 */
export async function tryCreate(
  { connection, doubtful, auth }: Try,
  path: string,
  data: string,
  mode: CreateMode,
  known: ReadonlySet<string>,
): Promise<CreatedZnode> {
  if (doubtful) {
    const made = await findMade(connection, path, data, mode, known);
    if (made !== undefined) {
      await giveAway(connection, made.path, auth);
      return made;
    }
  }
  const created = await createWithParents(connection, path, data, mode, auth);
  const stat = await connection.exists(created);
  if (stat !== undefined) return { path: created, stat };
  throw new CoordinationError('no-node', 'the node was deleted right after it was created', created);
}

async function findMade(
  connection: ZookeeperConnection,
  path: string,
  data: string,
  mode: CreateMode,
  known: ReadonlySet<string>,
): Promise<CreatedZnode | undefined> {
  const session = connection.credentials.id;
  if (mode === 'ephemeral-sequential') {
    const parent = path.slice(0, path.lastIndexOf('/'));
    for (const name of (await connection.children(parent === '' ? '/' : parent)) ?? []) {
      const candidate = `${parent}/${name}`;
      if (!/^-?\d{10}$/.test(candidate.slice(path.length)) || !candidate.startsWith(path)) continue;
      if (known.has(candidate)) continue;
      const stat = await connection.exists(candidate);
      if (stat?.ephemeralOwner === session) return { path: candidate, stat };
    }
    return undefined;
  }
  const found = await connection.get(path);
  if (found === undefined || found.data !== data) return undefined;
  const ours = mode === 'ephemeral' ? found.stat.ephemeralOwner === session && !known.has(path) : true;
  return ours ? { path, stat: found.stat } : undefined;
}

async function createWithParents(
  connection: ZookeeperConnection,
  path: string,
  data: string,
  mode: CreateMode,
  auth: ZookeeperAuth | undefined,
): Promise<string> {
  const create = async (): Promise<string> => {
    const created = await connection.create(path, data, mode);
    await giveAway(connection, created, auth);
    return created;
  };
  try {
    return await create();
  } catch (error) {
    if (!isCode(error, NO_NODE)) throw error;
  }
  await makeParents(connection, path, auth);
  return create();
}

/**
 * The native client creates every node open to the world, so that its list can only follow by a second request. What must not be read
 * even in between is created empty: see `createGuarded`. A node that is gone meanwhile needs no list.
 */
async function giveAway(connection: ZookeeperConnection, path: string, auth: ZookeeperAuth | undefined): Promise<void> {
  if (auth?.protect === true) await tryProtect({ connection, doubtful: false, auth }, path);
}

/** Whose a node is; `undefined` when there is none. */
export async function tryProtection({ connection, auth }: Try, path: string): Promise<Protection | undefined> {
  const entries = await connection.acl(path);
  return entries && protectionOf(entries, auth);
}

/** Gives a node to the session's user alone; false when there is none. */
export async function tryProtect({ connection, auth }: Try, path: string): Promise<boolean> {
  if (auth === undefined)
    throw new CoordinationError('auth-failed', 'this process does not sign in at ZooKeeper', path);
  try {
    await connection.setAcl(path, ownAcl(auth));
    return true;
  } catch (error) {
    if (isCode(error, NO_NODE)) return false;
    throw error;
  }
}

/** Makes the missing persistent nodes above a path, from the top. */
async function makeParents(
  connection: ZookeeperConnection,
  path: string,
  auth: ZookeeperAuth | undefined,
): Promise<void> {
  for (let slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
    const parent = path.slice(0, slash);
    try {
      await connection.create(parent, '', 'persistent');
      await giveAway(connection, parent, auth);
    } catch (error) {
      // Who may not create below a node of others is told so even when what he wants is there.
      const there = isCode(error, NODE_EXISTS) || (isCode(error, NO_PERMISSION) && (await connection.exists(parent)));
      if (!there) throw error;
    }
  }
}

/**
 * Makes the root and what is above it.
 * @throws CoordinationError `auth-failed` when it belongs to others than this session's user
 */
export async function tryOpenRoot({ connection, auth }: Try, root: string): Promise<void> {
  try {
    await makeParents(connection, `${root}/`, auth);
    await connection.children(root === '' ? '/' : root);
  } catch (error) {
    if (!isCode(error, NO_PERMISSION)) throw error;
    const why =
      auth === undefined
        ? 'the tree belongs to a ZooKeeper user, and this process does not sign in'
        : `the tree belongs to another ZooKeeper user than ${auth.identities[0].user}, or the password is wrong`;
    throw new CoordinationError('auth-failed', why, root === '' ? '/' : root);
  }
}

/**
 * Replaces the data. After a doubtful try with a version: the version right after it with our data is our own write; the
 * version itself means that it never arrived.
 */
export async function trySet(
  { connection, doubtful }: Try,
  path: string,
  data: string,
  version: number,
): Promise<ZnodeStat> {
  if (doubtful && version >= 0) {
    const found: Znode | undefined = await connection.get(path);
    if (found?.stat.version === version + 1 && found.data === data) return found.stat;
  }
  return connection.set(path, data, version);
}

/** Deletes a node. After a doubtful try its absence is our own doing. */
export async function tryRemove({ connection, doubtful }: Try, path: string, version: number): Promise<boolean> {
  try {
    await connection.remove(path, version);
    return true;
  } catch (error) {
    if (isCode(error, NO_NODE)) return doubtful;
    throw error;
  }
}

/** Whether a request failed with its connection, so that nobody knows what became of it. */
export function wasCut(error: unknown): boolean {
  return error instanceof ReplyCode && !error.answered && error.code !== BAD_ARGUMENTS && error.code !== MARSHALLING;
}

/** What a server's refusal means to the caller. */
export function asCoordinationError(error: unknown, path: string): unknown {
  if (!(error instanceof ReplyCode)) return error;
  switch (error.code) {
    case NO_NODE:
      return new CoordinationError('no-node', 'there is no such node', path);
    case NODE_EXISTS:
      return new CoordinationError('node-exists', 'the node exists', path);
    case NOT_EMPTY:
      return new CoordinationError('not-empty', 'the node has children', path);
    case BAD_VERSION:
      return new CoordinationError('version-conflict', 'somebody else has written', path);
    case NO_PERMISSION:
      return new CoordinationError('auth-failed', 'the znode belongs to another ZooKeeper user', path);
    case NO_CHILDREN_FOR_EPHEMERALS:
      return new CoordinationError('invalid-argument', 'an ephemeral node cannot have children', path);
    case BAD_ARGUMENTS:
    case MARSHALLING:
      return new CoordinationError('invalid-argument', 'not a znode path', path);
    default:
      return new CoordinationError('unexpected', `ZooKeeper answered ${error.code}`, path);
  }
}

function isCode(error: unknown, code: number): boolean {
  return error instanceof ReplyCode && error.code === code;
}
