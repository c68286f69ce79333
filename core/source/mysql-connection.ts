import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createConnection } from 'mysql2';
import type { Connection, ConnectionOptions, RowDataPacket, SslOptions } from 'mysql2';
import { Failure } from '../../coordination/failure.js';
import type { MysqlSource } from '../../coordination/schema/task-spec.js';
import { mysqlFailure } from './mysql-failure.js';

/** Where and as whom to connect. */
export interface MysqlTarget {
  readonly spec: Pick<MysqlSource['mysql'], 'host' | 'port' | 'user' | 'tls'>;
  /** Resolved on this machine; never logged. */
  readonly password: string | undefined;
}

const CONNECT_TIMEOUT_MS = 10_000;
const QUERY_TIMEOUT_MS = 30_000;

/**
 * Connection options of mysql2 that make values exact: numbers beyond 2^53 and temporal values as text, UTC. Also TCP keep-alive,
 * no LOCAL INFILE, and the host name checked against the certificate, which mysql2 does not do by itself.
 * @param section of the task file, for errors
 * @throws Failure 'secret-missing' when a file of the TLS settings cannot be read
 */
export function connectionOptions(target: MysqlTarget, section = 'source.mysql'): ConnectionOptions {
  const { host, port, user, tls } = target.spec;
  return {
    host,
    port,
    user,
    ...(target.password === undefined ? {} : { password: target.password }),
    ...(tls === undefined || tls === false ? {} : { ssl: tlsOptions(tls, section) }),
    connectTimeout: CONNECT_TIMEOUT_MS,
    enableKeepAlive: true,
    keepAliveInitialDelay: 10_000,
    dateStrings: true,
    jsonStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    timezone: 'Z',
    flags: ['-LOCAL_FILES'],
  };
}

function tlsOptions(tls: Exclude<MysqlSource['mysql']['tls'], false | undefined>, section: string): SslOptions {
  if (tls === true) return { rejectUnauthorized: true, verifyIdentity: true };
  return {
    rejectUnauthorized: true,
    verifyIdentity: tls.verifyIdentity,
    ...(tls.ca === undefined ? {} : { ca: readPem(tls.ca, `${section}.tls.ca`) }),
    ...(tls.cert === undefined ? {} : { cert: readPem(tls.cert, `${section}.tls.cert`) }),
    ...(tls.key === undefined ? {} : { key: readPem(tls.key, `${section}.tls.key`) }),
  };
}

function readPem(path: string, place: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Failure('secret-missing', `cannot read ${path}`, { place, cause });
  }
}

/** Ends a socket at once; mysql2's own `destroy` only half-closes it. Settles when it is closed. */
export async function destroySocket(connection: Connection): Promise<void> {
  const socket = (connection as unknown as { stream: Socket }).stream;
  if (socket.closed) return;
  await new Promise<void>((resolve) => {
    socket.once('close', () => {
      resolve();
    });
    socket.destroy();
  });
}

/** A result row. Values are text, numbers and null, by the connection's options. */
export type MysqlRow = Record<string, string | number | null>;

/** A connection for questions to the server, one at a time or queued, in UTC. */
export class MysqlConnection {
  readonly #connection: Connection;
  readonly #target: MysqlTarget;
  #broken = false;

  private constructor(connection: Connection, target: MysqlTarget) {
    this.#connection = connection;
    this.#target = target;
    // Without a listener an error between two questions would end the process.
    connection.on('error', () => {
      this.#broken = true;
    });
  }

  /** @throws Failure, or the signal's reason */
  static async open(target: MysqlTarget, signal: AbortSignal): Promise<MysqlConnection> {
    signal.throwIfAborted();
    const opened = new MysqlConnection(createConnection(connectionOptions(target)), target);
    const abort = (): void => void opened.close();
    signal.addEventListener('abort', abort, { once: true });
    try {
      await opened.query("SET time_zone = '+00:00'");
      return opened;
    } catch (thrown) {
      await opened.close();
      signal.throwIfAborted();
      throw thrown;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Whether an error has ended it. */
  get broken(): boolean {
    return this.#broken;
  }

  /** What it talks over. */
  get socket(): Socket {
    return (this.#connection as unknown as { stream: Socket }).stream;
  }

  /** Rows as objects of text, numbers and null. @throws Failure */
  async query(sql: string, values: readonly unknown[] = []): Promise<MysqlRow[]> {
    return new Promise((resolve, reject) => {
      this.#connection.query<RowDataPacket[]>(
        { sql, values: [...values], timeout: QUERY_TIMEOUT_MS },
        (error, rows) => {
          if (!error) resolve(Array.isArray(rows) ? rows : []);
          else {
            if ((error as { fatal?: boolean }).fatal) this.#broken = true;
            reject(mysqlFailure(error, this.#target.spec));
          }
        },
      );
    });
  }

  /** Really closes the socket. Idempotent. */
  async close(): Promise<void> {
    this.#broken = true;
    await destroySocket(this.#connection);
  }
}
