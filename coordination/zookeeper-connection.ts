import ZooKeeper from 'zookeeper';
import type { CreateMode, WatchKind, Znode, ZnodeStat } from './session.js';
import type { AclEntry, ZookeeperAuth } from './zookeeper-auth.js';

/**
 * One TCP connection to one ZooKeeper server, through the native client: the only importer of `zookeeper`.
 *
 * The native client would reconnect by itself, but late: after a silent link it waits up to another third of the session
 * timeout, which is the third that was left. So it is never given the chance. A handle serves one connection; when that
 * is lost the handle is thrown away and a new one takes the session up by its id and password.
 */
export interface Credentials {
  readonly id: string;
  readonly password: string;
}

/** How a connection ended. `lost`: the link, not (certainly) the session. */
export type ConnectionEnd = 'lost' | 'expired' | 'auth-failed' | 'closed';

export interface Address {
  /** Numeric: the native client would resolve a name while it blocks the thread. */
  readonly ip: string;
  readonly port: number;
}

export type ZnodeEvent = 'created' | 'deleted' | 'changed' | 'child';

/** An answer that is not a success, by ZooKeeper's number. The native client's own errors quote the data. */
export class ReplyCode extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`ZooKeeper answered ${code}`);
    this.name = 'ReplyCode';
    this.code = code;
  }

  /** From -100 on a server said so; before that the request's outcome is not known. -112 and later end the connection. */
  get answered(): boolean {
    return this.code <= -100 && this.code > -112;
  }
}

export const NO_NODE = -101;
export const NO_PERMISSION = -102;
export const BAD_VERSION = -103;
export const NO_CHILDREN_FOR_EPHEMERALS = -108;
export const NODE_EXISTS = -110;
export const NOT_EMPTY = -111;
export const MARSHALLING = -5;
export const BAD_ARGUMENTS = -8;

const ANY_VERSION = -1;
const CONNECTED = 3;
/** ZOPERATIONTIMEOUT of zookeeper.h. */
const OPERATION_TIMEOUT = -7;
const CLOSE_CODES: Record<number, ConnectionEnd> = { 0: 'closed', [-112]: 'expired', [-113]: 'auth-failed' };
const MODE_FLAGS: Record<CreateMode, number> = { persistent: 0, ephemeral: 1, 'ephemeral-sequential': 3 };

/**
 * The native client counts how often the socket was readable without a whole answer, and above this number reports the
 * session as expired. Ten, its default, is a 200 KB answer in small segments.
 */
const RESPONSE_COUNTER_LIMIT = 1_000_000_000;

interface NativeStat {
  readonly czxid: number;
  readonly mzxid: number;
  readonly version: number;
  readonly mtime: Date;
  readonly ephemeralOwner: string;
}

interface NativeAcl {
  readonly perms: number;
  readonly scheme: string;
  readonly auth: string;
}

type Callback<T extends unknown[]> = (code: number, message: string, ...result: T) => void;

/** What is used of the native client. Calls return a negative number when they were refused on the spot. */
interface NativeClient {
  readonly state: number;
  readonly timeout: number;
  readonly client_id: string;
  readonly client_password: string;
  init(config: object): void;
  close(): void;
  on(event: ZnodeEvent, listener: (client: unknown, path: string) => void): void;
  on(event: 'connect' | 'connecting', listener: () => void): void;
  on(event: 'close', listener: (client: unknown, code: number) => void): void;
  a_create(path: string, data: Buffer, flags: number, callback: Callback<[string]>): number;
  a_exists(path: string, watch: boolean, callback: Callback<[NativeStat]>): number;
  a_get(path: string, watch: boolean, callback: Callback<[NativeStat, Buffer | null]>): number;
  a_get_children(path: string, watch: boolean, callback: Callback<[string[]]>): number;
  a_set(path: string, data: Buffer, version: number, callback: Callback<[NativeStat]>): number;
  a_delete_(path: string, version: number, callback: Callback<[]>): number;
  a_sync(path: string, callback: Callback<[string]>): number;
  a_get_acl(path: string, callback: Callback<[readonly NativeAcl[]]>): number;
  a_set_acl(path: string, version: number, acl: readonly NativeAcl[], callback: Callback<[]>): number;
  add_auth(scheme: string, auth: string, callback: (code: number) => void): number;
}

export interface ConnectionOptions {
  readonly address: Address;
  readonly timeoutMs: number;
  /** The session to take up; a new one when absent. */
  readonly credentials?: Credentials | undefined;
  readonly auth?: ZookeeperAuth | undefined;
  /** How long connecting may take, in milliseconds. */
  readonly deadlineMs: number;
  readonly onEvent: (event: ZnodeEvent, path: string) => void;
}

/** Why there is no connection: as a word, since refusals are ordinary while one looks for a server that answers. */
export type NoConnection = 'refused' | 'no-answer' | 'expired' | 'auth-failed';

export class ZookeeperConnection {
  readonly credentials: Credentials;
  /** Negotiated session timeout. */
  readonly timeoutMs: number;
  /** Resolves when the connection is over, for whatever reason; requests that were open have failed then, or soon do. */
  readonly ended: Promise<ConnectionEnd>;
  readonly #native: NativeClient;
  readonly #lose: () => void;

  private constructor(native: NativeClient, ended: Promise<ConnectionEnd>, lose: () => void) {
    this.#native = native;
    this.#lose = lose;
    this.ended = ended;
    this.timeoutMs = native.timeout;
    this.credentials = { id: native.client_id, password: native.client_password };
  }

  /** Connects, or says why not. Never throws, never takes much longer than its deadline. */
  static open(options: ConnectionOptions): Promise<ZookeeperConnection | NoConnection> {
    const native = newNative(options);
    const { promise: ended, settle: end } = newPromise<ConnectionEnd>();
    const { promise: opened, settle } = newPromise<ZookeeperConnection | NoConnection>();
    let open = false;
    let lost = false;
    let failure: NoConnection | undefined;
    const lose = () => {
      lost = true;
      release(native);
    };
    const fail = (why: NoConnection) => {
      failure ??= why;
      native.close();
      // A handle that never came to be has no 'close' event.
      settle(failure);
    };
    // A timer runs before the sockets are looked at, so the answer may be there already. Once it is, closing the handle
    // would end the session, hence one look at the sockets before giving up.
    const giveUp = () => void (!open && fail('no-answer'));
    const deadline = setTimeout(() => setImmediate(giveUp), options.deadlineMs);
    native.on('connect', () => {
      open = true;
      clearTimeout(deadline);
      settle(new ZookeeperConnection(native, ended, lose));
    });
    native.on('connecting', lose);
    native.on('close', (_client, code) => {
      const how = lost ? 'lost' : (CLOSE_CODES[code] ?? 'lost');
      clearTimeout(deadline);
      end(how);
      settle(how === 'expired' || how === 'auth-failed' ? how : (failure ?? 'refused'));
    });
    for (const event of ['created', 'deleted', 'changed', 'child'] as const) {
      native.on(event, (_client, path) => options.onEvent(event, path));
    }
    native.init({});
    // Queued in front of everything else; each handle has to do it anew. Servers take any user and password: only what these may
    // touch tells whether they are right.
    for (const { user, password } of options.auth?.identities ?? []) {
      native.add_auth('digest', `${user}:${password}`, () => undefined);
    }
    // `init` is silent about refusals. A request queued behind it fails as soon as the server refuses.
    const refused = native.a_exists('/', false, (code) => {
      // The client gives up by a clock of its own, at about our deadline.
      if (code !== 0 && !open) setImmediate(() => fail(code === OPERATION_TIMEOUT ? 'no-answer' : 'refused'));
    });
    if (refused < 0) setImmediate(() => fail('refused'));
    return opened;
  }

  /** Creates one node; resolves to its path with the sequence number. */
  async create(path: string, data: string, mode: CreateMode): Promise<string> {
    const [created] = await this.#call<[string]>((done) =>
      this.#native.a_create(path, Buffer.from(data), MODE_FLAGS[mode], done),
    );
    return created;
  }

  async exists(path: string, watch = false): Promise<ZnodeStat | undefined> {
    return absent(async () => {
      const [stat] = await this.#call<[NativeStat]>((done) => this.#native.a_exists(path, watch, done));
      return toStat(stat);
    });
  }

  async get(path: string): Promise<Znode | undefined> {
    return absent(async () => {
      const [stat, data] = await this.#call<[NativeStat, Buffer | null]>((done) =>
        this.#native.a_get(path, false, done),
      );
      return { data: data?.toString() ?? '', stat: toStat(stat) };
    });
  }

  async children(path: string, watch = false): Promise<string[] | undefined> {
    return absent(async () => {
      const [names] = await this.#call<[string[]]>((done) => this.#native.a_get_children(path, watch, done));
      return names;
    });
  }

  async set(path: string, data: string, version: number): Promise<ZnodeStat> {
    const [stat] = await this.#call<[NativeStat]>((done) => this.#native.a_set(path, Buffer.from(data), version, done));
    return toStat(stat);
  }

  async remove(path: string, version: number): Promise<void> {
    await this.#call<[]>((done) => this.#native.a_delete_(path, version, done));
  }

  /** Who may touch a node; `undefined` when there is none. */
  async acl(path: string): Promise<AclEntry[] | undefined> {
    return absent(async () => {
      const [entries] = await this.#call<[readonly NativeAcl[]]>((done) => this.#native.a_get_acl(path, done));
      return entries.map(({ perms, scheme, auth }) => ({ rights: perms, scheme, id: auth }));
    });
  }

  async setAcl(path: string, entries: readonly AclEntry[]): Promise<void> {
    const acl = entries.map(({ rights, scheme, id }) => ({ perms: rights, scheme, auth: id }));
    await this.#call<[]>((done) => this.#native.a_set_acl(path, ANY_VERSION, acl, done));
  }

  /** Waits until this server has seen all that was committed before: what is read next is not older than this call. */
  async sync(path: string): Promise<void> {
    await this.#call<[string]>((done) => this.#native.a_sync(path, done));
  }

  /** Arms the one-shot watch for the next event of a path, whether it exists or not. */
  async arm(path: string, kind: WatchKind): Promise<void> {
    if (kind === 'children' && (await this.children(path, true)) !== undefined) return;
    await this.exists(path, true);
  }

  /**
   * Ends the session at the server. Blocks the thread for the answer: about a millisecond, or 1.5 s when the server is
   * silent, so ask it something first.
   */
  async close(): Promise<void> {
    release(this.#native);
    await this.ended;
  }

  #call<T extends unknown[]>(send: (done: Callback<T>) => number): Promise<T> {
    return new Promise((resolve, reject) => {
      const code = send((answer, _message, ...result) => {
        if (answer === 0) resolve(result);
        else reject(new ReplyCode(answer));
      });
      if (code < 0) reject(new ReplyCode(code));
      // When sending fails, the client closes its socket, tells nobody, and would find out by a timer much later.
      if (this.#native.state !== CONNECTED) this.#lose();
    });
  }
}

function newNative(options: ConnectionOptions): NativeClient {
  const config: Record<string, unknown> = {
    connect: `${options.address.ip}:${options.address.port}`,
    timeout: options.timeoutMs,
    response_counter_limit: RESPONSE_COUNTER_LIMIT,
  };
  if (options.credentials !== undefined) {
    config.client_id = options.credentials.id;
    config.client_password = options.credentials.password;
  }
  return new ZooKeeper(config) as unknown as NativeClient;
}

/**
 * Frees the handle; an open connection tells the server to end the session, a lost one cannot. Not from inside one of the
 * client's callbacks: there a lost connection still looks open to it, and it would end the session after reconnecting.
 * Its 'close' event must come before any next connection is made: the new socket may get the old one's number, and the
 * old handle's end would take that out of the event loop.
 */
function release(native: NativeClient): void {
  setImmediate(() => native.close());
}

async function absent<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ReplyCode && error.code === NO_NODE) return undefined;
    throw error;
  }
}

function toStat(stat: NativeStat): ZnodeStat {
  const owner = stat.ephemeralOwner === '0' || stat.ephemeralOwner === '' ? undefined : stat.ephemeralOwner;
  return {
    czxid: stat.czxid,
    mzxid: stat.mzxid,
    version: stat.version,
    modifiedAt: stat.mtime.getTime(),
    ephemeralOwner: owner,
  };
}

function newPromise<T>(): { promise: Promise<T>; settle: (value: T) => void } {
  let settle!: (value: T) => void;
  const promise = new Promise<T>((resolve) => (settle = resolve));
  return { promise, settle };
}
