import type { z } from 'zod';
import { isSecretName } from './log.js';
import { nearName } from './near-name.js';
import { keysAt, placesOf } from './task-file-schema.js';

/** One thing that is wrong in a task file. Holds no secret, not even one that was written in the wrong place. */
export interface Fault {
  readonly path: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  /** The value that was found, shortened; `[hidden]` where it may be a secret. */
  readonly value?: string | undefined;
  readonly problem: string;
  readonly allowed?: string | undefined;
}

/** A fault whose place in the text is still to be found. */
export type PlacedFault = Fault & { readonly keys: readonly PropertyKey[] };

type Issue = z.core.$ZodIssue;

const FROM = '`latest`, `earliest`, `{ file, position }` or `{ gtid }`';

/** Turns what the schema found into sentences: one fault for each value that is wrong and each key that is unknown. */
export function describeIssues(issues: readonly Issue[], content: unknown): PlacedFault[] {
  return issues.flatMap((issue) => describe(issue, content));
}

function describe(issue: Issue, content: unknown): PlacedFault[] {
  const keys = issue.path;
  const found = valueAt(content, keys);
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(keys, key));
  if (joined(keys) === 'source.from' && found === 'snapshot') return [snapshot(keys)];
  if (issue.code === 'invalid_key') {
    const problem = `the key ${shorten(keys.at(-1))} is not allowed here`;
    return [{ keys, path: joined(keys), problem, allowed: issue.issues.map(({ message }) => message).join('; ') }];
  }
  if (issue.code === 'invalid_union') {
    const branch = likeliest(issue.errors);
    if (branch !== undefined) {
      return describeIssues(
        branch.map((inner) => ({ ...inner, path: [...keys, ...inner.path] })),
        content,
      );
    }
  }
  const allowed = joined(keys) === 'source.from' ? FROM : allowedBy(issue);
  if (found === undefined) return [{ keys, path: joined(keys), problem: 'is missing', allowed }];
  const value = keys.some((key) => isSecretName(String(key))) ? '[hidden]' : shorten(found);
  return [{ keys, path: joined(keys), value, problem: `${value} is not allowed here`, allowed }];
}

function snapshot(keys: readonly PropertyKey[]): PlacedFault {
  return {
    keys,
    path: joined(keys),
    value: '"snapshot"',
    problem: 'initial snapshots are not available yet; they come with a later version',
    allowed: `${FROM}; begin with \`earliest\` (all that the binlog still has) or \`latest\` (from now on)`,
  };
}

function unknownKey(at: readonly PropertyKey[], key: string): PlacedFault {
  const known = keysAt(at);
  const near = nearName(key, known);
  const elsewhere = placesOf(key);
  const hint =
    near !== undefined
      ? `; did you mean ${near}?`
      : elsewhere.length > 0
        ? `; it belongs to ${elsewhere.join(' or ')}`
        : '';
  const keys = [...at, key];
  return { keys, path: joined(keys), problem: `unknown key${hint}`, allowed: known.join(', ') };
}

/** Of a union's branches the one that was meant: not of another type altogether, and with the fewest faults. */
function likeliest(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const ofThisType = branches.filter((branch) =>
    branch.every((issue) => issue.path.length > 0 || (issue.code !== 'invalid_type' && issue.code !== 'invalid_value')),
  );
  return [...ofThisType].sort((a, b) => weight(a) - weight(b))[0];
}

function weight(branch: readonly Issue[]): number {
  return branch.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? 2 * issue.keys.length : 1), 0);
}

function allowedBy(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return kindName(issue.expected);
    case 'invalid_value':
      return issue.values.map(String).join(', ');
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array'
        ? `at least ${issue.minimum} ${issue.origin === 'string' ? 'character' : 'entry'}`
        : `at least ${issue.minimum}`;
    case 'too_big':
      return `at most ${issue.maximum}`;
    case 'invalid_union':
      return 'true, false, or { ca, cert, key, verifyIdentity }';
    default:
      return issue.message;
  }
}

function kindName(expected: string): string {
  const names: Readonly<Record<string, string>> = {
    int: 'a whole number',
    number: 'a number',
    string: 'text',
    boolean: 'true or false',
    array: 'a list',
    object: 'a section with keys of its own',
  };
  return names[expected] ?? expected;
}

export function joined(keys: readonly PropertyKey[]): string {
  if (keys.length === 0) return 'the whole file';
  return keys.map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i === 0 ? '' : '.'}${String(key)}`)).join('');
}

function valueAt(content: unknown, keys: readonly PropertyKey[]): unknown {
  let value = content;
  for (const key of keys) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/** Lists and sections are named by their kind only: what is inside them may be a secret. */
function shorten(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'a section';
  const text = JSON.stringify(value) ?? 'this';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
