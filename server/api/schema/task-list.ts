import { z } from 'zod';
import { groupName, taskName } from '../../../coordination/schema/task-spec.js';
import { taskSummary } from './task-summary.js';
import { connection, taskState, time } from './values.js';

export const taskParams = z.object({ task: taskName });

/** A list of words: `a,b` or given several times. */
function words<T extends z.ZodType<string>>(word: T) {
  return z
    .preprocess(
      (value) => (typeof value === 'string' ? value.split(',').filter(Boolean) : value),
      z.array(word).max(100),
    )
    .optional();
}

export const taskSort = z.enum([
  'name',
  '-name',
  'state',
  '-state',
  'lag',
  '-lag',
  'rate',
  '-rate',
  'changed',
  '-changed',
]);

export const taskListQuery = z.object({
  q: z
    .string()
    .max(200)
    .optional()
    .describe('In the name, group, source, tables, topic or Core; several words: all of them.'),
  state: words(taskState).describe('Only these states, separated by commas.'),
  group: words(groupName).describe('Only tasks of these groups.'),
  core: z.string().max(200).optional().describe('Only tasks that have an instance on this Core.'),
  sort: taskSort.default('name'),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
  after: z.string().max(200).optional().describe('Name of the last task of the page before; same sort.'),
});
export type TaskListQuery = z.infer<typeof taskListQuery>;

export const taskList = z
  .object({
    now: time,
    zookeeper: connection,
    total: z.number().int().describe('Tasks there are.'),
    matching: z.number().int().describe('Tasks that the filter lets through, on all pages.'),
    states: z.record(z.string(), z.number().int()).describe('Tasks by state, without the state filter.'),
    tasks: z.array(taskSummary),
    next: z.string().optional().describe('`after` of the next page; absent on the last.'),
  })
  .meta({ id: 'TaskList' });
export type TaskListAnswer = z.infer<typeof taskList>;
