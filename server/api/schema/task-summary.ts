import { z } from 'zod';
import { connection, failure, position, taskState, time, unreadable } from './values.js';

/** An order that was given and is not carried out yet. */
export const pending = z.enum(['pause', 'resume', 'hand-over', 'move', 'position']);
export type PendingOrder = z.infer<typeof pending>;

export const EVENT_KINDS = [
  'registered',
  'term',
  'take-over',
  'pause',
  'resume',
  'hand-over',
  'move',
  'position',
  'instances',
  'configuration',
  'error',
  'healed',
] as const;
export const eventKind = z.enum(EVENT_KINDS);

/** Something that happened to a task. */
export const taskEvent = z
  .object({
    at: time,
    kind: eventKind,
    text: z.string(),
    who: z.string().optional(),
    core: z.string().optional(),
    from: z.string().optional().describe('Of a take-over or a move: the Core before.'),
    term: z.number().optional(),
    failure: z.string().optional().describe('Kind of the failure.'),
    count: z.number().int().optional().describe('How often in a row, where more than once.'),
  })
  .meta({ id: 'TaskEvent' });
export type TaskEvent = z.infer<typeof taskEvent>;

/** What a list's row and the live stream say of a task. */
export const taskSummary = z
  .object({
    name: z.string(),
    group: z.string().optional(),
    source: z.string().optional().describe('`host:port` of the source.'),
    sink: z.string().optional().describe('Topic pattern of the sink.'),
    tables: z.array(z.string()).optional(),
    instancesWanted: z.number().int().optional(),
    state: taskState,
    kind: z
      .string()
      .optional()
      .describe('Why it is WAITING or STOPPED (a kind of failure), or UNSERVED (no-core, cores-full).'),
    reason: z.string().optional().describe('The same of UNSERVED as a sentence, with what mends it.'),
    lastKnown: taskState.optional().describe('While UNKNOWN: the last state that was seen.'),
    since: time.optional().describe('When the state began.'),
    desired: z.enum(['RUNNING', 'PAUSED']),
    pending: pending.optional(),
    runner: z.object({ core: z.string(), host: z.string(), since: time, term: z.number() }).optional(),
    standbys: z.number().int(),
    lagMs: z.number().optional().describe('Behind the source; 0 while it is idle.'),
    lagBytes: z.number().optional().describe('Bytes of the source’s binlog that are not delivered yet.'),
    idleSince: time.optional().describe('Since when the source has nothing new for this task.'),
    rowsPerSecond: z.number(),
    bytesPerSecond: z.number(),
    position: position.optional(),
    updatedAt: time.optional().describe('When the Server last had word of it.'),
    failure: failure.optional(),
    takeOvers24h: z.number().int(),
    lastChange: taskEvent.optional(),
    spark: z
      .array(z.number().nullable())
      .describe('Lag in ms, the worst of each of the last 30 minutes, oldest first; null is a gap.'),
    unreadable: z.array(unreadable).optional().describe('Znodes of the task that cannot be read.'),
  })
  .meta({ id: 'TaskSummary' });
export type TaskSummary = z.infer<typeof taskSummary>;

export const coreSummary = z
  .object({
    name: z.string(),
    host: z.string().optional(),
    pid: z.number().int().optional(),
    version: z.string().optional(),
    since: time.optional(),
    groups: z.array(z.string()),
    pinned: z.array(z.string()).describe('Tasks it serves because it was told to by name.'),
    capacity: z.number().int().optional(),
    load: z.number().int().describe('Instances it serves in all.'),
    room: z.number().int().describe('How many more tasks it takes by group.'),
    running: z.number().int(),
    standby: z.number().int(),
    state: z
      .enum(['LIVING', 'DRAINING', 'DRAINED', 'GONE', 'UNREADABLE'])
      .describe('GONE: only its drain order is left.'),
    drain: z.object({ who: z.string(), at: time, reason: z.string().optional() }).optional(),
    kept: z.array(z.string()).optional().describe('While DRAINING: tasks that nobody else can take now.'),
    unreadable: unreadable.optional(),
  })
  .meta({ id: 'CoreSummary' });
export type CoreSummary = z.infer<typeof coreSummary>;

export const groupSummary = z
  .object({
    name: z.string(),
    tasks: z.number().int(),
    cores: z.array(z.string()),
    running: z.number().int(),
    unserved: z.number().int(),
    wanted: z.number().int().describe('Instances wanted in all.'),
    instances: z.number().int().describe('Instances there.'),
    room: z.number().int().describe('How many more the living Cores take.'),
  })
  .meta({ id: 'GroupSummary' });
export type GroupSummary = z.infer<typeof groupSummary>;

/** First event of the live stream; sent again whenever a console has to begin anew. */
export const snapshot = z.object({
  now: time,
  zookeeper: connection,
  tasks: z.array(taskSummary),
  cores: z.array(coreSummary),
  groups: z.array(groupSummary),
  alerts: z.array(z.unknown()).describe('Open alerts; the Monitor’s.'),
  monitors: z.array(z.unknown()),
});
export type Snapshot = z.infer<typeof snapshot>;

/** The numbers of a task that move all the time; what is absent here is absent now. */
export const taskVitals = taskSummary
  .pick({
    lagMs: true,
    lagBytes: true,
    idleSince: true,
    rowsPerSecond: true,
    bytesPerSecond: true,
    position: true,
    updatedAt: true,
  })
  .meta({ id: 'TaskVitals' });
export type TaskVitals = z.infer<typeof taskVitals>;

/**
 * What has changed since the event before; null: it is gone. A task of which only the numbers moved is in `vitals`, not in `tasks`: they
 * take the place of the same fields of its summary. `sparks`, once a minute, is what each task's `spark` gets at its end (its first falls out).
 */
export const change = z.object({
  now: time,
  vitals: z.record(z.string(), taskVitals).optional(),
  sparks: z.record(z.string(), z.number().nullable()).optional(),
  tasks: z.record(z.string(), taskSummary.nullable()).optional(),
  cores: z.record(z.string(), coreSummary.nullable()).optional(),
  groups: z.record(z.string(), groupSummary.nullable()).optional(),
  alerts: z.array(z.unknown()).optional(),
  monitors: z.array(z.unknown()).optional(),
});
export type Change = z.infer<typeof change>;
