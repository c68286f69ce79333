import { parseAllDocuments, stringify } from 'yaml';
import type { TaskSpec } from './schema/task-spec.js';

/** A task as the YAML text that `task register -f` takes; the same task gives the same text. */
export function taskYaml(spec: TaskSpec): string {
  return stringify(spec, { lineWidth: 0 });
}

/** Tasks as one text of several documents. */
export function tasksYaml(specs: readonly TaskSpec[]): string {
  return specs.map((spec) => `---\n${taskYaml(spec)}`).join('');
}

/** The texts of each document of a YAML stream; a document that holds nothing is left out. */
export function splitDocuments(text: string): string[] {
  const documents = parseAllDocuments(text, { prettyErrors: false });
  if (!Array.isArray(documents)) return [];
  return documents.flatMap(({ range }) => {
    const [start, , end] = range;
    const own = text.slice(start, end).replace(/^\s*---[^\S\n]*\n?/, '');
    return own.trim() === '' || own.trim() === '...' ? [] : [own];
  });
}
