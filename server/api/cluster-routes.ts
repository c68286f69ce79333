import { parseConnectString } from '../../coordination/connect-string.js';
import { cancelDrain, orderDrain } from '../../coordination/drains.js';
import { askBrokers } from '../cluster/broker-clusters.js';
import { recent } from '../cluster/recent.js';
import { askMembers } from '../cluster/zookeeper-members.js';
import type { App } from '../http/app.js';
import { HttpProblem } from '../http/problem.js';
import type { ServerParts } from '../parts.js';
import {
  brokersAnswer,
  coreList,
  coreParams,
  drainAnswer,
  drainBody,
  groupList,
  sourceTablesAnswer,
  sourceTablesBody,
  zookeeperAnswer,
} from './schema/cluster.js';
import type { CoreSummary } from './schema/task-summary.js';
import { requestSignal } from './task-registry-routes.js';

const MEMBERS_MS = 2_000;
const BROKERS_MS = 10_000;
const TABLES_MS = 20_000;

/** Cores, groups, ZooKeeper, Kafka, and the tables of a source. */
export function clusterRoutes(app: App, parts: ServerParts): void {
  const { view, link, ports } = parts;
  const members = recent(MEMBERS_MS, () => askMembers(parseConnectString(link.servers).servers));
  const clusters = recent(BROKERS_MS, () => askBrokers(view, ports));

  app.get(
    '/api/v1/cores',
    {
      config: { role: 'viewer' },
      schema: { tags: ['cluster'], summary: 'Cores with load, capacity and tasks.', response: { 200: coreList } },
    },
    async () => {
      const served = view.served();
      const cores = view.coreSummaries().map((core) => {
        const { runs = [], standsBy = [] } = served.get(core.name) ?? {};
        return { ...core, runs: [...runs].sort(), standsBy: [...standsBy].sort() };
      });
      return { now: Date.now(), zookeeper: link.connection, cores };
    },
  );

  app.post(
    '/api/v1/cores/:core/drain',
    {
      config: { role: 'operator', audit: 'core.drain' },
      schema: {
        tags: ['cluster'],
        summary: 'Before maintenance: the Core gives its tasks up as others can take them, and takes none.',
        params: coreParams,
        body: drainBody.optional(),
        response: { 200: drainAnswer },
      },
    },
    async (request) => {
      const core = requireCore(parts, request.params.core);
      const { reason } = request.body ?? {};
      const drain = { who: request.who!.name, at: Date.now(), ...(reason !== undefined && { reason }) };
      const ordered = await orderDrain(link.session(), core.name, drain);
      const stays = staysOn(parts, core);
      const text = ordered
        ? `${core.name} gives its ${core.load} instances up as others can take them, and takes none until the drain is called off`
        : `${core.name} is being drained already`;
      return { core: core.name, text, stays };
    },
  );

  app.post(
    '/api/v1/cores/:core/undrain',
    {
      config: { role: 'operator', audit: 'core.undrain' },
      schema: {
        tags: ['cluster'],
        summary: 'Call a drain off: the Core takes tasks again.',
        params: coreParams,
        response: { 200: drainAnswer },
      },
    },
    async (request) => {
      const { core } = request.params;
      const there = await cancelDrain(link.session(), core);
      if (!there) throw new HttpProblem(404, 'no-drain', `${core} is not being drained`);
      return { core, text: `${core} takes tasks again`, stays: [] };
    },
  );

  app.get(
    '/api/v1/groups',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['cluster'],
        summary: 'Groups with their tasks and Cores, counted.',
        response: { 200: groupList },
      },
    },
    async () => {
      const now = Date.now();
      return { now, zookeeper: link.connection, groups: view.groupSummaries(parts.live.summaries(now)) };
    },
  );

  app.get(
    '/api/v1/zookeeper',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['cluster'],
        summary:
          'Each server of the ensemble: role, latency, connections. Asked directly, also while the session is gone.',
        response: { 200: zookeeperAnswer },
      },
    },
    async () => ({ now: Date.now(), session: link.connection, members: await members() }),
  );

  app.get(
    '/api/v1/brokers',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['cluster'],
        summary: 'The Kafka clusters that tasks write to.',
        response: { 200: brokersAnswer },
      },
    },
    async () => ({ now: Date.now(), clusters: await clusters() }),
  );

  app.post(
    '/api/v1/sources/tables',
    {
      config: { role: 'operator', audit: false },
      schema: {
        tags: ['sources'],
        summary: 'Databases and tables of a source, with keys and sizes: what the form offers.',
        body: sourceTablesBody,
        response: { 200: sourceTablesAnswer },
      },
    },
    async (request) => {
      const { source, database } = request.body;
      const { server, databases, truncated } = await ports.listTables(
        source,
        database,
        requestSignal(request.raw, TABLES_MS),
      );
      const listed = databases.map(({ name, tables }) => ({
        name,
        tables: tables.map(({ key, ...table }) => ({ ...withoutUndefined(table), key: [...key] })),
      }));
      return { server, databases: listed, truncated };
    },
  );
}

function withoutUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, held]) => held !== undefined)) as never;
}

function requireCore({ view }: ServerParts, name: string): CoreSummary {
  const core = view.coreSummaries().find((one) => one.name === name);
  if (core === undefined) throw new HttpProblem(404, 'no-core', `no Core named ${name} lives, and none is drained`);
  return core;
}

/** Tasks of a Core that nobody else could take now, with nobody standing behind and no room in the group. */
function staysOn({ view }: ServerParts, core: CoreSummary): string[] {
  const { runs = [] } = view.served().get(core.name) ?? {};
  const others = view.coreSummaries().filter((one) => one.name !== core.name && one.state === 'LIVING' && one.room > 0);
  return runs.filter((task) => {
    const record = view.task(task);
    if (record === undefined || record.children.length > 1) return false;
    const group = record.spec.kind === 'present' ? record.spec.value.group : undefined;
    return group === undefined || !others.some(({ groups }) => groups.includes(group));
  });
}
