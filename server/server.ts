import type { Server as HttpsServer } from 'node:https';
import type { Logger } from '../coordination/log.js';
import type { KeyRing } from '../coordination/sealed-secret.js';
import type { ZookeeperAuth } from '../coordination/zookeeper-auth.js';
import type { Access } from './access/port.js';
import { followTls, readTls, type TlsContents, type TlsFiles } from './access/tls.js';
import { aboutRoutes } from './api/about.js';
import { alertRoutes } from './api/alert-routes.js';
import { clusterRoutes } from './api/cluster-routes.js';
import { liveRoutes } from './api/live.js';
import { taskChangesRoutes } from './api/task-changes-routes.js';
import { taskControlRoutes } from './api/task-control-routes.js';
import { taskImportRoutes } from './api/task-import-routes.js';
import { taskListRoutes } from './api/task-list-routes.js';
import { taskPositionRoutes } from './api/task-position-routes.js';
import { taskRegistryRoutes } from './api/task-registry-routes.js';
import { taskVersionRoutes } from './api/task-version-routes.js';
import { createApp, type App } from './http/app.js';
import { apiDescriptionRoutes, describeApi } from './http/openapi.js';
import { consoleFiles } from './http/console-files.js';
import { LiveHub } from './live/hub.js';
import type { ServerParts } from './parts.js';
import type { Ports } from './ports.js';
import { TreeView } from './view/tree-view.js';
import { ZookeeperLink } from './zookeeper-link.js';

export interface ServerOptions {
  /** `host:port,…[/root]` of ZooKeeper. */
  readonly servers: string;
  readonly auth?: ZookeeperAuth | undefined;
  /** Seals the secrets that are written out in a task. */
  readonly ring?: KeyRing | undefined;
  readonly listen: { readonly host: string; readonly port: number };
  readonly access: Access;
  readonly ports: Ports;
  readonly log: Logger;
  readonly version: string;
  /** Folder of the built console; absent: only the API. */
  readonly console?: string | undefined;
  readonly trustProxy?: string | undefined;
  readonly tls?: TlsFiles | undefined;
  readonly sessionTimeoutMs?: number | undefined;
  /** After so long without an answer of ZooKeeper, nothing is called the present any more; ms. */
  readonly lostMs?: number | undefined;
}

/** A Server that answers. */
export interface RunningServer {
  /** `http://host:port` */
  readonly address: string;
  readonly app: App;
  readonly parts: ServerParts;
  /** Rejects when ZooKeeper refuses the Server for good. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts a Server: it listens at once, also while ZooKeeper is away, and says so then. Any number may run side by side; none keeps anything that
 * another would miss.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { servers, auth, log, version, ports, access, tls: files } = options;
  const link = new ZookeeperLink({
    servers,
    auth,
    log,
    ...(options.sessionTimeoutMs !== undefined && { timeoutMs: options.sessionTimeoutMs }),
    ...(options.lostMs !== undefined && { lostMs: options.lostMs }),
  });
  const view = new TreeView(log);
  const live = new LiveHub(view, link);
  const parts: ServerParts = { link, view, live, ports, ring: options.ring, log, version, startedAt: Date.now() };
  const stop = new AbortController();
  const tls = files && (await readTls(files));
  const app = await buildApp({ ...options, tls }, parts);
  const address = await app.listen(options.listen);
  if (files !== undefined) void followTls(app.server as unknown as HttpsServer, files, log, stop.signal);
  const ended = link.run((session) => {
    const ends = [access.begin(session), view.attach(session)];
    return () => ends.forEach((end) => end());
  }, stop.signal);
  ended.catch(() => undefined);
  return {
    address,
    app,
    parts,
    ended,
    async close() {
      live.close();
      await app.close();
      stop.abort();
      view.close();
      await ended.catch(() => undefined);
    },
  };
}

/** The routes on an app that does not listen; also for the description of the API. */
export async function buildApp(
  options: Pick<ServerOptions, 'access' | 'log' | 'version' | 'console' | 'trustProxy'> & {
    readonly tls?: TlsContents | undefined;
  },
  parts: ServerParts,
): Promise<App> {
  const { access, log, version, trustProxy, tls } = options;
  const app = createApp({ access, log, trustProxy, tls });
  await describeApi(app, version);
  await access.routes(app, { session: () => parts.link.session() });
  aboutRoutes(app, parts);
  liveRoutes(app, parts, access);
  taskListRoutes(app, parts);
  taskRegistryRoutes(app, parts);
  taskVersionRoutes(app, parts);
  taskImportRoutes(app, parts);
  taskControlRoutes(app, parts);
  taskPositionRoutes(app, parts);
  taskChangesRoutes(app, parts);
  clusterRoutes(app, parts);
  alertRoutes(app, parts);
  apiDescriptionRoutes(app);
  await consoleFiles(app, options.console);
  return app;
}
