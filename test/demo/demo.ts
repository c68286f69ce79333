import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { TaskOverview } from '../../coordination/task-list.js';
import { readStackEnvironment } from '../stack/environment.js';
import { runCommand } from '../stack/run-command.js';
import { startStack, type Stack } from '../stack/stack.js';
import { CoreProcess } from './core-process.js';
import { KafkaTail } from './kafka-tail.js';
import { logFolder } from './log-folder.js';
import { UsageError, type DemoOptions } from './options.js';
import { Roster } from './roster.js';
import { REPLICATION_USER, Shop, SHOP_TABLES } from './shop.js';
import { viewTask } from './task-view.js';

export const TASK = 'copy_hot_item';
const CORES = ['core-1', 'core-2'];
const CHECKOUT = resolve(import.meta.dirname, '../../..');
const CLI = join(CHECKOUT, 'bin/mysql-replicator');

/** All that runs, and what is known of it. */
export interface Demo {
  readonly stack: Stack;
  readonly zookeeper: string;
  readonly logs: string;
  readonly cores: readonly CoreProcess[];
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
    const stack = await startStack(
      { mysql: 1, zookeeper: 1, kafka: 1 },
      { signal: stop, ports: options.ports, onProgress: say },
    );
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
    const env = { ...process.env, SOURCE_PASSWORD: password, MYSQL_REPLICATOR_ZOOKEEPER: zookeeper };
    await runCommand([process.execPath, CLI, 'task', 'register', '-f', '-'], {
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
    say(`Starting two Cores; they log to ${logs}`);
    const cores = CORES.map((name): CoreProcess => {
      const core: CoreProcess = new CoreProcess({
        name,
        command: [process.execPath, CLI, 'core', '--task', TASK, '--name', name],
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

    const closing = new AbortController();
    const trade = shop.trade(closing.signal);
    trade.catch(changed); // whoever waits for something sees it below
    const closeShop = (): Promise<void> => (closing.abort(), trade);
    undo.push(() => closeShop().catch(() => undefined));

    const onChange = (listener: () => void): (() => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    };
    const demo = { stack, zookeeper, logs, cores, shop, tail, roster, overview: () => overview, onChange, closeShop };
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
