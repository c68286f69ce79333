import { z } from 'zod';
import { FAILURE_KINDS } from '../failure.js';

/** One schema per znode; see paths.ts for the tree. Times are milliseconds since 1970, terms are creation zxids. */
const time = z.number().nonnegative();
const term = z.int().nonnegative();

export const positionSchema = z.strictObject({
  file: z.string().regex(/^[^:/\\\s]+\.\d+$/),
  offset: z.int().min(4),
  events: z.int().min(0).default(0),
  gtidSet: z.string().optional(),
  serverUuid: z.string().optional(),
  prepared: z
    .array(
      z.object({
        xid: z.string(),
        file: z.string(),
        offset: z.int().min(4),
        gtid: z.string().optional(),
        empty: z.boolean().optional(),
      }),
    )
    .readonly()
    .optional(),
});

/** Where in the sink's own topic of positions a record of the task stands, or stood until it was compacted away. */
export const storedAtSchema = z.object({ partition: z.int().nonnegative(), offset: z.int().nonnegative() });
export type StoredAt = z.infer<typeof storedAtSchema>;

export const instanceSchema = z.object({
  core: z.string(),
  host: z.string(),
  pid: z.int(),
  state: z.enum(['RUNNING', 'STANDBY']),
  since: time,
  /** Present while RUNNING. */
  term: term.optional(),
});
export type Instance = z.infer<typeof instanceSchema>;

export const lastCommitSchema = z.object({
  /** Absent when a first term has claimed the node and nothing was delivered yet. */
  position: positionSchema.optional(),
  /** When the last delivered change happened at the source; absent before the first. */
  eventTime: time.optional(),
  committedAt: time,
  term,
  core: z.string(),
  /** The last `resume` order (by its number in `control.resumes`) whose `restartFrom` this position already follows. */
  order: z.int().nonnegative().optional(),
  /** Present when the sink keeps the position with the data (exactly once): then its own record wins over this one, and is not before here. */
  sink: storedAtSchema.optional(),
});
export type LastCommitNode = z.infer<typeof lastCommitSchema>;
/** A place that was really reached. */
export type LastCommit = LastCommitNode & { readonly position: z.infer<typeof positionSchema> };

export const controlSchema = z.object({
  desired: z.enum(['RUNNING', 'PAUSED']).default('RUNNING'),
  /** The instance that leads with this term shall step down; orders for another term are history. */
  handOverTerm: term.optional(),
  /** Counts `resume` orders: a STOPPED task tries again when it grows. */
  resumes: z.int().nonnegative().default(0),
  /** The term of a record in the sink that an operator wants followed though it is later than the terms of this ZooKeeper. */
  adoptTerm: term.optional(),
  /** Where the task begins anew, instead of at its `lastCommit`; taken up once: `lastCommit.order` is `resumes` then. */
  restartFrom: z.union([z.literal('latest'), z.literal('earliest'), positionSchema]).optional(),
});
export type Control = z.infer<typeof controlSchema>;

export const failureSchema = z.object({
  kind: z.enum(FAILURE_KINDS),
  message: z.string(),
  place: z.string().optional(),
  remedy: z.string().optional(),
  at: time,
});

export const progressSchema = z.object({
  /**
   * STARTING: leads, connecting. RUNNING: changes flow. WAITING: tries again after a failure. PAUSED: by order.
   * STOPPED: somebody must act; see `failure`.
   */
  phase: z.enum(['STARTING', 'RUNNING', 'WAITING', 'PAUSED', 'STOPPED']),
  since: time,
  term,
  core: z.string(),
  /** While the instance leads, at most some 10 s old. */
  updatedAt: time,
  position: positionSchema.optional(),
  /** Rows delivered since the term began. */
  rows: z.number().nonnegative(),
  rowsPerSecond: z.number().nonnegative(),
  bytesPerSecond: z.number().nonnegative(),
  /** From a change's commit at the source until it was delivered, for the last one; or of the one under way, if that is older. */
  lagMs: z.number().nonnegative(),
  eventTime: time.optional(),
  failure: failureSchema.optional(),
});
export type Progress = z.infer<typeof progressSchema>;
export type Phase = Progress['phase'];

export const historySchema = z.object({
  /** Newest last, at most 50. */
  terms: z
    .array(
      z.object({
        term,
        core: z.string(),
        host: z.string(),
        began: time,
        from: positionSchema.optional(),
      }),
    )
    .max(50),
});
export type History = z.infer<typeof historySchema>;
export type HistoryTerm = History['terms'][number];

export const coreInfoSchema = z.object({
  core: z.string(),
  host: z.string(),
  pid: z.int(),
  version: z.string(),
  since: time,
  /** Whose tasks it takes, found by scanning. */
  groups: z.array(z.string()),
  /** Which it serves because it was told to by name. */
  tasks: z.array(z.string()),
  /** How many tasks it serves by group at most; absent where it serves no group. */
  capacity: z.int().nonnegative().optional(),
  /** How many instances it serves in all, by name and by group. */
  load: z.int().nonnegative().optional(),
  /** Instances (by their node) that it would give to another Core: to that one, or to whoever is next. */
  offers: z.array(z.object({ task: z.string(), node: z.string(), to: z.string().optional() })).optional(),
});
export type CoreInfo = z.infer<typeof coreInfoSchema>;
