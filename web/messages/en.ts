import { clusterEn } from './en/cluster.js';
import { commonEn } from './en/common.js';
import { overviewEn } from './en/overview.js';
import { peopleEn } from './en/people.js';
import { registerEn } from './en/register.js';
import { taskEn } from './en/task.js';
import { tasksEn } from './en/tasks.js';

/** All texts in English; the keys and the places of this catalogue bind the others. */
export const en = {
  ...commonEn,
  ...overviewEn,
  ...tasksEn,
  ...taskEn,
  ...registerEn,
  ...clusterEn,
  ...peopleEn,
} as const;
