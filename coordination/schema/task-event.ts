import { z } from 'zod';

/**
 * What happened to a task besides its terms: what people ordered (written by whoever takes the order), and what failed and was well again
 * (written by the Core that leads). Kept in the history, so that everybody shows the same.
 */
export const TASK_EVENT_KINDS = [
  'registered',
  'configuration',
  'instances',
  'pause',
  'resume',
  'hand-over',
  'move',
  'position',
  'error',
  'healed',
] as const;

export const taskEventSchema = z.object({
  /** Milliseconds since 1970. */
  at: z.number().nonnegative(),
  kind: z.enum(TASK_EVENT_KINDS),
  text: z.string().max(1000),
  /** Who ordered it. */
  who: z.string().max(200).optional(),
  core: z.string().max(200).optional(),
  term: z.int().nonnegative().optional(),
  /** Kind of the failure. */
  failure: z.string().max(100).optional(),
});
export type TaskEventNode = z.infer<typeof taskEventSchema>;
