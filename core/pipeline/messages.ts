import type { FailureKind } from '../../coordination/failure.js';
import type { Position } from '../../coordination/position.js';
import type { StoredAt } from '../../coordination/schema/znodes.js';
import type { Claim, Durable } from '../sink/sink.js';
import type { StartFrom } from '../source/start-position.js';
import type { TaskSpec } from '../../coordination/schema/task-spec.js';

/** What a Core's main thread and the worker thread of one pipeline say to each other. */
export interface PipelineSetup {
  readonly spec: TaskSpec;
  readonly sourcePassword: string | undefined;
  readonly sinkPassword: string | undefined;
  readonly lease: SharedArrayBuffer;
  readonly version: string;
}

/** Requests are answered one by one, in order, with `done`; `stop` and `lost` concern the run that is going on. */
export type ToWorker =
  | { readonly type: 'prepare' }
  | { readonly type: 'locate'; readonly from: StartFrom }
  | { readonly type: 'claim'; readonly claim: Claim }
  | { readonly type: 'run'; readonly from: Position }
  | { readonly type: 'close' }
  | { readonly type: 'stop' }
  | { readonly type: 'lost' };

export interface PlainFailure {
  readonly kind: FailureKind;
  readonly message: string;
  readonly place: string | undefined;
  readonly remedy: string | undefined;
}

/** Sums since the run began, and the last position that is durable. */
export interface RunProgress {
  readonly position: Position;
  /** Where the sink itself has the position, when it keeps it with the data. */
  readonly sink?: StoredAt | undefined;
  readonly eventTime: number;
  readonly rows: number;
  readonly bytes: number;
}

export type FromWorker =
  | { readonly type: 'done'; readonly found?: Durable | undefined; readonly failure?: PlainFailure | undefined }
  | { readonly type: 'progress'; readonly progress: RunProgress }
  /** Milliseconds that the sink is behind the source. */
  | { readonly type: 'lag'; readonly lagMs: number }
  | { readonly type: 'log'; readonly level: LogLevelName; readonly fields: object; readonly message: string };

export type LogLevelName = 'debug' | 'info' | 'warn' | 'error';
