import type { Translated } from './catalogue.js';
import type { en } from './en.js';
import { clusterZh } from './zh/cluster.js';
import { commonZh } from './zh/common.js';
import { overviewZh } from './zh/overview.js';
import { peopleZh } from './zh/people.js';
import { registerZh } from './zh/register.js';
import { taskZh } from './zh/task.js';
import { tasksZh } from './zh/tasks.js';

/** All texts in Chinese. State words (RUNNING, …) are the glossary's and stay as they are. */
export const zh: Translated<typeof en> = {
  ...commonZh,
  ...overviewZh,
  ...tasksZh,
  ...taskZh,
  ...registerZh,
  ...clusterZh,
  ...peopleZh,
};
