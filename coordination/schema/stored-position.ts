import { z } from 'zod';
import { positionSchema } from './znodes.js';

/** The value of a record in the sink's topic of positions; its key is the task. Written in the same transaction as the data before it. */
export const storedPositionSchema = z.object({
  position: positionSchema,
  term: z.int().nonnegative(),
  /** The last operator's order that this position follows, as in `lastCommit`. */
  order: z.int().nonnegative().optional(),
  /** Milliseconds since 1970, of the last change before the position. */
  eventTime: z.number().optional(),
  /** The later term that an operator let this lead follow. */
  adopted: z.int().nonnegative().optional(),
});
export type StoredPosition = z.infer<typeof storedPositionSchema>;

/** What a record's text says; `undefined` when it is not what this program writes. */
export function parseStoredPosition(text: string): StoredPosition | undefined {
  try {
    return storedPositionSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
