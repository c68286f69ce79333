/**
 * MySQL's temporal texts as the numbers of Debezium's `adaptive_time_microseconds` mode, all as if in UTC. Each function
 * returns JSON text, or undefined for a date that no calendar has: `0000-00-00`, or a month or day of zero.
 */

/** `YYYY-MM-DD` → days since 1970-01-01. */
export function dateJson(text: string): string | undefined {
  const days = daysOf(text);
  return days === undefined ? undefined : String(days);
}

/** `YYYY-MM-DD hh:mm:ss[.ffffff]` → milliseconds since 1970 (at most three fractional digits are looked at). */
export function datetimeMillis(text: string): string | undefined {
  const seconds = secondsOf(text);
  return seconds === undefined ? undefined : String(seconds * 1000 + Math.trunc(micros(text, 19) / 1000));
}

/** `YYYY-MM-DD hh:mm:ss[.ffffff]` → microseconds since 1970, exact beyond 2^53. */
export function datetimeMicros(text: string): string | undefined {
  const seconds = secondsOf(text);
  if (seconds === undefined) return undefined;
  const fraction = micros(text, 19);
  const value = seconds * 1_000_000 + fraction;
  return Number.isSafeInteger(value) ? String(value) : String(BigInt(seconds) * 1_000_000n + BigInt(fraction));
}

/** `YYYY-MM-DD hh:mm:ss[.f]` in UTC → a JSON string `YYYY-MM-DDThh:mm:ss[.f]Z`, its fraction as wide as the column's. */
export function timestampJson(text: string): string | undefined {
  if (secondsOf(text) === undefined) return undefined;
  return `"${text.slice(0, 10)}T${text.slice(11)}Z"`;
}

/** `[-]hhh:mm:ss[.ffffff]` → microseconds, over MySQL's whole range of ±838:59:59. */
export function timeMicros(text: string): string {
  const negative = text.charCodeAt(0) === 0x2d;
  const start = negative ? 1 : 0;
  const colon = text.indexOf(':', start);
  const seconds =
    digits(text, start, colon) * 3600 + digits(text, colon + 1, colon + 3) * 60 + digits(text, colon + 4, colon + 6);
  const value = seconds * 1_000_000 + micros(text, colon + 6);
  return String(negative && value !== 0 ? -value : value);
}

let cachedDate = '';
let cachedDays: number | undefined;

/** Days since 1970 of the ten characters of a date. Neighbouring rows often share their day, so the last one is kept. */
function daysOf(text: string): number | undefined {
  const date = text.length === 10 ? text : text.slice(0, 10);
  if (date !== cachedDate) {
    cachedDays = civilDays(digits(date, 0, 4), digits(date, 5, 7), digits(date, 8, 10));
    cachedDate = date;
  }
  return cachedDays;
}

function secondsOf(text: string): number | undefined {
  const days = daysOf(text);
  if (days === undefined) return undefined;
  return days * 86400 + digits(text, 11, 13) * 3600 + digits(text, 14, 16) * 60 + digits(text, 17, 19);
}

/**
 * Days from 1970-01-01 in the proleptic Gregorian calendar: years begin in March, so that the leap day is their last,
 * and 400 of them are a cycle of 146,097 days.
 */
export function civilDays(year: number, month: number, day: number): number | undefined {
  if (month === 0 || day === 0) return undefined;
  const y = month > 2 ? year : year - 1;
  const cycle = Math.floor(y / 400);
  const yearOfCycle = y - cycle * 400;
  const dayOfYear = Math.trunc((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfCycle = yearOfCycle * 365 + Math.trunc(yearOfCycle / 4) - Math.trunc(yearOfCycle / 100) + dayOfYear;
  return cycle * 146_097 + dayOfCycle - 719_468;
}

/** Microseconds of a fraction `.f…` that begins at `dot`, 0 where there is none. */
function micros(text: string, dot: number): number {
  const count = text.length - dot - 1;
  return count <= 0 ? 0 : digits(text, dot + 1, text.length) * 10 ** (6 - count);
}

function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) value = value * 10 + text.charCodeAt(i) - 0x30;
  return value;
}
