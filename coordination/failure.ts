/**
 * Every way in which replication can fail, in one table: what happens then, and a sentence for the person on call.
 *
 * `retry`      – the pipeline starts again from the last durable position, after a backoff; the task stays with this Core.
 * `stop`       – somebody must act: the task is STOPPED, keeps its place and shows kind, place and remedy.
 * `step-down`  – this instance may no longer write: it gives up the lead and joins again at the end of the line.
 */
export type Reaction = 'retry' | 'stop' | 'step-down';

export const FAILURES = {
  'source-unreachable': { then: 'retry', sentence: 'The source database cannot be reached.' },
  'source-stalled': { then: 'retry', sentence: 'The source connection went silent: not even heartbeats arrive.' },
  'source-access-denied': { then: 'stop', sentence: 'The source database refuses the account or its privileges.' },
  'source-misconfigured': {
    then: 'stop',
    sentence: 'A setting of the source database makes exact replication impossible.',
  },
  'source-changed': { then: 'stop', sentence: 'The source is another server than the one the position belongs to.' },
  'source-unreadable': { then: 'stop', sentence: 'A binlog event cannot be decoded; nothing after it was delivered.' },
  'position-purged': { then: 'stop', sentence: 'The source no longer has the binlog the task must go on from.' },
  'sink-unreachable': { then: 'retry', sentence: 'The sink cannot be reached or does not acknowledge.' },
  'sink-access-denied': { then: 'stop', sentence: 'The sink refuses the account or its privileges.' },
  'sink-misconfigured': { then: 'stop', sentence: 'The sink refuses what the task asks of it.' },
  'sink-fenced': { then: 'retry', sentence: 'Another lead of this task has taken the sink over since.' },
  'sink-busy': {
    then: 'retry',
    sentence: 'The sink answers but takes no changes now: read-only, disk full, or rows locked by others.',
  },
  'sink-conflict': {
    then: 'stop',
    sentence: 'A row in the target is not as the source’s change expects it; nothing of its transaction was applied.',
  },
  'sink-schema': {
    then: 'stop',
    sentence: 'The target’s tables do not fit the source’s, or a schema change waits for a decision.',
  },
  'clock-wrong': {
    then: 'step-down',
    sentence: 'The clock of this machine is so far from the sink’s that it takes no records from here.',
  },
  'term-behind': {
    then: 'stop',
    sentence:
      'The sink remembers a later term than ZooKeeper gives: ZooKeeper was rebuilt, or two deployments share a task.',
  },
  'record-too-large': {
    then: 'stop',
    sentence: 'A record is larger than the sink accepts; nothing after it was delivered.',
  },
  'configuration-invalid': { then: 'stop', sentence: 'The configuration of the task cannot be used.' },
  'secret-missing': { then: 'stop', sentence: 'A secret that the task refers to cannot be read on this machine.' },
  'znode-unreadable': {
    then: 'stop',
    sentence: 'A znode of the task holds something that this version cannot read.',
  },
  'lead-lost': { then: 'step-down', sentence: 'This instance no longer leads, or can no longer be sure that it does.' },
  internal: { then: 'retry', sentence: 'An unexpected error; this is a defect worth reporting.' },
} as const satisfies Record<string, { then: Reaction; sentence: string }>;

export type FailureKind = keyof typeof FAILURES;

export const FAILURE_KINDS = Object.keys(FAILURES) as [FailureKind, ...FailureKind[]];

export interface FailureDetail {
  /** Where: `binlog.000012:4711 shop.orders`, `/tasks/x/lastCommit`, `sink.kafka.brokers`. */
  readonly place?: string;
  /** What a person can do, as a statement or command where there is one. */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** An error that knows its kind. Messages never contain row values or secrets. */
export class Failure extends Error {
  readonly kind: FailureKind;
  readonly place: string | undefined;
  readonly remedy: string | undefined;

  constructor(kind: FailureKind, message: string, detail: FailureDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = 'Failure';
    this.kind = kind;
    this.place = detail.place;
    this.remedy = detail.remedy;
  }

  get then(): Reaction {
    return FAILURES[this.kind].then;
  }
}

/** Makes a `Failure` of anything thrown; what is not one already becomes `internal`. */
export function asFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new Failure('internal', message, { cause: thrown });
}
