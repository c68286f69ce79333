import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { formatDuration } from '../coordination/duration.js';
import { RULES } from '../monitor/rules/all-rules.js';

const BEGIN = '<!-- rules: made by `node dist/bin/monitor-reference.js` -->';
const END = '<!-- end of rules -->';

/** The table of rules as Markdown, made of the rules themselves. */
export function rulesTable(): string {
  const rows = RULES.map(({ id, severity, limit, forMs, resolveMs, text, explains }) => {
    const most = limit === undefined ? '' : `${limit.value} ${limit.unit}`;
    const explained =
      explains?.includes('*') === true ? 'all others' : (explains ?? []).map((rule) => `\`${rule}\``).join(', ');
    const cells = [`\`${id}\``, text.en, severity, most, formatDuration(forMs), formatDuration(resolveMs), explained];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return [
    '| rule | says | severity | limit | for | over after | explains |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

/** Puts the table into a text that has a place for it. */
export function withRules(text: string): string {
  const from = text.indexOf(BEGIN);
  const to = text.indexOf(END);
  if (from < 0 || to < from) throw new Error(`docs/monitor.md has no place for the rules: ${BEGIN} … ${END}`);
  return `${text.slice(0, from)}${BEGIN}\n${rulesTable()}\n${text.slice(to)}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = fileURLToPath(new URL('../../docs/monitor.md', import.meta.url));
  writeFileSync(path, withRules(readFileSync(path, 'utf8')));
}
