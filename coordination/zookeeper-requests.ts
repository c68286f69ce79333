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
  { connection, doubtful }: Try,
  path: string,
  data: string,
  mode: CreateMode,
  known: ReadonlySet<string>,
): Promise<CreatedZnode> {
  if (doubtful) {
    const made = await findMade(connection, path, data, mode, known);
    if (made !== undefined) return made;
  }
  const created = await createWithParents(connection, path, data, mode);
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
): Promise<string> {
  try {
    return await connection.create(path, data, mode);
  } catch (error) {
    if (!isCode(error, NO_NODE)) throw error;
  }
  await makeParents(connection, path);
  return connection.create(path, data, mode);
}

/** Makes the missing persistent nodes above a path, from the top. */
export async function makeParents(connection: ZookeeperConnection, path: string): Promise<void> {
  for (let slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
    try {
      await connection.create(path.slice(0, slash), '', 'persistent');
    } catch (error) {
      if (!isCode(error, NODE_EXISTS)) throw error;
    }
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
      return new CoordinationError('auth-failed', 'the servers do not permit this', path);
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
