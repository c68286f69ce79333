import { hostname } from 'node:os';
import { taskName } from '../../coordination/schema/task-spec.js';
import { createLogger, type Logger, type LogLevel } from '../../coordination/log.js';
import { CliError, EXIT_CODES } from '../exit-codes.js';
import { guard, isGuarded, onGuardGone, tellGuard } from '../guard.js';

export interface CoreArguments {
  readonly servers: string;
  readonly tasks: readonly string[];
  readonly name: string | undefined;
  readonly sessionTimeoutMs: number;
  readonly logLevel: LogLevel;
  readonly version: string;
}

/**
 * Runs a Core until a signal ends it: the first one lets it finish in order, the second ends the process at once. The Core is a
 * process of its own below this one, which guards it. Resolves to the exit code.
 */
export async function core(options: CoreArguments): Promise<number> {
  for (const task of options.tasks) requireTaskName(task);
  const name = options.name ?? `${hostname()}-${process.pid}`;
  const log = createLogger({ level: options.logLevel, pretty: process.stdout.isTTY, name });
  if (!isGuarded()) return guard(process.argv[1]!, process.argv.slice(2), log);
  await run(options, name, log);
  return EXIT_CODES.done.code;
}

async function run(options: CoreArguments, name: string, log: Logger): Promise<void> {
  const stop = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stop.signal.aborted) process.exit(130);
    log.info({ signal }, 'stopping in order; a second signal ends at once');
    stop.abort(new Error(`ended by ${signal}`));
  };
  onGuardGone(() => {
    log.warn('the guard process is gone: stopping in order');
    stop.abort(new Error('the guard process is gone'));
  });
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  try {
    // Loaded here, so that the other commands start without MySQL and Kafka clients.
    const { runCore } = await import('../../core/core.js');
    await runCore(
      {
        servers: options.servers,
        name,
        host: hostname(),
        tasks: [...new Set(options.tasks)],
        version: options.version,
        sessionTimeoutMs: options.sessionTimeoutMs,
        log,
        environment: process.env,
        onSession: tellGuard,
      },
      stop.signal,
    );
  } catch (error) {
    if (error !== stop.signal.reason || !stop.signal.aborted) throw error;
  } finally {
    process.off('SIGTERM', onSignal).off('SIGINT', onSignal);
  }
}

/** @throws CliError 'usage' */
export function requireTaskName(name: string): void {
  const result = taskName.safeParse(name);
  if (result.success) return;
  const allowed = result.error.issues[0]?.message;
  throw new CliError('usage', `${JSON.stringify(name.slice(0, 120))} cannot be a task's name`, {
    remedy: `a task's name has ${allowed}`,
  });
}
