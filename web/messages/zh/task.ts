import type { Translated } from '../catalogue.js';
import type { taskEn } from '../en/task.js';

export const taskZh: Translated<typeof taskEn> = {};
