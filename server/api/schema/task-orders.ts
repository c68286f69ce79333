import { z } from 'zod';
import { groupName, taskName, taskSpecSchema } from '../../../coordination/schema/task-spec.js';
import { fault } from './problem.js';
import { position, version } from './values.js';

/** A task as a person writes it: what has a default may be left out. Its faults are told with line and column when it is YAML. */
export const taskBody = z.unknown().describe('a task as docs/task-file.md describes it, JSON or application/yaml');

export const registration = z.object({
  task: z.string(),
  outcome: z.enum(['registered', 'unchanged', 'replaced']),
  version,
});

/** One line of the preflight. */
export const finding = z
  .object({
    level: z.enum(['ok', 'warning', 'error']),
    check: z.string(),
    what: z.string(),
    why: z.string(),
    mend: z.string().optional().describe('The statement or step that mends it, to copy.'),
  })
  .meta({ id: 'Finding' });
export const checkAnswer = z.object({
  errors: z.number().int(),
  faults: z.array(fault).describe('What keeps the text from being a task; then there are no findings.'),
  findings: z.array(finding),
  task: z.string().optional(),
  exists: z.boolean().optional().describe('Whether a task of this name is registered.'),
  normalised: taskSpecSchema.optional().describe('The task with every default written out.'),
  yaml: z.string().optional(),
});
export type CheckAnswer = z.infer<typeof checkAnswer>;
export const checkQuery = z.object({
  source: z.enum(['true', 'false']).default('true').describe('`false` looks at the text only, not at the source.'),
});

export const edited = z.object({ version, outcome: z.enum(['changed', 'unchanged']) });
export const instancesBody = z.object({ instances: z.int().min(1).max(16) });
export const moveBody = z.object({ core: z.string().min(1).max(200) });
export const resumeBody = z.object({ adoptTerm: z.int().nonnegative().optional() });

/** What an order came to: it is written; a Core carries it out. */
export const ordered = z.object({
  task: z.string(),
  text: z.string().describe('What will happen, and what keeps it from happening.'),
  controlVersion: version,
  warning: z.string().optional(),
});
export type Ordered = z.infer<typeof ordered>;

export const positionTarget = z.union([
  z.enum(['latest', 'earliest']),
  z.strictObject({ time: z.union([z.number().nonnegative(), z.iso.datetime({ offset: true, local: true })]) }),
  z.strictObject({ gtid: z.string().min(1).max(60_000) }),
  z.strictObject({ file: z.string().regex(/^[^:/\\\s]+\.\d+$/), position: z.int().min(4) }),
]);
export type PositionTarget = z.infer<typeof positionTarget>;
export const positionBody = z.object({
  to: positionTarget.describe(
    '`{time}` is milliseconds since 1970, or an ISO date and time (UTC where it names no zone).',
  ),
  dryRun: z.boolean().default(false).describe('Only says what would happen.'),
});

/** What lies between where the task is and where it would begin. */
export const positionPreview = z
  .object({
    target: position.optional().describe('Where it would begin.'),
    current: position.optional().describe('Where it is.'),
    direction: z.enum(['same', 'skips', 'repeats', 'unknown']),
    transactions: z.number().int().optional().describe('How many lie between, where GTIDs tell.'),
    bytes: z.number().optional().describe('Bytes of the binlog between the two.'),
    from: z.number().optional().describe('Time of the first event between, ms since 1970.'),
    to: z.number().optional().describe('Time of the last event between, ms since 1970.'),
    text: z.string(),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'PositionPreview' });
export type PositionPreviewAnswer = z.infer<typeof positionPreview>;
export const positionAnswer = z.object({
  dryRun: z.boolean(),
  preview: positionPreview,
  controlVersion: version.optional().describe('Present when it was ordered.'),
});

export const deleteQuery = z.object({
  force: z.enum(['true', 'false']).default('false').describe('Even while it runs.'),
});
export const deleted = z.object({
  task: z.string(),
  stays: z.object({
    text: z.string(),
    brokers: z.array(z.string()),
    topics: z.string().describe('Pattern of the topics that stay, filled in as far as known.'),
    positionsTopic: z.string().optional(),
  }),
});

export const bulkBody = z.object({
  action: z.enum(['pause', 'resume', 'hand-over', 'delete']),
  tasks: z.array(taskName).max(5000).optional(),
  group: groupName.optional(),
});
export const bulkAnswer = z.object({
  done: z.number().int(),
  failed: z.number().int(),
  results: z.array(
    z.object({ task: z.string(), ok: z.boolean(), detail: z.string().optional(), code: z.string().optional() }),
  ),
});
export type BulkAnswer = z.infer<typeof bulkAnswer>;

export const exportQuery = z.object({
  task: z.preprocess((v) => (typeof v === 'string' ? [v] : v), z.array(taskName).optional()),
});
export const importQuery = z.object({
  replace: z
    .enum(['true', 'false'])
    .default('false')
    .describe('Put tasks in the place of other configurations of the same name.'),
  dryRun: z.enum(['true', 'false']).default('false'),
});
export const importAnswer = z.object({
  results: z.array(
    z.object({
      document: z.number().int().describe('Which document of the text, from 1 on.'),
      task: z.string().optional(),
      outcome: z.enum([
        'registered',
        'unchanged',
        'replaced',
        'would-register',
        'would-replace',
        'conflict',
        'invalid',
        'failed',
      ]),
      detail: z.string().optional(),
      faults: z.array(fault).optional(),
    }),
  ),
});
export type ImportAnswer = z.infer<typeof importAnswer>;

export const changesQuery = z.object({
  table: z.string().max(200).optional().describe('Only this `database.table`, with * and ?.'),
  op: z.string().max(20).optional().describe('Only these operations: c, u, d, t; separated by commas.'),
  q: z.string().max(200).optional().describe('Only changes whose key or values contain this text.'),
  rate: z.coerce
    .number()
    .int()
    .min(1)
    .max(200)
    .default(50)
    .describe('Changes a second at most; what is beyond is counted as left out.'),
});
/** An event of the live changes: masked, and cut where it is long. */
export const liveChange = z
  .object({
    topic: z.string(),
    partition: z.number().int(),
    offset: z.string(),
    at: z.number().describe('When the broker has it from, ms since 1970.'),
    op: z.string().optional(),
    database: z.string().optional(),
    table: z.string().optional(),
    key: z.unknown(),
    before: z.unknown(),
    after: z.unknown(),
    tombstone: z.boolean().optional(),
    masked: z.array(z.string()).describe('Columns whose values were blanked.'),
    truncated: z.boolean().optional(),
  })
  .meta({ id: 'LiveChange' });
export type LiveChange = z.infer<typeof liveChange>;
