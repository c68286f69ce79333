import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { TaskOverview } from '../../coordination/task-list.js';
import { readStackEnvironment } from '../stack/environment.js';
import { freePorts } from '../stack/free-ports.js';
import { runCommand } from '../stack/run-command.js';
import { startStack, type Stack } from '../stack/stack.js';
import { consoleReady, newConsole, newKeyRing, signInText, type Console } from './console.js';
import { DemoProcess } from './demo-process.js';
import { KafkaTail } from './kafka-tail.js';
import { logFolder } from './log-folder.js';
import { UsageError, type DemoOptions } from './options.js';
import { Roster } from './roster.js';
import { REPLICATION_USER, Shop, SHOP_TABLES } from './shop.js';
import { viewTask } from './task-view.js';

export const TASK = 'copy_hot_item';
const CORES = ['core-1', 'core-2'];
/** Whatever is registered in the console for this group finds its Cores. */
const GROUP = 'demo';
const CHECKOUT = resolve(import.meta.dirname, '../../..');
const CLI = join(CHECKOUT, 'bin/mysql-replicator');
const RUN_CLI = [process.execPath, CLI];

/** All that runs, and what is known of it. */
export interface Demo {
  readonly stack: Stack;
  readonly zookeeper: string;
  readonly logs: string;
  readonly cores: readonly DemoProcess[];
  readonly console: Console;
  readonly shop: Shop;
  readonly tail: KafkaTail;
  readonly roster: Roster;
  /** The task as ZooKeeper has it; undefined while that cannot be asked. */
  readonly overview: () => TaskOverview | undefined;
  /** Called after anything has changed; returns its end. */
  readonly onChange: (listener: () => void) => () => void;
  /** Ends the stream of changes; resolves when the last one is committed. */
  readonly closeShop: () => Promise<void>;
}

export interface DemoSignals {
  /** End in order. */
  readonly stop: AbortSignal;
  /** Do not wait for anybody. */
  readonly hard: AbortSignal;
}

/** Brings everything up, lets `use` have it, and stops all it has started, the last first, whatever happens. */
export async function withDemo<T>(
  options: DemoOptions,
  { stop, hard }: DemoSignals,
  say: (line: string) => void,
  use: (demo: Demo) => Promise<T>,
): Promise<T> {
  if (!existsSync(CLI)) throw new UsageError(`${CLI} is missing: the checkout is not complete.`);
  const undo: (() => Promise<void> | void)[] = [];
  try {
    say('Starting MySQL, ZooKeeper and Kafka');
    const { console: consolePorts, ...ports } = options.ports;
    const stack = await startStack({ mysql: 1, zookeeper: 1, kafka: 1 }, { signal: stop, ports, onProgress: say });
    undo.push(() => stack.stop());
    const [mysql] = stack.mysql;
    const [kafka] = stack.kafka;
    if (!mysql || !kafka) throw new Error('The stack came up without a server.');
    const zookeeper = stack.zookeeper.connectString;

    const listeners = new Set<() => void>();
    const changed = (): void => {
      for (const listener of [...listeners]) listener();
    };
    const roster = new Roster();

    say('Making the shop database and registering the task');
    const password = randomBytes(12).toString('base64url');
    const shop = await Shop.open(mysql, password);
    undo.push(() => shop.close());
    const tail = await KafkaTail.open(
      kafka.brokers,
      SHOP_TABLES.map((table) => `${TASK}.shop.${table}`),
      () => {
        roster.arrived();
        changed();
      },
    );
    undo.push(() => tail.close());
    stop.throwIfAborted();
    const env = {
      ...process.env,
      SOURCE_PASSWORD: password,
      DEMO_KEY_RING: newKeyRing(),
      MYSQL_REPLICATOR_SECRETS_KEY: 'env:DEMO_KEY_RING',
      MYSQL_REPLICATOR_ZOOKEEPER: zookeeper,
    };
    await runCommand([...RUN_CLI, 'task', 'register', '-f', '-'], {
      cwd: CHECKOUT,
      env,
      input: JSON.stringify(taskFile(mysql.port, kafka.brokers)),
      signal: stop,
    });

    let overview: TaskOverview | undefined;
    const seen = (next: TaskOverview | undefined): void => {
      overview = next;
      roster.saw(next);
      changed();
    };
    const viewing = new AbortController();
    const view = viewTask(zookeeper, TASK, seen, viewing.signal);
    undo.push(() => (viewing.abort(), view));

    const logs = await logFolder(readStackEnvironment().cacheDir);
    say(`Starting two Cores and a Server; they log to ${logs}`);
    const cores = CORES.map((name): DemoProcess => {
      const core: DemoProcess = new DemoProcess({
        name,
        command: [...RUN_CLI, 'core', '--task', TASK, '--group', GROUP, '--name', name],
        cwd: CHECKOUT,
        env,
        logFile: join(logs, `${name}.log`),
        onChange: () => {
          if (core.end !== undefined) roster.ended(name);
          changed();
        },
      });
      return core;
    });
    undo.push(async () => void (await Promise.all(cores.map((core) => core.stop(hard)))));
    for (const core of cores) core.start();
    const port = consolePorts?.[0] ?? (await freePorts(1))[0]!;
    const console = await newConsole({ cli: RUN_CLI, cwd: CHECKOUT, env, port, logs, onChange: changed }, stop);
    undo.push(() => console.process.stop(hard));
    console.process.start();

    const closing = new AbortController();
    const trade = shop.trade(closing.signal);
    trade.catch(changed); // whoever waits for something sees it below
    const closeShop = (): Promise<void> => (closing.abort(), trade);
    undo.push(() => closeShop().catch(() => undefined));

    await consoleReady(console, stop);
    say(signInText(console));
    const onChange = (listener: () => void): (() => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    };
    const seenNow = { overview: () => overview, onChange };
    const demo = { stack, zookeeper, logs, cores, console, shop, tail, roster, ...seenNow, closeShop };
    const failed = new Promise<never>((_, reject) => {
      trade.catch((error: Error) => reject(new Error(`The shop's changes ended: ${error.message}`)));
    });
    return await Promise.race([use(demo), failed]);
  } finally {
    if (undo.length > 0) say('Stopping all that was started');
    for (const step of undo.reverse()) {
      await Promise.resolve(step()).catch((error: Error) => say(error.message)); // the others must end all the same
    }
  }
}

function taskFile(mysqlPort: number, brokers: readonly string[]): object {
  return {
    name: TASK,
    instances: 2,
    source: {
      mysql: { host: '127.0.0.1', port: mysqlPort, user: REPLICATION_USER, password: 'env:SOURCE_PASSWORD' },
      tables: ['shop.*', '!shop.tmp_*'],
      from: 'earliest',
    },
    sink: { kafka: { brokers, topic: '{task}.{database}.{table}', format: 'debezium' } },
  };
}
