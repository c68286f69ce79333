import { hostname } from 'node:os';
import { createLogger, type LogLevel } from '../../coordination/log.js';
import { EXIT_CODES } from '../exit-codes.js';
import { stopSignal } from '../until-signal.js';

export interface MonitorArguments {
  readonly servers: string;
  readonly name: string | undefined;
  readonly sessionTimeoutMs: number;
  readonly probeSources: boolean;
  readonly logLevel: LogLevel;
  readonly version: string;
}

/** Runs a Monitor until a signal ends it. Resolves to the exit code. */
export async function monitor(options: MonitorArguments): Promise<number> {
  const host = hostname();
  const name = options.name ?? `${host}-${process.pid}`;
  const log = createLogger({ level: options.logLevel, pretty: process.stdout.isTTY, name });
  // Loaded here, so that the other commands start without them.
  const [{ runMonitor }, { monitorPorts }] = await Promise.all([
    import('../../monitor/monitor.js'),
    import('../monitor-ports.js'),
  ]);
  const { probeSource, resolveSecret } = monitorPorts(process.env);
  const { signal, off } = stopSignal(log);
  try {
    await runMonitor(
      {
        servers: options.servers,
        name,
        host,
        version: options.version,
        sessionTimeoutMs: options.sessionTimeoutMs,
        log,
        resolveSecret,
        ...(options.probeSources && { probeSource }),
      },
      signal,
    );
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
  } finally {
    off();
  }
  return EXIT_CODES.done.code;
}
