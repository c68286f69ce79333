import type { Translated } from '../catalogue.js';
import type { overviewEn } from '../en/overview.js';

export const overviewZh: Translated<typeof overviewEn> = {};
