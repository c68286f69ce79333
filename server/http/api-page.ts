import {
  contentLine,
  operationsByTag,
  schemaLine,
  type ApiDocument,
  type ApiParameter,
  type ListedOperation,
} from './api-description.js';

/** The API's description as one page that loads nothing: no script, no font, no other host. */
export function apiPage(document: ApiDocument): string {
  const { info } = document;
  const tags = operationsByTag(document);
  const schemas = Object.entries(document.components?.schemas ?? {}).filter(([name]) => !name.endsWith('Input'));
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(info.title)} API</title><style>${STYLE}</style></head><body>
<h1>${escape(info.title)} API <small>${escape(info.version)}</small></h1>
<p>${inline(info.description ?? '')} As a document: <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>.</p>
<nav>${tags.map(([tag]) => `<a href="#${escape(tag)}">${escape(tag)}</a>`).join(' ')} <a href="#schemas">schemas</a></nav>
${tags.map(([tag, operations]) => `<h2 id="${escape(tag)}">${escape(tag)}</h2>${operations.map(operationHtml).join('')}`).join('\n')}
<h2 id="schemas">schemas</h2>
${schemas.map(([name, schema]) => `<details id="schema-${escape(name)}"><summary><code>${escape(name)}</code></summary><table>${fields(schema.properties ?? {}, schema.required ?? [])}</table></details>`).join('\n')}
</body></html>
`;
}

function operationHtml({ method, path, operation }: ListedOperation): string {
  const { summary = '', description, parameters = [], requestBody, responses = {} } = operation;
  const rows = [
    ...parameters.map(parameterRow),
    ...(requestBody === undefined ? [] : [row('body', contentLine(requestBody.content), '')]),
    ...Object.entries(responses).map(([status, { content }]) => row(status, contentLine(content), '')),
  ];
  return `<details><summary><b class="${method.toLowerCase()}">${method}</b> <code>${escape(path)}</code> ${inline(summary)}
<i>${escape(operation['x-role'] ?? '')}</i></summary>${description === undefined ? '' : `<p>${inline(description)}</p>`}<table>${rows.join('')}</table></details>`;
}

function parameterRow(parameter: ApiParameter): string {
  const { name, in: place, required, schema, description } = parameter;
  const text = [schemaLine(schema), required === true ? 'required' : ''].filter(Boolean).join(', ');
  return row(`${name} (${place})`, text, description ?? schema?.description ?? '');
}

function fields(
  properties: Readonly<Record<string, { readonly description?: string }>>,
  required: readonly string[],
): string {
  return Object.entries(properties)
    .map(([name, schema]) =>
      row(`${name}${required.includes(name) ? '' : '?'}`, schemaLine(schema), schema.description ?? ''),
    )
    .join('');
}

function row(name: string, what: string, text: string): string {
  return `<tr><th>${escape(name)}</th><td><code>${escape(what)}</code></td><td>${inline(text)}</td></tr>`;
}

/** What stands between back quotes is code. */
function inline(text: string): string {
  return escape(text).replace(/`([^`]*)`/g, '<code>$1</code>');
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

const STYLE = `:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}body{max-width:70rem;margin:2rem auto;padding:0 1rem}
small,i{opacity:.65;font-weight:400;font-size:.85em}nav a{margin-right:.6rem}summary{cursor:pointer;padding:.3rem 0}code{overflow-wrap:break-word}
table{border-collapse:collapse;display:block;overflow-x:auto;margin:.3rem 0 .8rem 1.2rem}th,td{border-top:1px solid #8884;padding:.25rem .6rem;text-align:left;vertical-align:top;font-weight:400}
b{display:inline-block;min-width:4.2rem;font-family:monospace}.get{color:#1a7f5a}.post{color:#3b6fd4}.put{color:#b07900}.delete{color:#c2353f}
@media (prefers-color-scheme:dark){.get{color:#5cc99b}.post{color:#8cb0ff}.put{color:#e3b341}.delete{color:#ff8e8e}}`;
