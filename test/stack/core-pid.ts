import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The process id of the Core that a `mysql-replicator core` process guards; undefined when there is none (any more). */
export function corePid({ pid, exitCode, signalCode }: ChildProcess): number | undefined {
  if (pid === undefined || exitCode !== null || signalCode !== null) return undefined;
  const node = `${process.execPath}\0`;
  return readOr(`/proc/${pid}/task/${pid}/children`)
    .trim()
    .split(' ')
    .filter((child) => readOr(`/proc/${child}/cmdline`).startsWith(node))
    .map(Number)[0];
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // it has just ended
  }
}
