/**
 * ZooKeeper's settings for tests: sessions from 2 s to 60 s, expired on the half second, and four letter words for all.
 * Returns the text of `zoo.cfg` without the ensemble's members.
 */
export function zookeeperSettings(own: {
  readonly dataDir: string;
  readonly clientAddress: string;
  readonly clientPort: number;
  readonly ensemble: readonly string[];
  readonly overrides: Readonly<Record<string, string>>;
}): string {
  const settings: Record<string, string | number> = {
    dataDir: own.dataDir,
    clientPort: own.clientPort,
    clientPortAddress: own.clientAddress,
    tickTime: 500,
    initLimit: 40,
    syncLimit: 10,
    minSessionTimeout: 2_000,
    maxSessionTimeout: 60_000,
    maxClientCnxns: 0,
    'admin.enableServer': 'false',
    '4lw.commands.whitelist': '*',
    ...own.overrides,
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
  return [...lines, ...own.ensemble, ''].join('\n');
}

/** No fsync (a test kills processes, not power) and small log files (64 MB are allocated at once otherwise). */
export const ZOOKEEPER_JVM = [
  '-Xmx128m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Dzookeeper.forceSync=no',
  '-Dzookeeper.preAllocSize=1024',
];
