import { mkdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chooseWay } from './choose-way.js';
import { Crew } from './crew.js';
import { readStackEnvironment, type StackEnvironment } from './environment.js';
import type { KafkaBroker } from './kafka-broker.js';
import type { MysqlServer } from './mysql-server.js';
import { privateFolder } from './stack-folder.js';
import type { Place, Way } from './way.js';
import { ZooKeeperEnsemble, type ZooKeeperServer } from './zookeeper-server.js';

/** How many servers of each kind. ZooKeeper servers form one ensemble, Kafka brokers one cluster; databases stand alone. */
export interface StackWishes {
  readonly mysql?: number;
  readonly mariadb?: number;
  readonly zookeeper?: number;
  readonly kafka?: number;
}

export interface StackOptions {
  /** Aborts the start: what is up already is ended again. */
  readonly signal?: AbortSignal;
  /** What takes long is told here, one line each. */
  readonly onProgress?: (line: string) => void;
  /** Default: a private folder below the cache. */
  readonly dataDir?: string;
  /** Stops in order and leaves the data, which a later start with the same `dataDir` takes up. Default: they are removed. */
  readonly keepData?: boolean;
  /** Client ports instead of free ones, in order. */
  readonly ports?: Readonly<Partial<Record<keyof StackWishes, readonly number[]>>>;
  /** Further options for every database server, above the stack's own. */
  readonly mysqlArgs?: readonly string[];
  readonly mariadbArgs?: readonly string[];
  /** Lines of `server.properties` and `zoo.cfg` that win over the stack's own. */
  readonly kafkaSettings?: Readonly<Record<string, string>>;
  readonly zookeeperSettings?: Readonly<Record<string, string>>;
  /** For instance `['-Xmx1g']`. */
  readonly kafkaJavaOptions?: readonly string[];
  readonly zookeeperJavaOptions?: readonly string[];
  /** Default: read from the process environment. */
  readonly environment?: StackEnvironment;
}

export interface Stack {
  readonly way: Way['name'];
  readonly dataDir: string;
  readonly mysql: readonly MysqlServer[];
  readonly mariadb: readonly MysqlServer[];
  readonly zookeeper: ZooKeeperEnsemble;
  readonly kafka: readonly KafkaBroker[];
  /** Ends all it started and nothing else, and removes its data unless they are kept. A second call does nothing. */
  stop(): Promise<void>;
}

const FIRST_SERVER_ID = { mysql: 1, mariadb: 101 } as const;

/**
 * Brings up real servers, all at once, and resolves when every one of them answers. If one cannot start, all are ended again and
 * the error says why, with the end of its log. No server outlives this process.
 */
export async function startStack(wishes: StackWishes, options: StackOptions = {}): Promise<Stack> {
  const environment = options.environment ?? readStackEnvironment();
  const onProgress = options.onProgress ?? (() => undefined);
  const failure = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failure.signal]) : failure.signal;
  signal.throwIfAborted();
  const way = await chooseWay({ environment, onProgress, signal });
  const dataDir = options.dataDir ?? (await privateFolder(environment.cacheDir));
  await mkdir(dataDir, { recursive: true });
  const crew = new Crew(signal);
  const keepData = options.keepData ?? false;
  const named = options.dataDir !== undefined;
  const place = (name: string): Place => ({ name, folder: join(dataDir, name), named, keepData });
  const site: Site = { crew, way, options, place };

  const end = async (): Promise<void> => {
    await crew.end(keepData);
    await way.close();
    if (options.dataDir === undefined && !keepData) await rm(dataDir, { recursive: true, force: true, maxRetries: 3 });
    else await rmdir(dataDir).catch(() => undefined); // goes if nothing is in it
  };

  let ending: Promise<void> | undefined;
  const stop = (): Promise<void> => (ending ??= end());

  const starts = [
    startDatabases('mysql', wishes.mysql ?? 0, site),
    startDatabases('mariadb', wishes.mariadb ?? 0, site),
    startZooKeeper(wishes.zookeeper ?? 0, site),
    startKafka(wishes.kafka ?? 0, site),
  ] as const;
  for (const start of starts) start.catch((error: unknown) => failure.abort(error)); // one fails: the others need not go on
  await Promise.allSettled(starts);
  if (signal.aborted) {
    await stop();
    throw signal.reason;
  }
  const [mysql, mariadb, zookeeper, kafka] = await Promise.all(starts);
  return { way: way.name, dataDir, mysql, mariadb, zookeeper: new ZooKeeperEnsemble(zookeeper), kafka, stop };
}

interface Site {
  readonly crew: Crew;
  readonly way: Way;
  readonly options: StackOptions;
  readonly place: (name: string) => Place;
}

async function startDatabases(flavour: 'mysql' | 'mariadb', count: number, site: Site): Promise<MysqlServer[]> {
  const { crew, way, options, place } = site;
  const args = (flavour === 'mysql' ? options.mysqlArgs : options.mariadbArgs) ?? [];
  const one = async (i: number): Promise<readonly MysqlServer[]> => {
    const serverId = FIRST_SERVER_ID[flavour] + i;
    const at = place(`${flavour}-${i + 1}`);
    return crew.start({
      size: 1,
      portsEach: 1,
      fixed: options.ports?.[flavour]?.slice(i, i + 1) ?? [],
      build: async ([[port = 0] = []]) => [await way.mysql({ ...at, flavour, port, serverId, args })],
    });
  };
  return (await Promise.all(Array.from({ length: count }, (_, i) => one(i)))).flat();
}

function startZooKeeper(count: number, { crew, way, options, place }: Site): Promise<readonly ZooKeeperServer[]> {
  const settings = options.zookeeperSettings ?? {};
  const javaOptions = options.zookeeperJavaOptions ?? [];
  return crew.start({
    size: count,
    portsEach: 3,
    fixed: options.ports?.zookeeper ?? [],
    build: (ports) => {
      const members = ports.map(([clientPort = 0, quorumPort = 0, electionPort = 0], i) => {
        return { ...place(`zookeeper-${i + 1}`), id: i + 1, clientPort, quorumPort, electionPort };
      });
      return way.zookeeper({ members, settings, javaOptions });
    },
  });
}

function startKafka(count: number, { crew, way, options, place }: Site): Promise<readonly KafkaBroker[]> {
  const settings = options.kafkaSettings ?? {};
  const javaOptions = options.kafkaJavaOptions ?? [];
  return crew.start({
    size: count,
    portsEach: 4,
    fixed: options.ports?.kafka ?? [],
    build: (ports) => {
      const members = ports.map(([port = 0, controllerPort = 0, behindProxyPort = 0, proxyPort = 0], i) => {
        return { ...place(`kafka-${i + 1}`), id: i + 1, port, controllerPort, behindProxyPort, proxyPort };
      });
      return way.kafka({ members, settings, javaOptions });
    },
  });
}
