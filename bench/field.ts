import { Kafka, logLevel, type ITopicMetadata } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '../coordination/log.js';
import { registerTask } from '../coordination/registry.js';
import { taskSpecSchema } from '../coordination/schema/task-spec.js';
import { overviewTask, type TaskOverview } from '../coordination/task-list.js';
import { connectSession, type ZookeeperSession } from '../coordination/zookeeper-session.js';
import { readToEnd } from '../test/core/sink/read-topic.js';
import { connectSql, type Sql } from '../test/core/source/sql.js';
import { startStack, type Stack } from '../test/stack/stack.js';
import { CoreProcess } from './core-process.js';
import { TABLE } from './fill.js';

export type Delivery = 'exactly-once' | 'at-least-once';

const PASSWORD = 'right-horse';
const POLL_MS = 5;

export interface BinlogPlace {
  readonly file: string;
  readonly position: number;
}

/** Real services, and Cores as processes; a database, a task and a topic of one name for each measurement. */
export class Field {
  readonly stack: Stack;
  readonly sql: Sql;
  readonly session: ZookeeperSession;
  readonly kafka: Kafka;
  /** Who replicates. */
  readonly user = { name: 'repl', password: PASSWORD };
  /** The command line's script. */
  readonly cli: string;
  readonly #cores: CoreProcess[] = [];
  #started = 0;
  #closing: Promise<void> | undefined;

  private constructor(stack: Stack, sql: Sql, session: ZookeeperSession, cli: string) {
    this.stack = stack;
    this.sql = sql;
    this.session = session;
    this.cli = cli;
    const brokers = [...stack.kafka[0]!.brokers];
    this.kafka = new Kafka({ clientId: 'bench', brokers, logLevel: logLevel.NOTHING, retry: { retries: 20 } });
  }

  static async open(cli: string, onProgress: (line: string) => void, signal: AbortSignal): Promise<Field> {
    const stack = await startStack({ mysql: 1, zookeeper: 1, kafka: 1 }, { onProgress, signal });
    try {
      const sql = await connectSql(stack.mysql[0]!);
      await sql.run(`CREATE USER repl@'%' IDENTIFIED BY '${PASSWORD}';
        GRANT REPLICATION SLAVE, REPLICATION CLIENT, SELECT ON *.* TO repl@'%'`);
      const log = createLogger({ level: 'silent', pretty: false });
      const servers = stack.zookeeper.connectString;
      const session = await connectSession({ servers, timeoutMs: 30_000, log }, AbortSignal.timeout(30_000));
      return new Field(stack, sql, session, cli);
    } catch (error) {
      await stack.stop();
      throw error;
    }
  }

  /** A database with a table `t` of ten columns of mixed types, about 200 bytes a row, and its topic. */
  async prepare(task: string): Promise<void> {
    await this.sql.run(`CREATE DATABASE ${task}; CREATE TABLE ${task}.t (${TABLE})`);
    await this.createTopic(topicOf(task));
  }

  /** A topic of one partition. */
  async createTopic(topic: string): Promise<void> {
    const topics = [{ topic, numPartitions: 1 }];
    await this.#withAdmin(async (admin) => {
      await admin.createTopics({ topics, waitForLeaders: false });
      // kafkajs's own wait fails on a busy machine, where the broker does not know yet what it has just made.
      const ready = () => admin.fetchTopicMetadata({ topics: [topic] }).then(({ topics: found }) => hasLeaders(found));
      while (!(await ready().catch(() => false))) await sleep(POLL_MS);
    });
  }

  async binlogEnd(): Promise<BinlogPlace> {
    const [row] = await this.sql.cells('SHOW BINARY LOG STATUS');
    return { file: String(row?.[0]), position: Number(String(row?.[1])) };
  }

  /** @param group whose Cores serve it; without one, those that are told its name */
  async register(
    task: string,
    from: 'latest' | BinlogPlace,
    delivery: Delivery = 'exactly-once',
    group?: string,
  ): Promise<void> {
    const { host, port } = this.stack.mysql[0]!;
    const mysql = { host, port, user: 'repl', password: 'env:SOURCE_PASSWORD' };
    const source = { mysql, tables: [`${task}.*`], from };
    const sink = { kafka: { brokers: this.stack.kafka[0]!.brokers, delivery } };
    await registerTask(
      this.session,
      taskSpecSchema.parse({ name: task, ...(group !== undefined && { group, instances: 1 }), source, sink }),
    );
  }

  core(task: string): CoreProcess {
    return this.coreFor(['--task', task], `bench-core-${++this.#started}`);
  }

  /** @param serving what it is told to serve, as arguments */
  coreFor(serving: readonly string[], name: string): CoreProcess {
    const servers = this.stack.zookeeper.connectString;
    const args = [...serving, '--name', name, '--zookeeper', servers, '--log-level', 'info'];
    const core = new CoreProcess(name, this.cli, args, PASSWORD);
    this.#cores.push(core);
    return core;
  }

  coreOf(name: string): CoreProcess {
    const core = this.#cores.findLast((core) => core.name === name);
    if (!core) throw new Error(`no Core of this bench has the name ${name}`);
    return core;
  }

  /** Looks every few milliseconds until the task is as wanted. @throws with the Cores' last log lines after the limit */
  async until(
    task: string,
    what: string,
    wanted: (seen: TaskOverview) => boolean,
    limitMs = 60_000,
  ): Promise<TaskOverview> {
    const end = performance.now() + limitMs;
    for (;;) {
      const seen = await overviewTask(this.session, task);
      if (wanted(seen)) return seen;
      if (performance.now() > end) {
        const logs = this.#cores.filter(({ gone }) => !gone).map(({ lines }) => lines.join('\n'));
        throw new Error(`not within ${limitMs} ms: ${what}\n${JSON.stringify(seen)}\n${logs.join('\n\n')}`);
      }
      await sleep(POLL_MS);
    }
  }

  /** How far the task's topic is readable now: its records and, of transactions, a marker each. */
  async records(task: string): Promise<number> {
    const offsets = await this.#withAdmin((admin) => admin.fetchTopicOffsets(topicOf(task)));
    return offsets.reduce((sum, { high }) => sum + Number(high), 0);
  }

  /** Looks about fifty times a second until the broker has acknowledged `count` records. */
  async untilRecords(task: string, count: number, limitMs = 600_000): Promise<void> {
    await this.#withAdmin(async (admin) => {
      const end = performance.now() + limitMs;
      for (;;) {
        const offsets = await admin.fetchTopicOffsets(topicOf(task));
        const records = offsets.reduce((sum, { high }) => sum + Number(high), 0);
        if (records >= count) return;
        if (performance.now() > end) throw new Error(`${records} of ${count} records within ${limitMs} ms`);
        await sleep(20);
      }
    });
  }

  /** How many records a consumer that reads committed gets, once there are so many. */
  async committed(task: string, atLeast: number, limitMs = 60_000): Promise<number> {
    const end = performance.now() + limitMs;
    for (;;) {
      let records = 0;
      const begin = (): void => void (records = 0);
      await readToEnd(this.stack.kafka[0]!.brokers, topicOf(task), begin, () => records++);
      if (records >= atLeast) return records;
      if (performance.now() > end) throw new Error(`${records} of ${atLeast} records within ${limitMs} ms`);
    }
  }

  async endCores(): Promise<void> {
    await Promise.all(this.#cores.map((core) => core.end('SIGKILL')));
    this.#cores.length = 0;
  }

  /** A second call waits for the first. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    await this.endCores();
    await this.session.close();
    await this.sql.close().catch(() => undefined);
    await this.stack.stop();
  }

  async #withAdmin<T>(use: (admin: ReturnType<Kafka['admin']>) => Promise<T>): Promise<T> {
    const admin = this.kafka.admin();
    await admin.connect();
    try {
      return await use(admin);
    } finally {
      await admin.disconnect();
    }
  }
}

function hasLeaders(topics: readonly ITopicMetadata[]): boolean {
  return topics.every(({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0));
}

export function topicOf(task: string): string {
  return `${task}.${task}.t`;
}

/** Whether the task's progress says RUNNING, in a term later than `after`. */
export function runs({ progress }: TaskOverview, after = 0): boolean {
  return progress.kind === 'present' && progress.value.phase === 'RUNNING' && progress.value.term > after;
}
