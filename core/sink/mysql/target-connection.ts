import { createConnection, type Connection, type ResultSetHeader, type RowDataPacket } from 'mysql2';
import type { MysqlSink } from '../../../coordination/schema/task-spec.js';
import { connectionOptions, destroySocket, type MysqlRow } from '../../source/mysql-connection.js';
import { TargetError, targetFailure } from './target-failure.js';

/** Where and as whom to connect. */
export interface TargetAddress {
  readonly spec: Pick<MysqlSink, 'host' | 'port' | 'user' | 'tls'>;
  /** Resolved on this machine; never logged. */
  readonly password: string | undefined;
}

/** A statement that takes longer is taken for an answer that never comes. Locks are waited for less long. */
const STATEMENT_TIMEOUT_MS = 60_000;
const LOCK_WAIT_SECONDS = 10;

/**
 * Values that do not fit are errors; whatever a source may hold by older or looser rules fits: zero dates, dates that no calendar has, 0 in an
 * AUTO_INCREMENT column.
 */
export const STRICT_MODE = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION';
/** For the empty value that an ENUM has in place of an invalid one. */
export const LENIENT_MODE = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION';

const SESSION = [
  'SET NAMES utf8mb4',
  `SET SESSION sql_mode = '${STRICT_MODE}', time_zone = '+00:00', innodb_lock_wait_timeout = ${LOCK_WAIT_SECONDS}, unique_checks = 1, foreign_key_checks = 1, wait_timeout = 2147483, autocommit = 1`,
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
].join(';');

/** One connection that applies changes; one call at a time. */
export class TargetConnection {
  readonly #connection: Connection;
  #broken = false;

  private constructor(connection: Connection) {
    this.#connection = connection;
    // Without a listener an error between two statements would end the process.
    connection.on('error', () => (this.#broken = true));
  }

  /** @throws Failure, or the signal's reason */
  static async open({ spec, password }: TargetAddress, signal: AbortSignal): Promise<TargetConnection> {
    signal.throwIfAborted();
    const place = `${spec.user} at ${spec.host}:${spec.port}`;
    const options = connectionOptions({ spec, password }, 'sink.mysql');
    const opened = new TargetConnection(createConnection({ ...options, multipleStatements: true, charset: 'utf8mb4' }));
    const abort = (): void => void opened.close();
    signal.addEventListener('abort', abort, { once: true });
    try {
      await opened.run(SESSION);
      return opened;
    } catch (thrown) {
      await opened.close();
      signal.throwIfAborted();
      throw targetFailure(thrown, place);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  get broken(): boolean {
    return this.#broken;
  }

  /** The server's id of it. */
  get id(): number {
    return this.#connection.threadId;
  }

  /** Runs statements that give no rows; resolves to the rows that each of them matched or wrote. @throws TargetError */
  async run(sql: string, timeoutMs: number = STATEMENT_TIMEOUT_MS): Promise<number[]> {
    const result = (await this.#query(sql, timeoutMs)) as ResultSetHeader | ResultSetHeader[];
    return (Array.isArray(result) ? result : [result]).map(({ affectedRows }) => affectedRows);
  }

  /** Rows of one SELECT or SHOW, as text, numbers and null. @throws TargetError */
  async rows(sql: string): Promise<MysqlRow[]> {
    return (await this.#query(sql, STATEMENT_TIMEOUT_MS)) as MysqlRow[];
  }

  #query(sql: string, timeout: number): Promise<unknown> {
    if (this.#broken)
      throw new TargetError({ code: 'PROTOCOL_CONNECTION_LOST', message: 'the connection is closed', fatal: true });
    return new Promise((resolve, reject) => {
      this.#connection.query<RowDataPacket[]>({ sql, timeout }, (error, result) => {
        if (!error) return resolve(result);
        const failed = new TargetError(error);
        if (failed.fatal) void this.close();
        reject(failed);
      });
    });
  }

  /** Really closes the socket; what is open is rolled back by the server. Idempotent. */
  async close(): Promise<void> {
    this.#broken = true;
    await destroySocket(this.#connection);
  }
}
