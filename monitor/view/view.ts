import type { CoreHealth, CoreInfo, HistoryTerm, Instance, Progress } from '../../coordination/schema/znodes.js';
import type { TaskSpec } from '../../coordination/schema/task-spec.js';
import type { TaskOverview } from '../../coordination/task-list.js';
import type { TaskSummary } from '../../coordination/task-state.js';

/**
 * All that the rules judge by: what stands in the tree and what the Monitor has measured itself. Plain values, so that a view can
 * be written down in a test. Times are milliseconds since 1970 by the ensemble's clock, ages are differences of such times.
 */
export interface View {
  readonly at: number;
  readonly tasks: ReadonlyMap<string, TaskSight>;
  readonly cores: ReadonlyMap<string, CoreSight>;
  /** Cores that went without saying so. */
  readonly gone: ReadonlyMap<string, GoneCore>;
  readonly groups: ReadonlyMap<string, GroupSight>;
  readonly sources: ReadonlyMap<string, SourceSight>;
  readonly sinks: ReadonlyMap<string, SinkSight>;
  readonly zookeeper: ZookeeperSight;
  readonly channels: ReadonlyMap<string, ChannelSight>;
  readonly monitor: MonitorSight;
}

export interface TaskSight {
  readonly name: string;
  readonly group: string | undefined;
  readonly spec: TaskSpec | undefined;
  readonly overview: TaskOverview;
  readonly summary: TaskSummary;
  readonly running: Instance | undefined;
  /** Of the term that leads now. */
  readonly progress: Progress | undefined;
  /** When `progress`, `lastCommit`, `control` were written, by ZooKeeper's clock. */
  readonly progressAt: number | undefined;
  readonly lastCommitAt: number | undefined;
  readonly controlAt: number | undefined;
  /** Newest last. */
  readonly terms: readonly HistoryTerm[];
  /** `host:port`, `broker,broker`; undefined without a configuration. */
  readonly source: string | undefined;
  readonly sink: string | undefined;
  /** Behind the source: by what the Core says, made right by the clocks; bytes by the source's own end of log. */
  readonly lagMs: number | undefined;
  readonly lagBytes: number | undefined;
  /** Rows delivered in the last hour, and in the same hour a day ago; undefined where nobody looked. */
  readonly rowsLastHour: number | undefined;
  readonly rowsYesterday: number | undefined;
}

export interface CoreSight {
  readonly name: string;
  readonly info: CoreInfo;
  readonly health: CoreHealth | undefined;
  /** How far its clock is ahead of ZooKeeper's. */
  readonly clockAheadMs: number | undefined;
}

export interface GoneCore {
  readonly name: string;
  readonly host: string;
  readonly goneAt: number;
  readonly groups: readonly string[];
  /** Which it had been serving. */
  readonly tasks: readonly string[];
}

export interface GroupSight {
  readonly name: string;
  readonly tasks: readonly string[];
  readonly cores: readonly string[];
  readonly room: number;
}

/** What a look at a source tells; see bin/monitor-ports.ts for who looks. */
export interface SourceFacts {
  readonly serverUuid: string | undefined;
  readonly rowMetadata: string | undefined;
  readonly rowImage: string | undefined;
  /** The server's clock less the Monitor's. */
  readonly clockAheadMs: number;
  readonly end: { readonly file: string; readonly offset: number };
  readonly files: readonly { readonly name: string; readonly size: number }[];
  /** 0: never purged by age. */
  readonly expireSeconds: number;
  /** Of a source that is itself a replica: whether its threads run, and what stopped them. */
  readonly replica: { readonly running: boolean; readonly detail: string } | undefined;
  /** Until when the server's certificate is valid, by a connection with TLS. */
  readonly certificateUntil: number | undefined;
}

export interface SourceSight {
  readonly name: string;
  readonly tasks: readonly string[];
  /** Undefined where nobody looks (`--no-probe-sources`), or not yet. */
  readonly probe: Probe<SourceFacts> | undefined;
  /** When the end of its log last moved. */
  readonly movedAt: number | undefined;
}

export type Probe<T> =
  | { readonly ok: true; readonly at: number; readonly ms: number; readonly facts: T }
  | { readonly ok: false; readonly at: number; readonly since: number; readonly error: string };

export interface BrokerFacts {
  readonly certificateUntil: number | undefined;
}

export interface SinkSight {
  readonly name: string;
  readonly tasks: readonly string[];
  /** By `host:port`. */
  readonly brokers: ReadonlyMap<string, Probe<BrokerFacts>>;
}

export interface ZookeeperSight {
  /** The Monitor's own session. */
  readonly connected: boolean;
  readonly since: number;
  /** How long the last requests took; the 95th percentile. */
  readonly latencyMs: number | undefined;
  /** By `host:port`; `mode` as `srvr` says. */
  readonly members: ReadonlyMap<string, Probe<{ readonly mode: string; readonly connections: number }>>;
}

export interface ChannelSight {
  readonly name: string;
  readonly failing: { readonly since: number; readonly attempts: number; readonly error: string } | undefined;
}

export interface MonitorSight {
  readonly host: string;
  /** How far the Monitor's own clock is ahead of ZooKeeper's. */
  readonly clockAheadMs: number | undefined;
  /** Znodes that cannot be read, with what is wrong: the Monitor's own configuration, a Core's node. */
  readonly unreadable: readonly string[];
  /** Alerts that were not opened because there are too many. */
  readonly left: number;
}
