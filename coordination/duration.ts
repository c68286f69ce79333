import { z } from 'zod';

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A length of time as people write it: `300ms`, `30s`, `5m`, `4h`, `1d`. */
export const durationText = z
  .string()
  .regex(/^\d{1,9}(ms|s|m|h|d)$/, 'a length of time such as 300ms, 30s, 5m, 4h, 1d');

/** Milliseconds. @throws RangeError naming a text that is no length of time */
export function parseDuration(text: string): number {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text);
  if (!match) throw new RangeError(`not a length of time: ${JSON.stringify(text)} (expected e.g. 30s, 5m, 4h)`);
  return Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
}

/** The shortest text that is exact: `90s`, `5m`, `1d`. */
export function formatDuration(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (ms >= UNITS[unit] && ms % UNITS[unit] === 0) return `${ms / UNITS[unit]}${unit}`;
  }
  return `${Math.round(ms)}ms`;
}
