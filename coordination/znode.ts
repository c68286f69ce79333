import type { z } from 'zod';
import { Failure } from './failure.js';
import { isSecretName } from './log.js';
import { CoordinationError, type CreatedZnode, type CreateMode, type Session, type ZnodeStat } from './session.js';

export interface Typed<T> {
  readonly value: T;
  readonly stat: ZnodeStat;
}

/** What a look at a znode can give. */
export type Reading<T> =
  | ({ readonly kind: 'present' } & Typed<T>)
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly error: ZnodeUnreadable };

/**
 * A znode's content is not what its schema says: edited by hand, or written by another version. Names the path and each
 * fault; a value is shortened, and left out where it may be a secret.
 */
export class ZnodeUnreadable extends Failure {
  readonly path: string;
  readonly faults: readonly string[];
  readonly stat: ZnodeStat;

  constructor(path: string, faults: readonly string[], stat: ZnodeStat) {
    super('znode-unreadable', `${path} cannot be read: ${faults.join('; ')}`, {
      place: path,
      remedy: 'Mend or delete the znode; it was edited by hand or written by another version.',
    });
    this.name = 'ZnodeUnreadable';
    this.path = path;
    this.faults = faults;
    this.stat = stat;
  }
}

/**
 * Reads a znode by its schema. `undefined` when there is none, or an empty one: made as a parent, its content not written yet.
 * @throws ZnodeUnreadable, CoordinationError
 */
export async function readTyped<S extends z.ZodType>(
  session: Session,
  path: string,
  schema: S,
): Promise<Typed<z.output<S>> | undefined> {
  const znode = await session.read(path);
  if (znode === undefined || znode.data === '') return undefined;
  return { value: parseZnode(path, schema, znode.data, znode.stat), stat: znode.stat };
}

/** As `readTyped`, with unreadable content as a value: for lists and for whoever only looks. */
export async function look<S extends z.ZodType>(
  session: Session,
  path: string,
  schema: S,
): Promise<Reading<z.output<S>>> {
  try {
    const typed = await readTyped(session, path, schema);
    return typed === undefined ? { kind: 'absent' } : { kind: 'present', ...typed };
  } catch (error) {
    if (error instanceof ZnodeUnreadable) return { kind: 'unreadable', error };
    throw error;
  }
}

/**
 * Replaces a znode's content; `version` is the one read before, or -1 for any.
 * @throws CoordinationError `version-conflict`, `no-node`
 */
export function writeTyped<S extends z.ZodType>(
  session: Session,
  path: string,
  schema: S,
  value: z.output<S>,
  version: number,
): Promise<ZnodeStat> {
  return session.set(path, serialise(schema, value), version);
}

/** Creates a znode with its content. @throws CoordinationError `node-exists` */
export function createTyped<S extends z.ZodType>(
  session: Session,
  path: string,
  schema: S,
  value: z.output<S>,
  mode: CreateMode,
): Promise<CreatedZnode> {
  return session.create(path, serialise(schema, value), mode);
}

/**
 * Creates a persistent znode with its content, or fills one that is empty (`readTyped` takes both for absent).
 * @throws CoordinationError `node-exists` when it has content; `version-conflict`, `no-node` when somebody was faster
 */
export async function createOrFill<S extends z.ZodType>(
  session: Session,
  path: string,
  schema: S,
  value: z.output<S>,
): Promise<ZnodeStat> {
  try {
    return (await createTyped(session, path, schema, value, 'persistent')).stat;
  } catch (error) {
    if (!(error instanceof CoordinationError) || error.kind !== 'node-exists') throw error;
    const znode = await session.read(path);
    if (znode?.data !== '') throw error;
    return writeTyped(session, path, schema, value, znode.stat.version);
  }
}

/**
 * Creates a persistent znode that nobody else may read even for a moment: empty at first, so that its content comes after its access list.
 * Who finds it empty (its maker died in between) fills it.
 * @throws CoordinationError `node-exists` when it has content; `version-conflict`, `no-node` when somebody was faster
 */
export async function createGuarded<S extends z.ZodType>(
  session: Session,
  path: string,
  schema: S,
  value: z.output<S>,
): Promise<ZnodeStat> {
  await session.create(path, '', 'persistent').catch((error: unknown) => {
    if (!(error instanceof CoordinationError) || error.kind !== 'node-exists') throw error;
  });
  return createOrFill(session, path, schema, value);
}

/** The same checks on the way out, so that nothing is written that the next reader refuses. */
function serialise<S extends z.ZodType>(schema: S, value: z.output<S>): string {
  return JSON.stringify(schema.parse(value));
}

function parseZnode<S extends z.ZodType>(path: string, schema: S, data: string, stat: ZnodeStat): z.output<S> {
  let content: unknown;
  try {
    content = JSON.parse(data);
  } catch {
    // The parser's message quotes the text, which may hold anything.
    throw new ZnodeUnreadable(path, [`not JSON (${data.length} characters)`], stat);
  }
  const result = schema.safeParse(content);
  if (result.success) return result.data;
  throw new ZnodeUnreadable(
    path,
    result.error.issues.map((issue) => describeFault(issue, content)),
    stat,
  );
}

function describeFault(issue: z.core.$ZodIssue, content: unknown): string {
  const at = issue.path.map(String);
  const secret = at.some(isSecretName);
  const where = at.length === 0 ? 'the whole' : at.join('.');
  const value = secret ? 'a secret' : shorten(valueAt(content, issue.path));
  return `${where}: ${issue.message}, found ${value}`;
}

function valueAt(content: unknown, path: readonly PropertyKey[]): unknown {
  let value = content;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/** Objects are named by their kind only: what is inside them may be a secret. */
function shorten(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
