import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** `auto` takes the native way where the machine can go it, else a container engine. */
export type WayChoice = 'auto' | 'native' | 'engine';

export interface StackEnvironment {
  /** Everything installed, every template and every private data folder lives below it. */
  readonly cacheDir: string;
  readonly way: WayChoice;
  readonly images: Readonly<Record<'mysql' | 'mariadb' | 'zookeeper' | 'kafka', string>>;
  /** What installers and container tools are started with: proxies, certificates, the engine's address. */
  readonly toolEnv: NodeJS.ProcessEnv;
}

/**
 * The one place where the stack looks at the process environment:
 * `MYSQL_REPLICATOR_CACHE`, `MYSQL_REPLICATOR_STACK` (native, engine) and one `*_IMAGE` per service.
 */
export function readStackEnvironment(env: NodeJS.ProcessEnv = process.env): StackEnvironment {
  const way = env['MYSQL_REPLICATOR_STACK'] || 'auto';
  if (way !== 'auto' && way !== 'native' && way !== 'engine') {
    throw new Error(`MYSQL_REPLICATOR_STACK is "${way}"; it may be auto, native or engine.`);
  }
  return {
    cacheDir: resolve(
      env['MYSQL_REPLICATOR_CACHE'] || join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'mysql-replicator'),
    ),
    way,
    images: {
      mysql: env['MYSQL_IMAGE'] || 'mysql:9.7',
      mariadb: env['MARIADB_IMAGE'] || 'mariadb:10.11',
      zookeeper: env['ZOOKEEPER_IMAGE'] || 'zookeeper:3.9.4',
      kafka: env['KAFKA_IMAGE'] || 'apache/kafka:4.1.0',
    },
    toolEnv: env,
  };
}
