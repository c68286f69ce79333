import { z } from 'zod';

/** One thing that is wrong in what was sent; holds no secret, not even one that was written in the wrong place. */
export const fault = z.object({
  path: z.string().describe('Where: `source.mysql.port`.'),
  message: z.string(),
  line: z.number().int().optional(),
  column: z.number().int().optional(),
  value: z.string().optional().describe('What was found, shortened; `[hidden]` where it may be a secret.'),
  allowed: z.string().optional(),
});
export type FaultAnswer = z.infer<typeof fault>;

/** Every error, as RFC 9457 `application/problem+json`. `code` is for programs and does not change; texts may. */
export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string(),
    detail: z.string(),
    place: z.string().optional(),
    remedy: z.string().optional(),
    faults: z.array(fault).optional(),
    current: z.unknown().optional().describe('On a conflict: what is there now.'),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problem>;
