import type { StackEnvironment } from './environment.js';
import type { KafkaBroker } from './kafka-broker.js';
import type { MysqlServer } from './mysql-server.js';
import type { ZooKeeperServer } from './zookeeper-server.js';

export interface WayContext {
  readonly environment: StackEnvironment;
  readonly onProgress: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Where one server lives. `folder` is private to it and may hold the data of an earlier run. */
export interface Place {
  readonly name: string;
  readonly folder: string;
  /** Whether the folder was named by the caller, so that an earlier run may have kept its data there. */
  readonly named: boolean;
  readonly keepData: boolean;
}

export interface MysqlPlan extends Place {
  readonly flavour: 'mysql' | 'mariadb';
  readonly port: number;
  readonly serverId: number;
  readonly args: readonly string[];
}

export interface ZooKeeperMember extends Place {
  readonly id: number;
  readonly clientPort: number;
  readonly quorumPort: number;
  readonly electionPort: number;
}

export interface ZooKeeperPlan {
  readonly members: readonly ZooKeeperMember[];
  readonly settings: Readonly<Record<string, string>>;
  readonly javaOptions: readonly string[];
}

export interface KafkaMember extends Place {
  readonly id: number;
  readonly port: number;
  readonly controllerPort: number;
  /** A second listener, which tells clients to come back to `proxyPort`. */
  readonly behindProxyPort: number;
  readonly proxyPort: number;
}

export interface KafkaPlan {
  readonly members: readonly KafkaMember[];
  readonly settings: Readonly<Record<string, string>>;
  readonly javaOptions: readonly string[];
}

/** How servers come to life: as local processes or in containers. Nothing it returns is started yet. */
export interface Way {
  readonly name: 'native' | 'engine';
  mysql(plan: MysqlPlan): Promise<MysqlServer>;
  zookeeper(plan: ZooKeeperPlan): Promise<ZooKeeperServer[]>;
  kafka(plan: KafkaPlan): Promise<KafkaBroker[]>;
  /** Gives back what the services share; called after all of them are disposed of. */
  close(): Promise<void>;
}
