import type { Translated } from '../catalogue.js';
import type { registerEn } from '../en/register.js';

export const registerZh: Translated<typeof registerEn> = {};
