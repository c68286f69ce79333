/** What is read of an OpenAPI document. */
export interface ApiDocument {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, ApiOperation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, ApiSchema>> };
}

export interface ApiOperation {
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly description?: string;
  readonly 'x-role'?: string;
  readonly parameters?: readonly ApiParameter[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: ApiSchema }>> };
  readonly responses?: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: ApiSchema }>> }>
  >;
}

export interface ApiParameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: ApiSchema;
}

export interface ApiSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, ApiSchema>>;
  readonly required?: readonly string[];
  readonly items?: ApiSchema;
  readonly anyOf?: readonly ApiSchema[];
  readonly additionalProperties?: ApiSchema | boolean;
}

/** One request that the API takes. */
export interface ListedOperation {
  readonly method: string;
  readonly path: string;
  readonly operation: ApiOperation;
}

/** The operations by their tag, tags and paths in a fixed order. */
export function operationsByTag(document: ApiDocument): [tag: string, operations: ListedOperation[]][] {
  const found = new Map<string, ListedOperation[]>();
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags?.[0] ?? 'other';
      found.set(tag, [...(found.get(tag) ?? []), { method: method.toUpperCase(), path, operation }]);
    }
  }
  const text = ({ path, method }: ListedOperation): string => `${path} ${method}`;
  return [...found]
    .sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .map(([tag, operations]) => [tag, operations.sort((a, b) => (text(a) < text(b) ? -1 : 1))]);
}

const ORDER = ['tasks', 'orders', 'versions', 'live', 'cluster', 'sources', 'alerts', 'access', 'audit', 'about'];
function rank(tag: string): number {
  const at = ORDER.indexOf(tag);
  return at < 0 ? ORDER.length : at;
}

const ANYTHING = 'anything';

/** A schema in a line: `{ name: text, group?: text }`; one that has a name is called by it. */
export function schemaLine(schema: ApiSchema | undefined, depth = 0): string {
  if (schema === undefined) return ANYTHING;
  if (schema.$ref !== undefined) return schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1).replace(/Input$/, '');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map((one) => schemaLine(one, depth)))].join(' | ');
  if (schema.properties !== undefined) {
    if (depth > 1) return '{ … }';
    const fields = Object.entries(schema.properties).map(([name, inner]) => {
      return `${name}${schema.required?.includes(name) === true ? '' : '?'}: ${schemaLine(inner, depth + 1)}`;
    });
    return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
  }
  if (schema.type === 'array') return `[${schemaLine(schema.items, depth)}]`;
  if (typeof schema.additionalProperties === 'object')
    return `{ …: ${schemaLine(schema.additionalProperties, depth)} }`;
  if (schema.type === 'string') return 'text';
  if (Array.isArray(schema.type)) return schema.type.join(' | ');
  return typeof schema.type === 'string' ? schema.type : ANYTHING;
}

/** What a body or an answer is, by its content type. */
export function contentLine(content: Readonly<Record<string, { readonly schema?: ApiSchema }>> | undefined): string {
  const [type, held] = Object.entries(content ?? {})[0] ?? [];
  if (type === undefined) return '–';
  if (type !== 'application/json') return type;
  const line = schemaLine(held?.schema);
  return line === ANYTHING ? (held?.schema?.description ?? line) : line;
}
