import { createLogger, type LogLevel } from '../../coordination/log.js';
import { EXIT_CODES } from '../exit-codes.js';
import { parseListen } from '../listen-address.js';

export interface ServerArguments {
  readonly servers: string;
  /** `host:port`; port 0 takes a free one. */
  readonly listen: string;
  /** How browsers reach this Server, where a proxy stands before it. */
  readonly publicUrl: string | undefined;
  readonly trustProxy: string | undefined;
  readonly sessionTimeoutMs: number;
  readonly logLevel: LogLevel;
  readonly version: string;
}

/** Runs a Server until a signal ends it. Resolves to the exit code. */
export async function server(options: ServerArguments): Promise<number> {
  const listen = parseListen(options.listen, '--listen');
  const log = createLogger({ level: options.logLevel, pretty: process.stdout.isTTY, name: 'server' });
  // Loaded here, so that the other commands start without them.
  const [{ startServer }, { nobody }, { serverPorts }] = await Promise.all([
    import('../../server/server.js'),
    import('../../server/access/nobody.js'),
    import('../server-ports.js'),
  ]);
  const running = await startServer({
    servers: options.servers,
    listen,
    access: nobody(),
    ports: serverPorts(process.env),
    log,
    version: options.version,
    trustProxy: options.trustProxy,
    sessionTimeoutMs: options.sessionTimeoutMs,
  });
  log.info({ address: running.address }, `Server listens: ${options.publicUrl ?? running.address}`);
  try {
    await Promise.race([untilSignal(log), running.ended]);
  } finally {
    await running.close();
    log.info('Server has stopped');
  }
  return EXIT_CODES.done.code;
}

async function untilSignal(log: { info(fields: object, message: string): void }): Promise<void> {
  await new Promise<void>((resolve) => {
    let stopping = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (stopping) process.exit(130);
      stopping = true;
      log.info({ signal }, 'stopping; a second signal ends at once');
      resolve();
    };
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  });
}
