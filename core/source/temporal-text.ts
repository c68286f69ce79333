/** Two digits of 0 to 99, made once. */
const TWO = Array.from({ length: 100 }, (_, i) => String(i).padStart(2, '0'));

export function two(value: number): string {
  return TWO[value] ?? String(value);
}

function four(value: number): string {
  return two(Math.trunc(value / 100)) + two(value % 100);
}

let lastDate = -1;
let lastDateText = '';

/** `YYYY-MM-DD`. Neighbouring rows often share their day, so the last one is kept. */
export function dateText(year: number, month: number, day: number): string {
  const date = (year << 9) | (month << 5) | day;
  if (date !== lastDate) {
    lastDate = date;
    lastDateText = `${four(year)}-${two(month)}-${two(day)}`;
  }
  return lastDateText;
}

export function clockText(hours: number, minutes: number, seconds: number): string {
  return `${two(hours)}:${two(minutes)}:${two(seconds)}`;
}

const SECONDS_OF_DAY: (string | undefined)[] = [];

/** `hh:mm:ss` of a time within a day, each made once. */
export function secondOfDayText(hours: number, minutes: number, seconds: number): string {
  if (hours > 23 || minutes > 59 || seconds > 59) return clockText(hours, minutes, seconds);
  return (SECONDS_OF_DAY[hours * 3600 + minutes * 60 + seconds] ??= clockText(hours, minutes, seconds));
}

/** Three digits of 0 to 999, made once, alone and behind a point. */
const THREE = Array.from({ length: 1000 }, (_, i) => String(i).padStart(3, '0'));
const POINT_THREE = THREE.map((digits) => `.${digits}`);

/** `.` and as many digits as the column has; `micros` are microseconds. */
export function fractionText(micros: number, decimals: number): string {
  if (decimals === 0) return '';
  const millis = Math.trunc(micros / 1000);
  const first = POINT_THREE[millis];
  // More than a second is in no value that a server writes.
  if (first === undefined) throw new RangeError('a fraction of more than a second');
  if (decimals === 3) return first;
  if (decimals < 3) return first.slice(0, decimals + 1);
  const rest = THREE[micros - millis * 1000]!;
  return first + (decimals === 6 ? rest : rest.slice(0, decimals - 3));
}

let day = NaN;
let dayText = '';

/** `YYYY-MM-DD hh:mm:ss` in UTC of seconds since 1970; 0 is MySQL's zero timestamp. */
export function timestampText(seconds: number): string {
  if (seconds === 0) return '0000-00-00 00:00:00';
  const days = Math.floor(seconds / 86400);
  // Rows of one time share their day; the calendar is worked out when it changes.
  if (days !== day) {
    day = days;
    dayText = `${new Date(days * 86400000).toISOString().slice(0, 10)} `;
  }
  const rest = seconds - days * 86400;
  return (
    dayText + (SECONDS_OF_DAY[rest] ?? secondOfDayText(Math.trunc(rest / 3600), Math.trunc(rest / 60) % 60, rest % 60))
  );
}

/** DATETIME as the server packs it into 64 bits (inside JSON): `YYYY-MM-DD hh:mm:ss.ffffff`. */
export function packedDatetime(packed: bigint): string {
  const micros = Number(packed & 0xffffffn);
  const whole = packed >> 24n;
  const clock = Number(whole & 0x1ffffn);
  const date = Number(whole >> 17n);
  const months = date >> 5;
  return (
    `${dateText(Math.trunc(months / 13), months % 13, date & 31)} ` +
    clockText(clock >> 12, (clock >> 6) & 63, clock & 63) +
    fractionText(micros, 6)
  );
}

/** TIME as the server packs it into 64 bits (inside JSON): `hh:mm:ss.ffffff`. */
export function packedTime(packed: bigint): string {
  const magnitude = packed < 0n ? -packed : packed;
  const clock = Number((magnitude >> 24n) & 0x3fffffn);
  const text = clockText((clock >> 12) & 1023, (clock >> 6) & 63, clock & 63);
  return `${packed < 0n ? '-' : ''}${text}${fractionText(Number(magnitude & 0xffffffn), 6)}`;
}
