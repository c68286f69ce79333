import { LineCounter, parseDocument, stringify } from 'yaml';
import { monitorFileSchema, type MonitorFile } from './schema/alert-config.js';
import { TaskFileInvalid } from './task-file.js';
import type { Fault } from './task-file-faults.js';

/**
 * Reads the file of `mysql-replicator monitor config apply`, YAML or JSON.
 * @throws TaskFileInvalid with all faults at once
 */
export function parseMonitorFile(text: string, name: string): MonitorFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const syntax = document.errors.map((error): Fault => {
    const { line, col } = lines.linePos(error.pos[0]);
    return { path: `line ${line}, column ${col}`, line, column: col, problem: error.message.split('\n')[0] ?? '' };
  });
  if (syntax.length > 0) throw invalid(name, 'is not valid YAML', syntax);
  const result = monitorFileSchema.safeParse(document.toJS() ?? {});
  if (result.success) return result.data;
  throw invalid(
    name,
    'is not a valid configuration of the Monitor',
    result.error.issues.map(({ path, message }): Fault => ({
      path: path.map(String).join('.') || 'the whole file',
      problem: message,
    })),
  );
}

/** What `parseMonitorFile` reads. */
export function formatMonitorFile(file: MonitorFile): string {
  return stringify(file, { lineWidth: 0 });
}

function invalid(name: string, what: string, faults: readonly Fault[]): TaskFileInvalid {
  return new TaskFileInvalid(
    `${name} ${what}; nothing was changed`,
    faults,
    'correct the file; docs/monitor.md describes every key',
  );
}
