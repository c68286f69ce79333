import type { WeekWindow } from '../../coordination/schema/alert-config.js';

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const MINUTES_A_DAY = 1_440;

/** Making one costs far more than using it. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  formats.set(timeZone, made);
  return made;
}

/** Whether a moment lies in a part of the week, by the local time of its zone. */
export function inWindow(window: WeekWindow, at: number): boolean {
  const parts = formatOf(window.timeZone).formatToParts(at);
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? '';
  const day = DAYS.findIndex((name) => name === part('weekday').toLowerCase().slice(0, 3));
  const minute = Number(part('hour')) * 60 + Number(part('minute'));
  const from = minutes(window.from);
  const to = minutes(window.to);
  const on = (offset: number): boolean => window.days.some((name) => name === DAYS[(day + offset + 7) % 7]);
  if (from < to) return on(0) && minute >= from && minute < to;
  // Over midnight: the evening of a day, or the morning after it.
  return (on(0) && minute >= from) || (on(-1) && minute < to);
}

function minutes(clock: string): number {
  const [hours = 0, rest = 0] = clock.split(':').map(Number);
  return Math.min(hours * 60 + rest, MINUTES_A_DAY);
}
