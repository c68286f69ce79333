import { z } from 'zod';
import { taskSpecSchema } from './task-spec.js';

/** Configurations that a task had and has, oldest first, numbered from 1 on. */
export const taskVersionsSchema = z.object({
  versions: z
    .array(
      z.object({
        n: z.int().positive(),
        /** Milliseconds since 1970. */
        at: z.number().nonnegative(),
        who: z.string().max(200),
        /** How it came about: `registered`, `edited`, `restored 3`. */
        note: z.string().max(200).optional(),
        spec: taskSpecSchema,
      }),
    )
    .max(50),
});
export type TaskVersions = z.infer<typeof taskVersionsSchema>;
export type TaskVersion = TaskVersions['versions'][number];
