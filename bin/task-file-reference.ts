import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { alternatives, taskFileSchema, type JsonSchema } from '../coordination/task-file-schema.js';

/** The reference of the task file as Markdown, made from the schema that also checks it. */
export function taskFileReference(): string {
  const rows = rowsOf(taskFileSchema, '');
  return [
    '# The task file',
    '',
    '<!-- Made from coordination/schema/task-spec.ts: `npm run build && node dist/bin/task-file-reference.js`. -->',
    '',
    taskFileSchema.description ?? '',
    '',
    'A task file is YAML or JSON. Register it with `mysql-replicator task register -f FILE`; `--check` looks at the source first',
    'and registers nothing. Unknown keys are refused. Texts that begin with `!` or `*` stand in quotes.',
    '',
    '| key | what it is | allowed | when left out |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

function rowsOf(schema: JsonSchema, at: string): string[] {
  return alternatives(schema).flatMap((place) =>
    Object.entries(place.properties ?? {}).flatMap(([key, inner]) => {
      const path = at === '' ? key : `${at}.${key}`;
      const cells = [`\`${path}\``, inner.description ?? '', allowed(inner), missing(inner, place, key)];
      return [`| ${cells.map(cell).join(' | ')} |`, ...rowsOf(inner, path)];
    }),
  );
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function missing(schema: JsonSchema, parent: JsonSchema, key: string): string {
  if (schema.default !== undefined) return `\`${JSON.stringify(schema.default)}\``;
  return parent.required?.includes(key) ? '**required**' : '–';
}

function allowed(schema: JsonSchema): string {
  const kinds = alternatives(schema).map(kind);
  return [...new Set(kinds)].join(', or ');
}

function kind(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  switch (schema.type) {
    case 'integer':
    case 'number':
      return `whole number${range(schema)}`;
    case 'boolean':
      return '`true`, `false`';
    case 'array':
      return `list${schema.minItems ? ` of at least ${schema.minItems}` : ''}: ${schema.items ? kind(schema.items) : ''}`;
    case 'object':
      return `section with ${Object.keys(schema.properties ?? {})
        .map((key) => `\`${key}\``)
        .join(', ')}`;
    default:
      return schema.pattern === undefined ? 'text' : `text like \`${schema.pattern}\``;
  }
}

function range({ minimum, maximum }: JsonSchema): string {
  const bounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  if (minimum !== undefined && bounded) return `, ${minimum} to ${maximum}`;
  return minimum === undefined ? '' : `, at least ${minimum}`;
}

const self = fileURLToPath(import.meta.url);
if (process.argv[1] === self) {
  writeFileSync(new URL('../../docs/task-file.md', import.meta.url), taskFileReference());
}
