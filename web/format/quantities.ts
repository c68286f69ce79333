/** Numbers for a person, by Intl. All take the language; a formatter is made once. */
const made = new Map<string, Intl.NumberFormat>();

function numbers(language: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const name = `${language} ${JSON.stringify(options)}`;
  let format = made.get(name);
  if (format === undefined) made.set(name, (format = new Intl.NumberFormat(language, options)));
  return format;
}

export function exactly(language: string, value: number): string {
  return numbers(language, { maximumFractionDigits: 3 }).format(value);
}

/** Rounded to what matters: three figures, above 100,000 shortened. */
export function number(language: string, value: number): string {
  if (value >= 100_000) return numbers(language, { notation: 'compact', maximumFractionDigits: 1 }).format(value);
  return numbers(language, { maximumFractionDigits: value < 10 && value % 1 !== 0 ? 1 : 0 }).format(value);
}

const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** Bytes by powers of 1,000, as disks and networks are sold. */
export function bytes(language: string, value: number): string {
  let step = 0;
  let rest = value;
  while (rest >= 1000 && step < BYTE_UNITS.length - 1) {
    rest /= 1000;
    step++;
  }
  if (step === 0) return `${numbers(language, { maximumFractionDigits: 0 }).format(rest)} B`;
  const maximumFractionDigits = rest < 10 ? 1 : 0;
  return numbers(language, {
    style: 'unit',
    unit: BYTE_UNITS[step]!,
    unitDisplay: 'short',
    maximumFractionDigits,
  }).format(rest);
}

const DURATIONS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/** A length of time in its largest unit: `12ms`, `3.4s`, `5m`, `2h`, `3d`. */
export function duration(language: string, ms: number): string {
  const unit = (name: string, value: number, maximumFractionDigits = 0): string =>
    numbers(language, { style: 'unit', unit: name, unitDisplay: 'narrow', maximumFractionDigits }).format(value);
  for (const [name, length] of DURATIONS) if (ms >= length) return unit(name, Math.floor(ms / length));
  if (ms >= 1000) return unit('second', ms / 1000, ms < 10_000 ? 1 : 0);
  return unit('millisecond', Math.max(0, Math.round(ms)));
}

/** The same without fractions of a second: for ages that are counted up on the screen. */
export function age(language: string, ms: number): string {
  return duration(language, Math.max(1000, Math.floor(ms / 1000) * 1000));
}
