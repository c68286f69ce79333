import { setTimeout as pause } from 'node:timers/promises';
import { fourLetterWord } from './four-letter-word.js';
import { Service, type ServiceParts } from './service.js';

export interface ZooKeeperParts extends Omit<ServiceParts, 'answers'> {
  readonly id: number;
  /** Makes sure that an answer comes from this server: what it reports as its data folder. */
  readonly reportedDataDir: string;
}

export type ZooKeeperMode = 'leader' | 'follower' | 'observer' | 'standalone';

export class ZooKeeperServer extends Service {
  /** Its number in the ensemble (`myid`). */
  readonly id: number;

  constructor(parts: ZooKeeperParts) {
    super({ ...parts, answers: () => answers(parts) });
    this.id = parts.id;
  }

  /** One of ZooKeeper's four letter words; all are allowed. */
  ask(word: string, limitMs?: number): Promise<string> {
    return fourLetterWord(this.host, this.port, word, limitMs);
  }

  /** Its part in the ensemble now; undefined while it does not serve or does not answer. */
  async mode(): Promise<ZooKeeperMode | undefined> {
    const answer = await this.ask('srvr').catch(() => '');
    return /^Mode: (\w+)$/m.exec(answer)?.[1] as ZooKeeperMode | undefined;
  }
}

/** One to n ZooKeeper servers that belong together. */
export class ZooKeeperEnsemble {
  readonly servers: readonly ZooKeeperServer[];
  /** `host:port,…` of all servers. */
  readonly connectString: string;

  constructor(servers: readonly ZooKeeperServer[]) {
    this.servers = servers;
    this.connectString = servers.map(({ host, port }) => `${host}:${port}`).join(',');
  }

  /** The server that leads now, or a single one; waits up to `limitMs` for one. */
  async leader(limitMs = 30_000): Promise<ZooKeeperServer> {
    const deadline = performance.now() + limitMs;
    do {
      const modes = await Promise.all(this.servers.map(async (server) => (server.running ? server.mode() : undefined)));
      const leading = this.servers.find((_, i) => modes[i] === 'leader' || modes[i] === 'standalone');
      if (leading !== undefined) return leading;
      await pause(50);
    } while (performance.now() < deadline);
    throw new Error(`No ZooKeeper server leads after ${limitMs} ms.`);
  }
}

async function answers({ port, reportedDataDir }: ZooKeeperParts): Promise<void> {
  const [conf, srvr] = await Promise.all(['conf', 'srvr'].map((word) => fourLetterWord('127.0.0.1', port, word)));
  if (!conf?.split('\n').some((line) => line === `dataDir=${reportedDataDir}/version-2`)) {
    throw new Error(`port ${port} belongs to another server, or this one is not up`);
  }
  if (!/^Mode: \w+$/m.test(srvr ?? '')) throw new Error('it is not serving: no quorum yet');
}
