import type { Position } from '../coordination/position.js';
import type { KafkaSink, MysqlSource, TaskSpec } from '../coordination/schema/task-spec.js';
import type { Control } from '../coordination/schema/znodes.js';

/** What the Server needs of sources and sinks. core/ has it, and server/ may not import core/: bin/commands/server.ts brings the two together. */
export interface Ports {
  /** Looks at a task's source (and its secrets on this machine); changes nothing. Does not throw for what it finds. */
  check(spec: TaskSpec, signal: AbortSignal): Promise<CheckFinding[]>;
  /** Databases and tables that the account sees, for the form. @throws Failure */
  listTables(source: MysqlSource['mysql'], database: string | undefined, signal: AbortSignal): Promise<ListedTables>;
  /** What a task would skip or send again if it began at `to` instead of `current`. @throws Failure */
  previewPosition(
    spec: TaskSpec,
    to: RestartFrom,
    current: Position | undefined,
    signal: AbortSignal,
  ): Promise<PreviewedPosition>;
  /** Reads what arrives in a task's topics from now on, committed records only, until the signal aborts. @throws Failure */
  tailChanges(spec: TaskSpec, onRecord: (record: TailedRecord) => void, signal: AbortSignal): Promise<void>;
  /** The brokers of a cluster as it describes itself. @throws Failure */
  describeBrokers(sink: KafkaSink, signal: AbortSignal): Promise<DescribedCluster>;
}

export type RestartFrom = NonNullable<Control['restartFrom']>;

export interface CheckFinding {
  readonly level: 'ok' | 'warning' | 'error';
  readonly check: string;
  readonly what: string;
  readonly why: string;
  readonly mend?: string | undefined;
}

export interface ListedTables {
  readonly server: string;
  readonly databases: readonly { readonly name: string; readonly tables: readonly ListedTable[] }[];
  readonly truncated: boolean;
}
export interface ListedTable {
  readonly name: string;
  readonly key: readonly string[];
  readonly columns: number;
  readonly rows?: number | undefined;
  readonly bytes?: number | undefined;
  readonly engine?: string | undefined;
}

export interface PreviewedPosition {
  readonly target: Position;
  readonly direction: 'same' | 'skips' | 'repeats' | 'unknown';
  readonly transactions?: number | undefined;
  readonly bytes?: number | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly text: string;
  readonly warnings: readonly string[];
}

export interface TailedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly key: string | undefined;
  /** `undefined`: a tombstone. */
  readonly value: string | undefined;
}

export interface DescribedCluster {
  readonly clusterId?: string | undefined;
  readonly controller?: number | undefined;
  readonly brokers: readonly { readonly id: number; readonly host: string; readonly port: number }[];
}
