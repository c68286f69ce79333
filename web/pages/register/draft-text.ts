import { isMap, LineCounter, parseDocument, type Document } from 'yaml';

/** A task as it is being written: anything may be missing or wrong still. */
export type Draft = Readonly<Record<string, unknown>>;
export type Path = readonly (string | number)[];

export interface TextFault {
  readonly message: string;
  readonly line: number;
}

/** The draft that a text holds, or what keeps it from being read. The text is the truth; form and YAML are two views of it. */
export function readDraft(
  text: string,
): { readonly draft: Draft; readonly fault?: undefined } | { readonly draft?: undefined; readonly fault: TextFault } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const error = document.errors[0] ?? document.warnings[0];
  if (error !== undefined) {
    return {
      fault: { message: error.message.split('\n')[0] ?? error.message, line: lines.linePos(error.pos[0]).line },
    };
  }
  try {
    const value: unknown = document.toJS();
    return { draft: isPlain(value) ? value : {} };
  } catch (thrown) {
    return { fault: { message: thrown instanceof Error ? thrown.message : String(thrown), line: 1 } };
  }
}

/** The text with one value set, or taken out; comments and the order of everything else stay. */
export function withValue(text: string, path: Path, value: unknown): string {
  const document = parseDocument(text);
  if (!isMap(document.contents)) document.contents = document.createNode({}) as unknown as typeof document.contents;
  if (value === undefined || value === '') remove(document, path);
  else {
    for (let length = 1; length < path.length; length++) {
      const part = path.slice(0, length);
      if (!isMap(document.getIn(part, true)) && !Array.isArray(document.getIn(part)))
        document.setIn(part, document.createNode({}));
    }
    document.setIn(path, document.createNode(value));
  }
  return String(document);
}

/** Takes a value out, and the sections that it leaves empty. */
function remove(document: Document, path: Path): void {
  if (!document.hasIn(path)) return;
  document.deleteIn(path);
  const above = path.slice(0, -1);
  if (above.length === 0) return;
  const section = document.getIn(above, true);
  if (isMap(section) && section.items.length === 0) remove(document, above);
}

/** The value at a path; `undefined` where anything on the way is missing. */
export function valueAt(draft: unknown, path: Path): unknown {
  let value = draft;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}

export function textAt(draft: unknown, path: Path): string {
  const value = valueAt(draft, path);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

export function listAt(draft: unknown, path: Path): string[] {
  const value = valueAt(draft, path);
  return Array.isArray(value) ? value.map(String) : [];
}

function isPlain(value: unknown): value is Draft {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a new task begins with. */
export const FIRST_TEXT = `name: ""
instances: 2
group: ""
source:
  mysql:
    host: ""
    port: 3306
    user: ""
    password: env:SOURCE_PASSWORD
  tables: []
  from: latest
sink:
  kafka:
    brokers: []
    topic: "{task}.{database}.{table}"
    delivery: exactly-once
`;
