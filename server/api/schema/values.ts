import { z } from 'zod';
import { positionSchema } from '../../../coordination/schema/znodes.js';
import { FAILURE_KINDS } from '../../../coordination/failure.js';
import { TASK_STATES } from '../../../coordination/task-state.js';

/** Values that several answers are made of. All times are milliseconds since 1970. */
export const time = z.number().nonnegative().describe('Milliseconds since 1970.');

/** What `If-Match` names: which write of a znode was looked at (its modification zxid, so that a node made anew never has an old one). */
export const version = z
  .number()
  .int()
  .nonnegative()
  .describe('Names the write that was looked at; goes into If-Match.');

export const taskState = z
  .enum([...TASK_STATES, 'UNKNOWN'])
  .describe(
    'State of a task, in the words of `task list`. UNKNOWN: what is known is too old to be shown as the present.',
  );
export type TaskStateWord = z.infer<typeof taskState>;

export const failure = z.object({
  kind: z.enum(FAILURE_KINDS),
  message: z.string(),
  place: z.string().optional(),
  remedy: z.string().optional(),
  at: time,
});
export type FailureAnswer = z.infer<typeof failure>;

export const position = positionSchema;
export type PositionAnswer = z.infer<typeof position>;

/** A znode that holds something this version cannot read. */
export const unreadable = z.object({ path: z.string(), message: z.string(), remedy: z.string().optional() });
export type UnreadableAnswer = z.infer<typeof unreadable>;

/** How the Server and ZooKeeper stand: `live`; `reconnecting`, the session perhaps alive; `lost`, nothing shown is the present. */
export const connection = z.object({ state: z.enum(['live', 'reconnecting', 'lost']), since: time });
export type ConnectionAnswer = z.infer<typeof connection>;

/** Answer of an order that has no other. */
export const done = z.object({ done: z.literal(true) });
