import { z } from 'zod';

/** That a Core shall give its tasks up and take none, for as long as the node is there. */
export const drainSchema = z.object({
  who: z.string().max(200),
  /** Milliseconds since 1970. */
  at: z.number().nonnegative(),
  reason: z.string().max(500).optional(),
});
export type Drain = z.infer<typeof drainSchema>;
