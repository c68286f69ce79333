import { hostname } from 'node:os';
import { groupName, taskName } from '../../coordination/schema/task-spec.js';
import { createLogger, type Logger, type LogLevel } from '../../coordination/log.js';
import { CliError, EXIT_CODES } from '../exit-codes.js';
import type { OwnSettings } from '../own-settings.js';
import { parseListen } from '../listen-address.js';
import { guard, isGuarded, onGuardGone, tellGuard } from '../guard.js';

export interface CoreArguments {
  readonly servers: string;
  readonly tasks: readonly string[];
  readonly groups: readonly string[];
  readonly capacity: number;
  readonly name: string | undefined;
  readonly sessionTimeoutMs: number;
  readonly settings: OwnSettings;
  readonly logLevel: LogLevel;
  readonly version: string;
  /** `host:port` of /metrics, /livez and /readyz; none where it is absent. */
  readonly metrics: string | undefined;
}

/**
 * Runs a Core until a signal ends it: the first one lets it finish in order, the second ends the process at once. The Core is a
 * process of its own below this one, which guards it. Resolves to the exit code.
 */
export async function core(options: CoreArguments): Promise<number> {
  for (const task of options.tasks) requireTaskName(task);
  for (const group of options.groups) requireGroupName(group);
  if (options.tasks.length === 0 && options.groups.length === 0) {
    throw new CliError('usage', 'the Core has nothing to serve', {
      remedy: 'name tasks with --task, or a group of tasks with --group, or both',
    });
  }
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
  let served: { close: () => Promise<void> } | undefined;
  try {
    // Loaded here, so that the other commands start without MySQL and Kafka clients.
    const { runCore } = await import('../../core/core.js');
    const measured = await measure(options.metrics, log);
    served = measured?.served;
    await runCore(
      {
        servers: options.servers,
        name,
        host: hostname(),
        tasks: [...new Set(options.tasks)],
        groups: [...new Set(options.groups)],
        capacity: options.capacity,
        version: options.version,
        sessionTimeoutMs: options.sessionTimeoutMs,
        log,
        ...options.settings,
        onSession: tellGuard,
        ...(measured && { metrics: measured.metrics }),
      },
      stop.signal,
    );
  } catch (error) {
    if (error !== stop.signal.reason || !stop.signal.aborted) throw error;
  } finally {
    process.off('SIGTERM', onSignal).off('SIGINT', onSignal);
    await served?.close();
  }
}

/** Serves what the Core says of itself, where that is wanted. @throws CliError 'usage' */
async function measure(address: string | undefined, log: Logger) {
  if (address === undefined) return undefined;
  const [{ CoreMetrics }, { Metrics }, { serveHealth }] = await Promise.all([
    import('../../core/core-metrics.js'),
    import('../../coordination/metrics.js'),
    import('../../coordination/health-server.js'),
  ]);
  const registry = new Metrics();
  const metrics = new CoreMetrics(registry);
  const check = { live: () => metrics.notLive, ready: () => metrics.notReady };
  const served = await serveHealth({ listen: parseListen(address, '--metrics'), metrics: registry, ...check, log });
  return { metrics, served };
}

/** @throws CliError 'usage' */
export function requireTaskName(name: string): void {
  requireName(taskName, name, 'task');
}

function requireGroupName(name: string): void {
  requireName(groupName, name, 'group');
}

function requireName(schema: typeof taskName, name: string, what: string): void {
  const result = schema.safeParse(name);
  if (result.success) return;
  const allowed = result.error.issues[0]?.message;
  throw new CliError('usage', `${JSON.stringify(name.slice(0, 120))} cannot be a ${what}'s name`, {
    remedy: `a ${what}'s name has ${allowed}`,
  });
}
