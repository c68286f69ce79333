import type { Cursor } from '../source/cursor.js';
import type { ByteOutput } from './byte-output.js';
import type { ImageColumn } from './image-column.js';
import { civilDays } from './temporal.js';

/** Fractions take a byte per two digits, big-endian; in microseconds these are the units. */
const FRACTION_UNIT = [0, 10_000, 100, 1] as const;
const SECONDS_A_DAY = 86_400;

/** Big-endian unsigned integer of 0 to 6 bytes. */
function big(from: Cursor, size: number): number {
  const { buffer } = from;
  let { at } = from;
  let value = 0;
  for (const end = at + size; at < end; at++) value = value * 256 + buffer[at]!;
  from.at = at;
  return value;
}

/** The microseconds of a stored fraction, which has an even number of digits: an odd column shows one less. @throws RangeError */
function fractionMicros(stored: number, decimals: number): number {
  const micros = stored * FRACTION_UNIT[(decimals + 1) >> 1]!;
  if (micros > 999_999) throw new RangeError('a fraction of more than a second');
  return (decimals & 1) === 0 ? micros : micros - (micros % 10 ** (6 - decimals));
}

let cachedDate = -1;
let cachedDays: number | undefined;

/** Days since 1970 of a year, month and day; undefined for a date that no calendar has. Neighbouring rows often share their day. */
function daysOf(year: number, month: number, day: number): number | undefined {
  const date = (year << 9) | (month << 5) | day;
  if (date !== cachedDate) {
    cachedDays = civilDays(year, month, day);
    cachedDate = date;
  }
  return cachedDays;
}

export function imageDate(none: string): ImageColumn {
  return (from, to) => {
    const { buffer, at } = from;
    from.at = at + 3;
    const packed = buffer[at]! | (buffer[at + 1]! << 8) | (buffer[at + 2]! << 16);
    const days = daysOf(packed >> 9, (packed >> 5) & 15, packed & 31);
    if (days === undefined) to.ascii(none);
    else to.integer(days);
  };
}

export function imageDatetime(decimals: number, none: string): ImageColumn {
  const bytes = Math.ceil(decimals / 2);
  return (from, to) => {
    // 1 bit sign, always set; 17 bits year * 13 + month; 5 day; 5 hour; 6 minute; 6 second.
    const { buffer, at } = from;
    const high = ((buffer[at]! & 0x7f) << 10) | (buffer[at + 1]! << 2) | (buffer[at + 2]! >> 6);
    const low = ((buffer[at + 2]! & 63) << 16) | (buffer[at + 3]! << 8) | buffer[at + 4]!;
    from.at = at + 5;
    const micros = fractionMicros(big(from, bytes), decimals);
    const days = daysOf((high / 13) | 0, high % 13, low >> 17);
    if (days === undefined) {
      to.ascii(none);
      return;
    }
    const seconds = days * SECONDS_A_DAY + ((low >> 12) & 31) * 3600 + ((low >> 6) & 63) * 60 + (low & 63);
    if (decimals <= 3) {
      to.integer(seconds * 1000 + Math.trunc(micros / 1000));
      return;
    }
    const value = seconds * 1_000_000 + micros;
    if (Number.isSafeInteger(value)) to.integer(value);
    else to.ascii(String(BigInt(seconds) * 1_000_000n + BigInt(micros)));
  };
}

let cachedDay = NaN;
const cachedDayText = Buffer.alloc(12);

export function imageTimestamp(decimals: number, none: string): ImageColumn {
  const bytes = Math.ceil(decimals / 2);
  return (from, to) => {
    const seconds = big(from, 4);
    const micros = fractionMicros(big(from, bytes), decimals);
    if (seconds === 0) {
      to.ascii(none);
      return;
    }
    const day = Math.floor(seconds / SECONDS_A_DAY);
    if (day !== cachedDay) {
      cachedDayText.write(`"${new Date(day * SECONDS_A_DAY * 1000).toISOString().slice(0, 11)}`);
      cachedDay = day;
    }
    const rest = seconds - day * SECONDS_A_DAY;
    const minutes = (rest / 60) | 0;
    to.put(cachedDayText);
    const hours = (minutes / 60) | 0;
    to.padded(hours, 2);
    to.bytes[to.at++] = 0x3a;
    to.padded(minutes - hours * 60, 2);
    to.bytes[to.at++] = 0x3a;
    to.padded(rest - minutes * 60, 2);
    if (bytes > 0) fraction(to, micros, decimals);
    to.bytes[to.at++] = 0x5a;
    to.bytes[to.at++] = 0x22;
  };
}

function fraction(to: ByteOutput, micros: number, decimals: number): void {
  to.bytes[to.at++] = 0x2e;
  to.padded(Math.trunc(micros / 10 ** (6 - decimals)), decimals);
}

/** 24 bits and the fraction's bytes are one signed number, stored with its sign bit inverted. */
export function imageTime(decimals: number): ImageColumn {
  const bytes = Math.ceil(decimals / 2);
  const scale = 256 ** bytes;
  return (from, to) => {
    const stored = big(from, 3 + bytes) - 0x800000 * scale;
    const magnitude = Math.abs(stored);
    const clock = Math.trunc(magnitude / scale);
    const seconds = ((clock >> 12) & 1023) * 3600 + ((clock >> 6) & 63) * 60 + (clock & 63);
    const micros = seconds * 1_000_000 + fractionMicros(magnitude - clock * scale, decimals);
    to.integer(stored < 0 ? -micros : micros);
  };
}
