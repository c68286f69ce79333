import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from './log.js';
import type { Metrics } from './metrics.js';

/** Why something is not as it should be; undefined when it is. */
export type Check = () => string | undefined;

export interface HealthServerOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly metrics: Metrics;
  /** Whether the work goes on; when not for long, the process is to be started again. */
  readonly live: Check;
  /** Whether it does now what it is there for. */
  readonly ready: Check;
  readonly log: Logger;
}

/**
 * Serves `/metrics`, `/livez` and `/readyz` of a process. The last two mean progress, not that the process exists. Resolves when it listens, to
 * its port and what ends it.
 * @throws when the address cannot be listened on
 */
export async function serveHealth(options: HealthServerOptions): Promise<{ port: number; close: () => Promise<void> }> {
  const { listen, metrics, log } = options;
  const server = createServer((request, response) => {
    const answer = (status: number, text: string, type = 'text/plain; charset=utf-8'): void => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(text);
    };
    const check = (why: string | undefined): void => answer(why === undefined ? 200 : 503, `${why ?? 'ok'}\n`);
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, 'GET only\n');
    switch (request.url?.split('?')[0]) {
      case '/livez':
        return check(options.live());
      case '/readyz':
        return check(options.ready());
      case '/metrics':
        metrics.text().then(
          (text) => answer(200, text, metrics.contentType),
          (error: unknown) => answer(500, `${error instanceof Error ? error.message : String(error)}\n`),
        );
        return;
      default:
        return answer(404, 'here are /metrics, /livez and /readyz\n');
    }
  });
  server.requestTimeout = 5_000;
  server.headersTimeout = 5_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  log.info({ address: `http://${listen.host}:${port}/metrics` }, 'metrics are served');
  return {
    port,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
