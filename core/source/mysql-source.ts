import { Failure } from '../../coordination/failure.js';
import type { Position } from '../../coordination/position.js';
import { formatPosition } from '../../coordination/position.js';
import type { MysqlSource } from '../../coordination/schema/task-spec.js';
import { BinlogReader } from './binlog-reader.js';
import { ChunkQueue } from './chunk-queue.js';
import type { MysqlTarget } from './mysql-connection.js';
import { MysqlConnection } from './mysql-connection.js';
import { PositionTracker } from './position-tracker.js';
import { replicaIdentity } from './replica-identity.js';
import type { ResumePlan } from './resume-plan.js';
import { planResume } from './resume-plan.js';
import type { ServerFacts } from './server-facts.js';
import { serverColumns } from './server-columns.js';
import { binlogFiles, gtidState, serverFacts } from './server-facts.js';
import type { Chunk, Source } from './source.js';
import { requireSettings } from './preflight-settings.js';
import { privilegeFindings } from './preflight-privileges.js';
import { tableFindings } from './preflight-tables.js';
import { startPosition } from './start-position.js';
import { tableFilter } from './table-filter.js';
import { BinlogStream } from './zongji-stream.js';

export interface MysqlSourceOptions {
  readonly task: string;
  readonly spec: MysqlSource;
  /** Resolved on this machine. */
  readonly password?: string | undefined;
  /** A chunk is handed out at the latest at this size, in bytes of events. */
  readonly maxChunkBytes?: number;
  /** So many bytes of events wait at most; beyond, the connection is paused. */
  readonly maxQueuedBytes?: number;
  /** How often an idle source says that it is there; three missed ones are a failure. */
  readonly heartbeatMs?: number;
  readonly log: SourceLog;
}

/** What of the program's logger is used here. */
export interface SourceLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

const MIB = 2 ** 20;

/** Makes the source of a task that reads a MySQL binlog. Connects only when asked to. */
export function createMysqlSource(options: MysqlSourceOptions): Source {
  return new MysqlBinlogSource(options);
}

class MysqlBinlogSource implements Source {
  readonly #options: MysqlSourceOptions;
  readonly #target: MysqlTarget;
  #connection: MysqlConnection | undefined;

  constructor(options: MysqlSourceOptions) {
    this.#options = options;
    this.#target = { spec: options.spec.mysql, password: options.password };
  }

  async prepare(signal: AbortSignal): Promise<void> {
    const { log, spec } = this.#options;
    await this.#ask(signal, async (connection) => {
      const asked = { connection, facts: requireSettings(await serverFacts(connection)), spec };
      const findings = [...(await privilegeFindings(asked)), ...(await tableFindings(asked))];
      for (const { level, check, what, why, mend } of findings) {
        if (level !== 'ok') log.warn({ check, why, mend }, what);
      }
    });
  }

  async start(signal: AbortSignal): Promise<Position> {
    return this.#ask(signal, async (connection) => {
      const facts = requireSettings(await serverFacts(connection));
      return startPosition(this.#options.spec.from, connection, facts);
    });
  }

  async *read(from: Position, signal: AbortSignal): AsyncIterable<Chunk> {
    const { facts, plan } = await this.#plan(from, signal);
    const { log, spec, maxChunkBytes = MIB / 2, maxQueuedBytes = MIB, heartbeatMs = 4000 } = this.#options;
    log.info({ from: formatPosition(from), by: 'gtidSet' in plan.start ? 'gtid' : 'file' }, 'reading the binlog');
    const tracker = new PositionTracker({ from, serverUuid: facts.uuid, ...plan });
    const queue = new ChunkQueue({
      maxChunkBytes,
      maxQueuedBytes,
      onFull: () => {
        stream.pause();
      },
      onRoom: () => {
        stream.resume();
      },
      committed: () => tracker.committed(),
    });
    const reader = new BinlogReader({
      tracker,
      queue,
      filter: tableFilter(spec.tables, facts),
      mariadb: facts.mariadb,
      prepared: from.prepared,
      columns: (database, table) => this.#ask(signal, (connection) => serverColumns(connection, database, table)),
    });
    const stream = new BinlogStream({
      target: this.#target,
      identity: replicaIdentity(this.#options.task, spec.mysql.serverId),
      start: plan.start,
      heartbeatMs,
      onEvent: (buffer, start, end) => reader.event(buffer, start, end),
      onFailure: (failure) => {
        queue.fail(failure);
      },
    });
    try {
      for (;;) yield await queue.next(signal);
    } finally {
      queue.fail(new Failure('internal', 'the reading is over'));
      await stream.close();
      reader.close();
    }
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.close();
  }

  async #plan(from: Position, signal: AbortSignal): Promise<{ facts: ServerFacts; plan: ResumePlan }> {
    return this.#ask(signal, async (connection) => {
      const facts = requireSettings(await serverFacts(connection));
      const gtids = facts.gtidOn ? await gtidState(connection) : undefined;
      const plan = planResume(this.#options.task, from, {
        uuid: facts.uuid,
        gtids,
        mariadb: facts.mariadb,
        files: await binlogFiles(connection),
      });
      if (!plan.sameServer) {
        const servers = { former: from.serverUuid, now: facts.uuid };
        this.#options.log.info(
          servers,
          'another server has executed all that was read from the former; going on by GTID',
        );
      }
      return { facts, plan };
    });
  }

  /** Asks on the connection that is kept warm; one that broke while idle is replaced, once. */
  async #ask<T>(signal: AbortSignal, questions: (connection: MysqlConnection) => Promise<T>): Promise<T> {
    const kept = this.#connection;
    if (kept && !kept.broken) {
      try {
        return await this.#unlessAborted(signal, kept, questions);
      } catch (thrown) {
        signal.throwIfAborted();
        if (!kept.broken) throw thrown;
      }
    }
    await this.close();
    const opened = await MysqlConnection.open(this.#target, signal);
    this.#connection = opened;
    return this.#unlessAborted(signal, opened, questions);
  }

  /** An abort closes the connection, which ends the question. */
  async #unlessAborted<T>(
    signal: AbortSignal,
    connection: MysqlConnection,
    questions: (connection: MysqlConnection) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    const abort = (): void => void connection.close();
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await questions(connection);
    } catch (thrown) {
      signal.throwIfAborted();
      throw thrown;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }
}
