import { hostname } from 'node:os';
import { createLogger, type Logger, type LogLevel } from '../../coordination/log.js';
import { EXIT_CODES } from '../exit-codes.js';
import type { OwnSettings } from '../own-settings.js';
import { parseListen } from '../listen-address.js';
import { stopSignal } from '../until-signal.js';

export interface MonitorArguments {
  readonly servers: string;
  readonly name: string | undefined;
  readonly sessionTimeoutMs: number;
  readonly probeSources: boolean;
  readonly settings: OwnSettings;
  readonly logLevel: LogLevel;
  readonly version: string;
  /** `host:port` of /metrics, /livez and /readyz; none where it is absent. */
  readonly metrics: string | undefined;
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
  const { probeSource, resolveSecret } = monitorPorts(options.settings.secrets);
  const measured = options.metrics === undefined ? undefined : await measure(options.metrics, log);
  const { signal, off } = stopSignal(log);
  try {
    await runMonitor(
      {
        servers: options.servers,
        auth: options.settings.auth,
        name,
        host,
        version: options.version,
        sessionTimeoutMs: options.sessionTimeoutMs,
        log,
        resolveSecret,
        ...(options.probeSources && { probeSource }),
        ...(measured && {
          onPass: (news) => measured.metrics.pass(news),
          onDelivery: (channel, delivery) => measured.metrics.delivery(channel, delivery),
        }),
      },
      signal,
    );
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
  } finally {
    off();
    await measured?.served.close();
  }
  return EXIT_CODES.done.code;
}

async function measure(address: string, log: Logger) {
  const [{ MonitorMetrics }, { Metrics }, { serveHealth }] = await Promise.all([
    import('../../monitor/monitor-metrics.js'),
    import('../../coordination/metrics.js'),
    import('../../coordination/health-server.js'),
  ]);
  const registry = new Metrics();
  const metrics = new MonitorMetrics(registry);
  const check = { live: () => metrics.notLive, ready: () => metrics.notReady };
  const served = await serveHealth({ listen: parseListen(address, '--metrics'), metrics: registry, ...check, log });
  return { metrics, served };
}
