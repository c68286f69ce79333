import type { Translated } from '../catalogue.js';
import type { clusterEn } from '../en/cluster.js';

export const clusterZh: Translated<typeof clusterEn> = {};
