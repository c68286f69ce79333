import { parseConnectString } from '../../coordination/connect-string.js';
import type { App } from '../http/app.js';
import type { ServerParts } from '../parts.js';
import { about, readiness, type About } from './schema/cluster.js';

/** Who this is, and whether it is well. */
export function aboutRoutes(app: App, parts: ServerParts): void {
  const { link, version, startedAt } = parts;

  app.get(
    '/livez',
    { config: { role: 'public' }, schema: { tags: ['about'], summary: 'Whether the process answers.' } },
    (_request, reply) => reply.type('text/plain').header('cache-control', 'no-store').send('ok\n'),
  );

  app.get(
    '/readyz',
    {
      config: { role: 'public' },
      schema: {
        tags: ['about'],
        summary: 'Whether requests should be sent here: ZooKeeper is there and the tree was read.',
        response: { 200: readiness, 503: readiness },
      },
    },
    async (_request, reply) => {
      const checks = checksOf(parts);
      const ready = checks.every(({ ok }) => ok);
      reply.code(ready ? 200 : 503).header('cache-control', 'no-store');
      return { ready, checks };
    },
  );

  app.get(
    '/api/v1/about',
    {
      config: { role: 'viewer' },
      schema: { tags: ['about'], summary: 'This Server: version, age, ZooKeeper, checks.', response: { 200: about } },
    },
    () => {
      const { root } = parseConnectString(link.servers);
      const now = Date.now();
      return {
        name: 'mysql-replicator' as const,
        version,
        node: process.version,
        startedAt,
        now,
        uptimeSeconds: Math.round((now - startedAt) / 1000),
        memoryBytes: process.memoryUsage.rss(),
        streams: parts.live.streams,
        zookeeper: { ...link.connection, servers: link.servers, root },
        checks: checksOf(parts),
      };
    },
  );
}

function checksOf({ link, view }: ServerParts): About['checks'] {
  const { state } = link.connection;
  const unreadable = view.unreadable();
  return [
    {
      name: 'zookeeper',
      ok: state === 'live',
      detail: state === 'live' ? 'connected' : `${state} since ${new Date(link.connection.since).toISOString()}`,
    },
    {
      name: 'tree',
      ok: view.settled,
      detail: view.settled ? `${view.size} tasks, ${view.cores.size} Cores` : 'being read',
    },
    {
      name: 'znodes',
      // A znode that somebody broke is no reason to send requests elsewhere.
      ok: true,
      detail:
        unreadable.length === 0 ? 'all can be read' : `${unreadable.length} cannot be read: ${unreadable[0]!.path}`,
    },
  ];
}
