import { asCliError, EXIT_CODES } from './exit-codes.js';

const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
export type Style = keyof typeof STYLES;

/** Where a command says things: people get tables and colour on a terminal, scripts get JSON or plain columns. */
export interface Screen {
  readonly json: boolean;
  /** Writes one line for a person; nothing with `--json`. */
  say(line: string): void;
  /** Writes the machine-readable result; nothing without `--json`. */
  emit(value: unknown): void;
  /** Rows in aligned columns; on a terminal with a heading. */
  table(heading: readonly string[], rows: readonly (readonly string[])[]): void;
  paint(style: Style, text: string): string;
}

export function newScreen(options: { json: boolean; colour: boolean; heading: boolean }): Screen {
  const say = (line: string): void => {
    if (!options.json) process.stdout.write(`${line}\n`);
  };
  const paint = (style: Style, text: string): string =>
    options.colour ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text;
  return {
    json: options.json,
    say,
    paint,
    emit(value) {
      if (options.json) process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
    },
    table(heading, rows) {
      const lines = alignColumns(options.heading ? [heading, ...rows] : rows);
      lines.forEach((line, i) => say(options.heading && i === 0 ? paint('dim', line) : line));
    },
  };
}

/** Pads cells to the widest of their column; colour codes have no width. */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, width(cell))));
  return rows.map((row) =>
    row
      .map((cell, i) => cell + ' '.repeat((widths[i] ?? 0) - width(cell)))
      .join('  ')
      .trimEnd(),
  );
}

function width(cell: string): number {
  return [...cell.replace(/\u001b\[\d+m/g, '')].length;
}

/** Says on standard error what went wrong and what can be done. Resolves to the exit code. */
export function tellError(thrown: unknown, how: { json: boolean; stack: boolean }): number {
  const error = asCliError(thrown);
  const { code } = EXIT_CODES[error.exit];
  if (how.json) {
    const { exit, message, remedy, faults } = error;
    process.stderr.write(`${JSON.stringify({ error: { exit, code, message, remedy, faults } })}\n`);
    return code;
  }
  const lines = [`mysql-replicator: ${error.message}`];
  for (const fault of error.faults) {
    const where = fault.line === undefined ? '' : ` (line ${fault.line})`;
    lines.push(`  ${fault.path}${where}: ${fault.problem}`);
    if (fault.allowed !== undefined) lines.push(`      allowed: ${fault.allowed}`);
  }
  if (error.remedy !== undefined) lines.push(`  what to do: ${error.remedy}`);
  if (how.stack) lines.push(String((error.cause instanceof Error ? error.cause : error).stack));
  process.stderr.write(`${lines.join('\n')}\n`);
  return code;
}
