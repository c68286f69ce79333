import { Failure } from '../coordination/failure.js';
import { CoordinationError, type CoordinationErrorKind } from '../coordination/session.js';
import { TaskFileInvalid } from '../coordination/task-file.js';
import type { Fault } from '../coordination/task-file-faults.js';

/** What scripts may rely on. The help text is made from this table. */
export const EXIT_CODES = {
  done: { code: 0, meaning: 'done' },
  failed: { code: 1, meaning: 'failed, or an unexpected error' },
  usage: { code: 2, meaning: 'wrong usage, or an invalid task file' },
  unreachable: { code: 3, meaning: 'ZooKeeper cannot be used (a Core waits for one that does not answer)' },
  conflict: { code: 4, meaning: 'no such task, or it conflicts with what is there' },
  check: { code: 5, meaning: 'the check found errors' },
} as const;

export type Exit = keyof typeof EXIT_CODES;

/** An error that a person can act on; everything else that is thrown is unexpected. */
export class CliError extends Error {
  readonly exit: Exit;
  readonly remedy: string | undefined;
  readonly faults: readonly Fault[];

  constructor(
    exit: Exit,
    message: string,
    detail: { remedy?: string | undefined; faults?: readonly Fault[]; cause?: unknown } = {},
  ) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = 'CliError';
    this.exit = exit;
    this.remedy = detail.remedy;
    this.faults = detail.faults ?? [];
  }
}

const COORDINATION: Readonly<Record<CoordinationErrorKind, { exit: Exit; remedy?: string }>> = {
  'session-over': { exit: 'unreachable', remedy: 'see that the ZooKeeper servers are well, then try again' },
  'connect-timeout': {
    exit: 'unreachable',
    remedy: 'name a server that runs: --zookeeper HOST:PORT,… or MYSQL_REPLICATOR_ZOOKEEPER',
  },
  'unresolvable-host': { exit: 'unreachable', remedy: 'correct --zookeeper HOST:PORT,…[/root]' },
  'auth-failed': { exit: 'unreachable' },
  'node-exists': { exit: 'conflict' },
  'no-node': { exit: 'conflict', remedy: '`mysql-replicator task list` shows the tasks there are' },
  'not-empty': { exit: 'conflict' },
  'version-conflict': { exit: 'conflict', remedy: 'somebody else changed it at the same time: look, then try again' },
  'too-large': { exit: 'usage' },
  'invalid-argument': { exit: 'usage' },
  'task-running': { exit: 'conflict' },
  unexpected: { exit: 'failed' },
};

/** Gives anything thrown its exit code, its sentence and its remedy. */
export function asCliError(thrown: unknown): CliError {
  if (thrown instanceof CliError) return thrown;
  if (thrown instanceof TaskFileInvalid) {
    return new CliError('usage', thrown.message, { remedy: thrown.remedy, faults: thrown.faults, cause: thrown });
  }
  if (thrown instanceof CoordinationError) {
    const { exit, remedy } = COORDINATION[thrown.kind];
    return new CliError(exit, thrown.message, { remedy, cause: thrown });
  }
  if (thrown instanceof Failure) {
    const exit = thrown.kind === 'configuration-invalid' ? 'usage' : 'failed';
    return new CliError(exit, thrown.message, { remedy: thrown.remedy, cause: thrown });
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new CliError('failed', message, { cause: thrown });
}
