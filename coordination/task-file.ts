import { isNode, LineCounter, parseDocument, type Document, type YAMLError } from 'yaml';
import { isSecretName } from './log.js';
import { taskSpecSchema, type TaskSpec } from './schema/task-spec.js';
import type { KeyRing } from './sealed-secret.js';
import { sealTyped } from './task-secrets.js';
import { describeIssues, type Fault } from './task-file-faults.js';

/** A task file that cannot be used, with all its faults at once. No fault holds a secret. */
export class TaskFileInvalid extends Error {
  readonly faults: readonly Fault[];
  readonly remedy: string;

  constructor(
    message: string,
    faults: readonly Fault[],
    remedy = 'correct the file; docs/task-file.md describes every key',
  ) {
    super(message);
    this.remedy = remedy;
    this.name = 'TaskFileInvalid';
    this.faults = faults;
  }
}

/**
 * Reads a task file, YAML or JSON (which YAML contains).
 * @param name what the text is called in the error: its file
 * @param ring seals the passwords that are written out; without one they are refused
 * @throws TaskFileInvalid
 */
export function parseTaskFile(text: string, name: string, ring?: KeyRing): TaskSpec {
  const lines = new LineCounter();
  // The parser's pretty messages quote the text, which may hold a secret.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const syntax = [...document.errors, ...document.warnings].map((error) => syntaxFault(error, text, lines));
  if (syntax.length > 0) throw invalid(name, 'is not valid YAML', syntax);
  const content = sealTyped(contentOf(document, name), ring);
  const result = taskSpecSchema.safeParse(content);
  if (result.success) return result.data;
  const faults = describeIssues(result.error.issues, content).map(({ keys, ...fault }): Fault => {
    return { ...fault, ...lineOf(document, keys, lines) };
  });
  throw invalid(name, 'is not a valid task', faults);
}

function invalid(name: string, what: string, faults: readonly Fault[]): TaskFileInvalid {
  const count = faults.length === 1 ? 'one fault' : `${faults.length} faults`;
  return new TaskFileInvalid(`${name} ${what} (${count}); nothing was registered`, faults);
}

function contentOf(document: Document, name: string): unknown {
  try {
    return document.toJS() as unknown;
  } catch {
    const problem = 'an alias (*name) without its anchor (&name), or too many of them';
    throw invalid(name, 'is not valid YAML', [{ path: 'the whole file', problem, allowed: QUOTES }]);
  }
}

const QUOTES = 'texts that begin with ! or * stand in quotes, e.g. "!shop.tmp_*"';

function syntaxFault(error: YAMLError, text: string, lines: LineCounter): Fault {
  const { line, col } = lines.linePos(error.pos[0]);
  const written = text.split(/\r?\n/)[line - 1] ?? '';
  const quotes = error.code === 'TAG_RESOLVE_FAILED' || error.code === 'BAD_ALIAS';
  return {
    path: `line ${line}, column ${col}`,
    line,
    column: col,
    problem:
      /[\w-]+/g.test(written) && hasSecretKey(written) ? 'the YAML cannot be read here' : firstLine(error.message),
    ...(quotes ? { allowed: QUOTES } : {}),
  };
}

function hasSecretKey(written: string): boolean {
  return (written.match(/[\w-]+(?=["']?\s*:)/g) ?? []).some(isSecretName);
}

function firstLine(message: string): string {
  return message.split('\n')[0] ?? message;
}

/** The line of a value, or of the nearest section around a missing one. */
function lineOf(
  document: Document,
  keys: readonly PropertyKey[],
  lines: LineCounter,
): { line?: number; column?: number } {
  for (let length = keys.length; length > 0; length--) {
    const node: unknown = document.getIn(keys.slice(0, length), true);
    if (isNode(node) && node.range) {
      const { line, col } = lines.linePos(node.range[0]);
      return { line, column: col };
    }
  }
  return {};
}
