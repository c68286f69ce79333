import { fileURLToPath } from 'node:url';
import { createLogger, type LogLevel } from '../../coordination/log.js';
import { readOwnSecret, type OwnSettings } from '../own-settings.js';
import { readServerFile } from '../server-file.js';
import { EXIT_CODES } from '../exit-codes.js';
import { parseListen } from '../listen-address.js';

export interface ServerArguments {
  readonly servers: string;
  /** `host:port`; port 0 takes a free one. */
  readonly listen: string;
  /** How browsers reach this Server, where a proxy stands before it. */
  readonly publicUrl: string | undefined;
  readonly trustProxy: string | undefined;
  /** The configuration file. */
  readonly config: string | undefined;
  readonly settings: OwnSettings;
  readonly sessionTimeoutMs: number;
  readonly logLevel: LogLevel;
  readonly version: string;
}

/** The console as `npm run build` leaves it. */
const CONSOLE = new URL('../../../web/dist', import.meta.url);

/** Runs a Server until a signal ends it. Resolves to the exit code. */
export async function server(options: ServerArguments): Promise<number> {
  const listen = parseListen(options.listen, '--listen');
  const log = createLogger({ level: options.logLevel, pretty: process.stdout.isTTY, name: 'server' });
  // Loaded here, so that the other commands start without them.
  const [{ startServer }, { ServerAccess }, { serverPorts }] = await Promise.all([
    import('../../server/server.js'),
    import('../../server/access/access.js'),
    import('../server-ports.js'),
  ]);
  const { auth, secrets } = options.settings;
  const file = readServerFile(options.config);
  const publicUrl = options.publicUrl ?? file.publicUrl;
  const clientSecret = file.oidc?.clientSecret;
  let address = publicUrl;
  const access = new ServerAccess({
    settings: { ...file, publicUrl },
    oidcSecret:
      clientSecret && readOwnSecret('oidc.clientSecret', clientSecret, secrets.environment).replace(/[\r\n]+$/, ''),
    ring: secrets.ring,
    log,
    onSetup: (code) => {
      // For whoever starts the Server, once; a log is kept and shipped.
      process.stderr.write(`\nThere is no user yet. Make the first administrator within 24 hours:\n\n`);
      process.stderr.write(`  ${address}/setup#code=${code}\n\n`);
    },
  });
  const running = await startServer({
    servers: options.servers,
    auth,
    ring: secrets.ring,
    listen,
    access,
    tls: file.tls,
    ports: serverPorts(secrets, log),
    log,
    version: options.version,
    console: fileURLToPath(CONSOLE),
    trustProxy: options.trustProxy ?? file.trustProxy,
    sessionTimeoutMs: options.sessionTimeoutMs,
  });
  address ??= running.address;
  log.info({ address: running.address }, `Server listens: ${address}`);
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
