import { createServer } from 'node:net';
import { UsageError, type DemoOptions } from './options.js';

/** Looks at the ports that were asked for, so that one in use is one sentence and not a server's log. */
export async function requireFreePorts(ports: DemoOptions['ports']): Promise<void> {
  for (const [service, wanted] of Object.entries(ports)) {
    for (const port of wanted) {
      const fault = await bindFault(port);
      if (fault === undefined) continue;
      const why = fault === 'EADDRINUSE' ? 'is in use' : `cannot be used (${fault})`;
      throw new UsageError(`Port ${port} of 127.0.0.1 ${why}; choose another one with --${service}-port.`);
    }
  }
}

function bindFault(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
