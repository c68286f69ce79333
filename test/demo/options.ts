import { parseArgs } from 'node:util';
import { readStackEnvironment } from '../stack/environment.js';

export interface DemoOptions {
  readonly help: boolean;
  readonly once: boolean;
  readonly ports: Readonly<Partial<Record<'mysql' | 'zookeeper' | 'kafka' | 'console', readonly number[]>>>;
}

/** A fault of whoever typed the command: one sentence, no stack. */
export class UsageError extends Error {}

export function readOptions(args: readonly string[]): DemoOptions {
  const { values } = parse(args);
  return {
    help: values.help ?? false,
    once: values.once ?? false,
    ports: {
      ...portOf('mysql', values['mysql-port']),
      ...portOf('zookeeper', values['zookeeper-port']),
      ...portOf('kafka', values['kafka-port']),
      ...portOf('console', values['console-port']),
    },
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        once: { type: 'boolean' },
        'mysql-port': { type: 'string' },
        'zookeeper-port': { type: 'string' },
        'kafka-port': { type: 'string' },
        'console-port': { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('. ')[0]}; --help shows what there is.`);
  }
}

function portOf(service: string, text: string | undefined): Record<string, number[]> {
  if (text === undefined) return {};
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) {
    throw new UsageError(`--${service}-port is "${text}"; it may be a number from 1 to 65535.`);
  }
  return { [service]: [port] };
}

export function helpText(): string {
  const { cacheDir, images } = readStackEnvironment();
  return `Usage: npm start [-- OPTIONS]

Starts a real MySQL, ZooKeeper and Kafka, a small shop database with a few changes per second, two Cores in hot standby
that replicate it to Kafka, and a Server with the console, whose address and sign-in are shown. Kill the running Core and
see the other one go on, here and in the browser; a task that is registered in the console for the group "demo" runs at
these Cores too. Ctrl-C stops all that was started; a second Ctrl-C does not wait.

Options
  --once                 20 changes, kill -9 of the running Core, 20 further changes, a sign-in at the console, a summary,
                         and the end: for CI. Exits with 0 when nothing was lost and the console shows it, 1 otherwise.
  --mysql-port PORT      instead of free ports
  --zookeeper-port PORT
  --kafka-port PORT
  --console-port PORT
  -h, --help

Downloaded servers, their data and the logs (demo-logs) are kept below
  ${cacheDir}

Environment
  MYSQL_REPLICATOR_CACHE   that folder (default: $XDG_CACHE_HOME/mysql-replicator or ~/.cache/mysql-replicator)
  MYSQL_REPLICATOR_STACK   native: local processes, engine: containers, auto (default): native where it can be
  MYSQL_IMAGE, ZOOKEEPER_IMAGE, KAFKA_IMAGE
                           with containers (default: ${images.mysql}, ${images.zookeeper}, ${images.kafka})
`;
}
