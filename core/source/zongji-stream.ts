import ZongJi from '@vlasky/zongji';
import { Failure } from '../../coordination/failure.js';
import type { MysqlTarget } from './mysql-connection.js';
import { connectionOptions, destroySocket } from './mysql-connection.js';
import { mysqlFailure } from './mysql-failure.js';
import type { ReplicaIdentity } from './replica-identity.js';
import { SilenceWatch } from './silence-watch.js';

/** Where a dump begins: behind a GTID set, or at a place in a file (up to 4 GiB, the protocol's limit). */
export type DumpStart = { readonly gtidSet: string } | { readonly file: string; readonly offset: number };

export interface StreamOptions {
  readonly target: MysqlTarget;
  readonly identity: ReplicaIdentity;
  readonly start: DumpStart;
  /** How often an idle server says that it is there. A connection silent for three of these has failed. */
  readonly heartbeatMs: number;
  /**
   * One event, whole; the bytes are only good during the call. What it throws ends the stream. It may return something to be done before the
   * next event: the stream stands still until that settles.
   */
  readonly onEvent: (buffer: Buffer, start: number, end: number) => (() => Promise<void>) | undefined;
  /** Called once; no event follows. */
  readonly onFailure: (failure: unknown) => void;
}

/** What of mysql2's packets and zongji's dump command is used here; neither is in their types. */
interface Packet {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly end: number;
  isEOF(): boolean;
  isError(): boolean;
}
type OnPacket = (packet: Packet) => OnPacket | null;
interface DumpCommand {
  onResult?: (error: Error) => void;
  start(packet: unknown, connection: unknown): unknown;
}
interface Internals {
  BinlogClass: new (callback: () => void) => DumpCommand;
}

const NET_WRITE_TIMEOUT_S = 600;
const PING_MS = 30_000;
const CONNECT_SILENCE_MS = 15_000;

/**
 * One binlog dump over zongji, which connects, signs in, negotiates the checksum and sends the dump command. Its packets are taken
 * before it decodes them (its class of the dump command is replaced once it is ready). Any error ends the stream; it is never used again.
 */
export class BinlogStream {
  readonly #options: StreamOptions;
  readonly #zongji: ZongJi;
  readonly #watch: SilenceWatch;
  readonly #ping: NodeJS.Timeout;
  #ended = false;
  #stalled = false;
  /** Who wants the stream to stand still: the caller, and what an event has left to be done. */
  #paused = false;
  #working = false;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#zongji = new ZongJi(connectionOptions(options.target));
    this.#zongji.on('error', (error) => {
      this.#fail(error);
    });
    this.#zongji.on('ready', () => {
      this.#ready();
    });
    this.#watch = new SilenceWatch(CONNECT_SILENCE_MS, () => {
      this.#stalled = true;
      this.#fail(new Failure('source-stalled', 'the connection is silent', { place: this.#place() }));
    });
    // The control connection has nothing to do; without a sign of life the server closes it after wait_timeout.
    this.#ping = setInterval(() => {
      this.#zongji.ctrlConnection?.ping(() => undefined);
    }, PING_MS);
    const { start } = options;
    this.#zongji.start({
      serverId: options.identity.serverId,
      ...('gtidSet' in start ? { gtidSet: start.gtidSet } : { filename: start.file, position: start.offset }),
    });
  }

  /** Stops reading from the socket; at most what was read already still comes after `resume`. */
  pause(): void {
    if (this.#ended || this.#paused) return;
    this.#paused = true;
    if (!this.#working) this.#stand();
  }

  resume(): void {
    if (this.#ended || !this.#paused) return;
    this.#paused = false;
    if (!this.#working) this.#go();
  }

  #stand(): void {
    this.#watch.pause();
    this.#zongji.connection?.pause();
  }

  #go(): void {
    this.#watch.resume();
    this.#zongji.connection?.resume();
  }

  async #work(work: () => Promise<void>): Promise<void> {
    this.#working = true;
    if (!this.#paused) this.#stand();
    try {
      await work();
    } catch (thrown) {
      this.#fail(thrown);
      return;
    }
    this.#working = false;
    if (!this.#ended && !this.#paused) this.#go();
  }

  /** Ends both connections; settles when their sockets are closed. No event follows the call. */
  async close(): Promise<void> {
    this.#ended = true;
    this.#watch.stop();
    clearInterval(this.#ping);
    const { connection, ctrlConnection } = this.#zongji;
    const stopped = new Promise<void>((resolve) => {
      this.#zongji.once('stopped', resolve);
    });
    // A paused socket would never close by zongji's half-close, so it goes first. zongji then kills the dump thread.
    if (connection) await destroySocket(connection);
    // Where nothing answers, zongji would wait a second for the KILL.
    if (ctrlConnection && this.#stalled) await destroySocket(ctrlConnection);
    this.#zongji.stop();
    await stopped;
    if (ctrlConnection) await destroySocket(ctrlConnection);
  }

  #ready(): void {
    const { identity, heartbeatMs } = this.#options;
    const nanoseconds = heartbeatMs * 1e6;
    // Queued before the dump, so the server has them when it begins. Old and new names, for servers before and after 8.0.26.
    // The checksum is claimed whatever the server's setting is now: older files may have it, and each file says so itself.
    this.#zongji.connection?.query(
      `SET SESSION net_write_timeout = ${NET_WRITE_TIMEOUT_S},` +
        ` @source_binlog_checksum = 'CRC32', @master_binlog_checksum = 'CRC32',` +
        ` @source_heartbeat_period = ${nanoseconds}, @master_heartbeat_period = ${nanoseconds},` +
        ` @replica_uuid = '${identity.uuid}', @slave_uuid = '${identity.uuid}'`,
      (error) => {
        if (error) this.#fail(error);
        else this.#watch.setLimit(3 * heartbeatMs);
      },
    );
    this.#takePackets();
  }

  #takePackets(): void {
    const internals = this.#zongji as unknown as Internals;
    const fail = (error: unknown): void => {
      this.#fail(error);
    };
    const onPacket: OnPacket = (packet) => {
      this.#packet(packet);
      return onPacket;
    };
    internals.BinlogClass = class extends internals.BinlogClass {
      override onResult = fail;
      override start(packet: unknown, connection: unknown): OnPacket {
        super.start(packet, connection);
        return onPacket;
      }
    };
  }

  #packet(packet: Packet): void {
    if (this.#ended) return;
    this.#watch.heard();
    if (packet.isEOF()) {
      this.#fail(new Failure('source-unreachable', 'the server ended the dump', { place: this.#place() }));
      return;
    }
    try {
      // An event packet begins with a zero byte.
      const work = this.#options.onEvent(packet.buffer, packet.offset + 1, packet.end);
      if (work) void this.#work(work);
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  #fail(thrown: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#watch.stop();
    this.#zongji.connection?.pause();
    this.#options.onFailure(mysqlFailure(thrown, this.#options.target.spec));
  }

  #place(): string {
    return `${this.#options.target.spec.host}:${this.#options.target.spec.port}`;
  }
}
