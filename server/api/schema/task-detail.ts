import { z } from 'zod';
import { taskSpecSchema } from '../../../coordination/schema/task-spec.js';
import { controlSchema, lastCommitSchema, progressSchema } from '../../../coordination/schema/znodes.js';
import { taskEvent, taskSummary } from './task-summary.js';
import { connection, time, unreadable, version } from './values.js';

export const taskInstance = z.object({
  node: z.string(),
  sequence: z.number().int(),
  core: z.string().optional(),
  host: z.string().optional(),
  pid: z.number().int().optional(),
  state: z.enum(['RUNNING', 'STANDBY', 'UNREADABLE']),
  since: time.optional(),
  term: z.number().optional(),
});
export type TaskInstance = z.infer<typeof taskInstance>;

export const taskTerm = z.object({
  term: z.number(),
  core: z.string(),
  host: z.string(),
  began: time,
  from: z.string().optional().describe('Position it began at: `file:offset`.'),
});

/** All that is known of one task. */
export const taskDetail = z
  .object({
    now: time,
    zookeeper: connection,
    version: version.optional().describe('Of the configuration, for If-Match; absent where there is none.'),
    controlVersion: version.optional().describe('Of the orders; 0 before the first.'),
    summary: taskSummary,
    spec: taskSpecSchema.optional().describe('Absent: not registered, or unreadable.'),
    control: controlSchema.optional(),
    instances: z.array(taskInstance).describe('In the order of their turn.'),
    foreign: z.array(z.string()).describe('Children of the instances node that no Core can have made.'),
    progress: progressSchema.optional(),
    lastCommit: lastCommitSchema.optional(),
    terms: z.array(taskTerm).describe('Newest first.'),
    unreadable: z.array(unreadable),
  })
  .meta({ id: 'TaskDetail' });
export type TaskDetail = z.infer<typeof taskDetail>;

/** An earlier or the present configuration. */
export const taskVersion = z
  .object({
    n: z.number().int().positive(),
    at: time,
    who: z.string(),
    note: z.string().optional().describe('`registered`, `edited`, `restored 3`, `instances`, …'),
  })
  .meta({ id: 'TaskVersion' });
export const taskVersions = z.object({
  current: z.number().int().optional().describe('The version that is in force, when it is one of these.'),
  versions: z.array(taskVersion).describe('Newest first.'),
});
export type TaskVersions = z.infer<typeof taskVersions>;
export const taskVersionDetail = z.object({ version: taskVersion, spec: taskSpecSchema, yaml: z.string() });

export const rangeQuery = z.object({
  from: z.coerce.number().nonnegative().optional().describe('Milliseconds since 1970; default: 24 h ago.'),
  to: z.coerce.number().nonnegative().optional().describe('Milliseconds since 1970; default: now.'),
});

/** Points in time order; null is a gap. Seen by this Server since it started, at most 24 h, coarser with age. */
export const series = z
  .object({
    step: z.number().describe('Milliseconds between two points.'),
    t: z.array(z.number()),
    lagMs: z.array(z.number().nullable()).describe('The worst within a step.'),
    lagBytes: z.array(z.number().nullable()),
    rowsPerSecond: z.array(z.number().nullable()).describe('The mean of a step.'),
    bytesPerSecond: z.array(z.number().nullable()),
  })
  .meta({ id: 'Series' });
export type Series = z.infer<typeof series>;

export const timeline = z.object({ events: z.array(taskEvent).describe('Oldest first.') });
export type Timeline = z.infer<typeof timeline>;
