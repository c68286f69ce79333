/** One number, and the bar it has to pass if there is one. */
export interface Figure {
  readonly part: string;
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly bar?: { readonly atLeast: number } | { readonly below: number };
}

/** The smallest value that `share` (0 to 1) of all do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

export function passes({ value, bar }: Figure): boolean | undefined {
  if (bar === undefined) return undefined;
  return 'atLeast' in bar ? value >= bar.atLeast : value < bar.below;
}

/** Lines of text, a heading for each part. */
export function table(figures: readonly Figure[]): string {
  const lines: string[] = [];
  let part: string | undefined;
  for (const figure of figures) {
    if (figure.part !== part) lines.push(...(part === undefined ? [] : ['']), (part = figure.part));
    const value = `${format(figure.value)} ${figure.unit}`;
    lines.push(`  ${figure.name.padEnd(46)} ${value.padStart(16)}   ${verdict(figure)}`.trimEnd());
  }
  return lines.join('\n');
}

function verdict(figure: Figure): string {
  const { bar, unit } = figure;
  if (bar === undefined) return '';
  const text = 'atLeast' in bar ? `at least ${format(bar.atLeast)} ${unit}` : `below ${format(bar.below)} ${unit}`;
  return `${passes(figure) ? 'met   ' : 'MISSED'}  bar: ${text}`;
}

function format(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) >= 100 ? 0 : 2 });
}
