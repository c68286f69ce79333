import {
  contentLine,
  operationsByTag,
  schemaLine,
  type ApiDocument,
  type ApiSchema,
  type ListedOperation,
} from './api-description.js';

/** The API's description as Markdown: docs/api.md. */
export function apiMarkdown(document: ApiDocument): string {
  const schemas = Object.entries(document.components?.schemas ?? {})
    .filter(([name]) => !name.endsWith('Input'))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    '# HTTP API',
    '',
    '<!-- Made from the routes and schemas of server/: `npx tsc -p tsconfig.json && node dist/bin/api-reference.js`. -->',
    '',
    document.info.description ?? '',
    'A Server describes itself at `/api/v1/openapi.json` (OpenAPI 3.1) and, to read, at `/api/docs`.',
    '',
    'Sign in by session cookie or `Authorization: Bearer <token>`. Roles: viewer < operator < admin; `public` asks for none. A `version` is the `etag`',
    'of what was read; `If-Match: "<version>"` goes with what replaces it, and 412 answers with what is there now (`current`).',
    '',
    ...operationsByTag(document).flatMap(([tag, operations]) => [
      `## ${tag}`,
      '',
      '| request | role | what | takes | answers |',
      '| --- | --- | --- | --- | --- |',
      ...operations.map(operationRow),
      '',
    ]),
    '## Schemas',
    '',
    ...schemas.flatMap(([name, schema]) => [`### ${name}`, '', ...fieldRows(schema), '']),
  ].join('\n');
}

function operationRow({ method, path, operation }: ListedOperation): string {
  const { summary = '', description, parameters = [], requestBody, responses = {} } = operation;
  const takes = [
    ...parameters
      .filter(({ in: place }) => place !== 'path')
      .map(({ name, in: place, required }) => `${place} \`${name}\`${required === true ? ' (required)' : ''}`),
    ...(requestBody === undefined ? [] : [`\`${contentLine(requestBody.content)}\``]),
  ];
  const answers = Object.entries(responses).map(([status, { content }]) => {
    const line = contentLine(content);
    return line === '–' ? status : `${status} \`${line}\``;
  });
  const what = [summary, description].filter(Boolean).join(' ');
  const cells = [`\`${method} ${path}\``, operation['x-role'] ?? '', what, takes.join('<br>'), answers.join('<br>')];
  return `| ${cells.map(cell).join(' | ')} |`;
}

function fieldRows(schema: ApiSchema): string[] {
  const entries = Object.entries(schema.properties ?? {});
  if (entries.length === 0) return [`\`${schemaLine(schema)}\``];
  return [
    '| field | is | |',
    '| --- | --- | --- |',
    ...entries.map(([name, inner]) => {
      const optional = schema.required?.includes(name) === true ? '' : '?';
      return `| \`${name}${optional}\` | \`${cell(schemaLine(inner))}\` | ${cell(inner.description ?? '')} |`;
    }),
  ];
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
