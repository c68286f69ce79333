import type { Lease } from './lease.js';
import type { Protection } from './zookeeper-auth.js';

/** What ZooKeeper knows of a znode. Zxids are exact as numbers up to 2^53. */
export interface ZnodeStat {
  readonly czxid: number;
  readonly mzxid: number;
  readonly version: number;
  readonly modifiedAt: number;
  /** Session id (hexadecimal) of an ephemeral node, '0' or '' otherwise normalised to undefined. */
  readonly ephemeralOwner?: string | undefined;
}

export interface Znode {
  readonly data: string;
  readonly stat: ZnodeStat;
}

export type CreateMode = 'persistent' | 'ephemeral' | 'ephemeral-sequential';
export type WatchKind = 'data' | 'children';

/** `suspended`: the connection is lost, the session perhaps not. `over`: expired or closed, for good. */
export type SessionState = 'connected' | 'suspended' | 'over';

/**
 * One ZooKeeper session: the port that everything in coordination/ is written against. Paths are relative to the root.
 *
 * - A request waits while the session is suspended and is sent (again) when it is back. It rejects with
 *   `CoordinationError('session-over')` when the session ends first, and never stays open for ever.
 * - Requests are safe to repeat: an ambiguous `create` finds the node it has perhaps made (an ephemeral is known by its
 *   owner, a persistent one by being there with the same data), an ambiguous `set` with a version is settled by reading
 *   back, an ambiguous `remove` by the node's absence.
 * - A session never reads an older state than it has seen before, also when it comes back at another server.
 * - A listener of `watch` is called (asynchronously, coalesced) when something may have changed: once the watch is set,
 *   after each change seen and after each reconnect. It then reads again; the watch stays until disposed, the session's end, or for a
 *   path that does not exist yet until it appears and beyond.
 */
export interface Session {
  readonly id: string;
  readonly state: SessionState;
  /** Negotiated session timeout. */
  readonly timeoutMs: number;
  readonly lease: Lease;
  /** Aborts when the session is over; its reason is the `CoordinationError`. */
  readonly over: AbortSignal;

  /** Creates a node and its missing persistent parents; resolves to the real path (a sequential one has its digits). */
  create(path: string, data: string, mode: CreateMode): Promise<CreatedZnode>;
  /** Reads a node; `undefined` when there is none. */
  read(path: string): Promise<Znode | undefined>;
  /** Replaces the data; `version` is the one read before, or -1 for any. @throws `version-conflict`, `no-node` */
  set(path: string, data: string, version: number): Promise<ZnodeStat>;
  /** Deletes a node; resolves to false when there was none. @throws `version-conflict`, `not-empty` */
  remove(path: string, version?: number): Promise<boolean>;
  /** Names of the children, unsorted; `undefined` when the node does not exist. */
  children(path: string): Promise<string[] | undefined>;
  /** Whether this session signs in at ZooKeeper, and keeps what it creates for its user alone. */
  readonly protects: boolean;
  /** Whose a node is; `undefined` when there is none. */
  protection(path: string): Promise<Protection | undefined>;
  /** Gives a node to this session's user alone; resolves to false when there was none. @throws `auth-failed` */
  protect(path: string): Promise<boolean>;
  watch(path: string, kind: WatchKind, listener: () => void): () => void;
  onState(listener: (state: SessionState) => void): () => void;
  /** Ends the session at the servers, so that its ephemeral nodes go at once. Settles when that is done or hopeless. */
  close(): Promise<void>;
}

export interface CreatedZnode {
  readonly path: string;
  readonly stat: ZnodeStat;
}

export type CoordinationErrorKind =
  | 'session-over'
  | 'connect-timeout'
  | 'unresolvable-host'
  | 'auth-failed'
  | 'node-exists'
  | 'no-node'
  | 'not-empty'
  | 'version-conflict'
  | 'too-large'
  | 'invalid-argument'
  | 'task-running'
  | 'unexpected';

/** The only error that coordination/ throws of ZooKeeper matters. Never carries a node's data. */
export class CoordinationError extends Error {
  readonly kind: CoordinationErrorKind;
  readonly path: string | undefined;

  constructor(kind: CoordinationErrorKind, message: string, path?: string, options?: ErrorOptions) {
    super(path === undefined ? message : `${message} (${path})`, options);
    this.name = 'CoordinationError';
    this.kind = kind;
    this.path = path;
  }
}
