import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connectSession, type ZookeeperSession } from '../../coordination/zookeeper-session.js';
import { createLogger } from '../../coordination/log.js';
import { registerTask } from '../../coordination/registry.js';
import { taskSpecSchema, type TaskSpec } from '../../coordination/schema/task-spec.js';
import { overviewTask, type TaskOverview } from '../../coordination/task-list.js';
import { runCli, type Ran } from '../bin/cli.js';
import { connectSql, type Sql } from '../core/source/sql.js';
import { TopicAudit } from './audit.js';
import { corePid } from '../stack/core-pid.js';
import { spawnGuarded } from '../stack/guarded-child.js';
import type { MysqlServer } from '../stack/mysql-server.js';
import { startStack, type Stack, type StackOptions, type StackWishes } from '../stack/stack.js';

export const TASK = 'copy_hot_item';

/** What a Core may have resident at any time of any scenario. */
const MEMORY_LIMIT_MB = 300;
const MEMORY_LOOK_MS = 250;

export interface CoreHandle {
  readonly name: string;
  readonly child: ChildProcess;
  /** JSON log lines so far. */
  readonly lines: string[];
  readonly exited: Promise<unknown>;
  /** Sends a signal to the Core itself, not to its guard. */
  readonly kill: (signal: NodeJS.Signals) => void;
  /** As when the machine dies: nobody is left to end the session. */
  readonly die: () => void;
}

export interface CorePlace {
  readonly env?: NodeJS.ProcessEnv;
  /** An open file that takes the log instead of us; then somebody else fills `lines`. */
  readonly log?: number;
  readonly lines?: string[];
}

/** A source, a sink, ZooKeeper, and Cores as real processes; everything that a scenario needs, and its end. */
export class World {
  readonly stack: Stack;
  /** The server that takes the writes. */
  source: MysqlServer;
  /** The tests' own connection to the source. */
  sql: Sql;
  session: ZookeeperSession;
  #audit: TopicAudit | undefined;
  readonly #cores: CoreHandle[] = [];
  readonly #looking: NodeJS.Timeout;
  /** The most that any Core had resident so far, in MB of 10^6 bytes. */
  peakMegabytes = 0;
  #lastRow = 900_000_000;

  private constructor(stack: Stack, sql: Sql, session: ZookeeperSession) {
    this.stack = stack;
    this.source = stack.mysql[0]!;
    this.sql = sql;
    this.session = session;
    this.#looking = setInterval(() => this.#lookAtMemory(), MEMORY_LOOK_MS);
  }

  static async open(wishes: StackWishes = {}, options: StackOptions = {}): Promise<World> {
    const stack = await startStack({ mysql: 1, zookeeper: 1, kafka: 1, ...wishes }, options);
    const sql = await connectSql(stack.mysql[0]!);
    await sql.run(`
      CREATE DATABASE shop;
      CREATE TABLE shop.hot_item (
        id BIGINT PRIMARY KEY, version INT NOT NULL, name VARCHAR(200) NOT NULL, price DECIMAL(10,2) NOT NULL
      );
      CREATE TABLE shop.tmp_note (id INT PRIMARY KEY, note TEXT);
      CREATE USER repl@'%' IDENTIFIED BY 'right-horse';
      GRANT REPLICATION SLAVE, REPLICATION CLIENT, SELECT ON *.* TO repl@'%';
    `);
    const world = new World(stack, sql, await openSession(stack));
    if (stack.kafka.length > 0) void world.audit; // follows from the beginning
    return world;
  }

  /** What has arrived in the topic of shop.hot_item. */
  get audit(): TopicAudit {
    return (this.#audit ??= new TopicAudit(this.stack.kafka[0]!.brokers));
  }

  /** Connects to the source again, after it was down or another server took its place. */
  async signIn(): Promise<void> {
    await this.sql.close().catch(() => undefined);
    this.sql = await connectSql(this.source);
  }

  /** A new session, after the old one is over. */
  async joinZookeeper(): Promise<void> {
    await this.session.close();
    this.session = await openSession(this.stack);
  }

  spec(changes: { source?: object; sink?: object; mysql?: object } = {}): TaskSpec {
    const { host, port } = this.stack.mysql[0]!;
    return taskSpecSchema.parse({
      name: TASK,
      source: {
        mysql: { host, port, user: 'repl', password: 'env:SOURCE_PASSWORD', ...changes.mysql },
        tables: ['shop.*', '!shop.tmp_*'],
        from: 'latest',
        ...changes.source,
      },
      sink: { kafka: { brokers: this.stack.kafka[0]!.brokers, partitions: 3, ...changes.sink } },
    });
  }

  async register(spec: TaskSpec = this.spec()): Promise<void> {
    await registerTask(this.session, spec);
  }

  /**
   * @param serving what the Core is told to serve
   * @param place what its machine has of its own
   */
  core(
    name: string,
    servers: string = this.stack.zookeeper.connectString,
    serving: readonly string[] = ['--task', TASK],
    { env, lines = [], log }: CorePlace = {},
  ): CoreHandle {
    const args = [...serving, '--name', name, '--zookeeper', servers, '--log-level', 'info'];
    const { child, release } = spawnGuarded({
      command: [process.execPath, 'bin/mysql-replicator', 'core', ...args],
      env: { ...process.env, SOURCE_PASSWORD: 'right-horse', ...env },
      output: log ?? 'pipe',
    });
    for (const stream of [child.stdout, child.stderr]) {
      let rest = '';
      stream?.setEncoding('utf8').on('data', (text: string) => {
        const parts = (rest + text).split('\n');
        rest = parts.pop()!;
        lines.push(...parts);
      });
    }
    const handle: CoreHandle = {
      name,
      child,
      lines,
      exited: once(child, 'exit').finally(release),
      kill: (signal) => void send(corePid(child) ?? child.pid!, signal),
      die: () => {
        const core = corePid(child);
        child.kill('SIGSTOP');
        if (core !== undefined) send(core, 'SIGKILL');
        child.kill('SIGKILL');
      },
    };
    this.#cores.push(handle);
    return handle;
  }

  /** Resolves as soon as the task looks as wanted. @throws with the last view when it does not within the limit */
  async until(what: string, wanted: (task: TaskOverview) => boolean, limitMs = 60_000): Promise<TaskOverview> {
    const paths = ['', '/instances', '/progress', '/lastCommit', '/control'].map((part) => `/tasks/${TASK}${part}`);
    const end = performance.now() + limitMs;
    for (;;) {
      let wake = () => {};
      const woken = new Promise<void>((resolve) => (wake = resolve));
      const unwatch = paths.flatMap((path) => [
        this.session.watch(path, 'data', wake),
        this.session.watch(path, 'children', wake),
      ]);
      // An instance's own state is a level below; looked at now and then besides.
      const timer = setTimeout(wake, 100);
      try {
        const seen = await overviewTask(this.session, TASK);
        if (wanted(seen)) return seen;
        if (performance.now() > end) {
          const logs = this.#cores.map(({ name, lines }) => `${name}:\n${lines.slice(-15).join('\n')}`).join('\n');
          throw new Error(`not within ${limitMs} ms: ${what}\n${JSON.stringify(seen, undefined, 1)}\n${logs}`);
        }
        await woken;
      } finally {
        clearTimeout(timer);
        for (const off of unwatch) off();
      }
    }
  }

  /** The Core that runs the task, once one does and (by default) another stands by. */
  async running(standbys = 1): Promise<{ runner: CoreHandle; term: number }> {
    const seen = await this.until(`one RUNNING, ${standbys} STANDBY`, (task) => {
      const states = instances(task);
      const runs = states.filter(({ state }) => state === 'RUNNING');
      const { progress } = task;
      return (
        runs.length === 1 &&
        states.length === standbys + 1 &&
        progress.kind === 'present' &&
        progress.value.phase === 'RUNNING' &&
        progress.value.term === runs[0]!.term
      );
    });
    const run = instances(seen).find(({ state }) => state === 'RUNNING')!;
    return { runner: this.#cores.find(({ name }) => name === run.core)!, term: run.term! };
  }

  /** What each Core has logged so far. */
  get logs(): readonly Pick<CoreHandle, 'name' | 'lines'>[] {
    return this.#cores.map(({ name, lines }) => ({ name, lines }));
  }

  /** Ends every Core in order. */
  async endCores(): Promise<void> {
    for (const { child, kill } of this.#cores) if (!ended(child)) kill('SIGTERM');
    await Promise.all(this.#cores.map(({ exited }) => exited));
  }

  /** Writes a row after all others; when it has arrived, they have. */
  async settle(): Promise<void> {
    const id = ++this.#lastRow;
    await this.sql.run(`INSERT INTO shop.hot_item (id, version, name, price) VALUES (${id}, 1, 'last', 1)`);
    await this.audit.arrived(id);
  }

  /** Runs `mysql-replicator` with these arguments. */
  cli(args: readonly string[], input = ''): Promise<Ran> {
    return runCli(this.stack.zookeeper.connectString, args, input, { SOURCE_PASSWORD: 'right-horse' });
  }

  /** The kernel keeps each process's peak; a Core that is killed between two looks loses the last quarter of a second. */
  #lookAtMemory(): void {
    for (const { child } of this.#cores) {
      if (ended(child)) continue;
      try {
        const status = readFileSync(`/proc/${corePid(child)}/status`, 'utf8');
        const kilobytes = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0);
        this.peakMegabytes = Math.max(this.peakMegabytes, (kilobytes * 1024) / 1e6);
      } catch {
        continue; // it has just ended
      }
    }
  }

  /** Ends everything. @throws AssertionError when a Core had too much memory at any time */
  async close(): Promise<void> {
    clearInterval(this.#looking);
    this.#lookAtMemory();
    for (const { child, kill } of this.#cores) if (!ended(child)) kill('SIGKILL');
    await Promise.all(this.#cores.map(({ exited }) => exited));
    await this.#audit?.close();
    await this.session.close();
    await this.sql.close().catch(() => undefined);
    await this.stack.stop();
    const peak = `a Core had ${Math.round(this.peakMegabytes)} MB resident`;
    assert.ok(this.peakMegabytes < MEMORY_LIMIT_MB, `${peak}; ${MEMORY_LIMIT_MB} MB is the limit`);
  }
}

function openSession({ zookeeper }: Stack): Promise<ZookeeperSession> {
  const log = createLogger({ level: 'silent', pretty: false });
  return connectSession({ servers: zookeeper.connectString, timeoutMs: 30_000, log }, AbortSignal.timeout(30_000));
}

/** Nobody minds when the process is gone already. */
function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function ended({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

export function instances(task: TaskOverview) {
  return task.instances.flatMap(({ reading }) => (reading.kind === 'present' ? [reading.value] : []));
}
