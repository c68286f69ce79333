import { z } from 'zod';
import { mysqlSource } from '../../../coordination/schema/task-spec.js';
import { coreSummary, groupSummary } from './task-summary.js';
import { connection, time } from './values.js';

export const coreParams = z.object({
  core: z
    .string()
    .min(1)
    .max(200)
    .regex(/^[A-Za-z0-9_.-]+$/),
});
export const coreDetail = coreSummary.extend({
  runs: z.array(z.string()).describe('Tasks that it runs.'),
  standsBy: z.array(z.string()).describe('Tasks that it stands by for.'),
});
export const coreList = z.object({ now: time, zookeeper: connection, cores: z.array(coreDetail) });
export type CoreList = z.infer<typeof coreList>;
export const groupList = z.object({ now: time, zookeeper: connection, groups: z.array(groupSummary) });

export const drainBody = z.object({ reason: z.string().max(500).optional() });
export const drainAnswer = z.object({
  core: z.string(),
  text: z.string(),
  stays: z.array(z.string()).describe('Tasks that nobody else can take now; they stay until somebody can.'),
});

export const zookeeperMember = z
  .object({
    server: z.string().describe('`host:port`'),
    ok: z.boolean(),
    role: z.string().optional().describe('leader, follower, standalone, observer'),
    version: z.string().optional(),
    latencyMs: z.object({ min: z.number(), avg: z.number(), max: z.number() }).optional(),
    connections: z.number().optional(),
    outstanding: z.number().optional(),
    znodes: z.number().optional(),
    watches: z.number().optional(),
    detail: z.string().optional().describe('Why it could not be asked, or what it does not allow.'),
    roundTripMs: z.number().optional(),
  })
  .meta({ id: 'ZookeeperMember' });
export type ZookeeperMember = z.infer<typeof zookeeperMember>;
export const zookeeperAnswer = z.object({ now: time, session: connection, members: z.array(zookeeperMember) });

export const broker = z
  .object({
    cluster: z.array(z.string()).describe('Bootstrap brokers, as the tasks name them.'),
    ok: z.boolean(),
    clusterId: z.string().optional(),
    controller: z.number().int().optional(),
    brokers: z.array(z.object({ id: z.number().int(), host: z.string(), port: z.number().int() })),
    tasks: z.array(z.string()),
    detail: z.string().optional(),
    askedAt: time,
  })
  .meta({ id: 'BrokerCluster' });
export type BrokerCluster = z.infer<typeof broker>;
export const brokersAnswer = z.object({ now: time, clusters: z.array(broker) });

export const sourceTablesBody = z.object({
  source: mysqlSource.shape.mysql.describe('How to connect: host, port, user, password reference, tls.'),
  database: z.string().max(64).optional().describe('Only this database.'),
});
export const sourceTable = z.object({
  name: z.string(),
  key: z.array(z.string()).describe('Columns of the primary key; empty where there is none.'),
  columns: z.number().int(),
  rows: z.number().optional().describe('An estimate.'),
  bytes: z.number().optional().describe('Data and indexes, an estimate.'),
  engine: z.string().optional(),
});
export const sourceTablesAnswer = z.object({
  server: z.string().describe('Version of the source.'),
  databases: z.array(z.object({ name: z.string(), tables: z.array(sourceTable) })),
  truncated: z.boolean().describe('Whether there are more tables than are listed.'),
});
export type SourceTables = z.infer<typeof sourceTablesAnswer>;

export const healthCheck = z.object({ name: z.string(), ok: z.boolean(), detail: z.string() });
export const about = z
  .object({
    name: z.literal('mysql-replicator'),
    version: z.string(),
    node: z.string(),
    startedAt: time,
    now: time,
    uptimeSeconds: z.number(),
    memoryBytes: z.number(),
    streams: z.number().int().describe('Open event streams of this Server.'),
    zookeeper: connection.extend({ servers: z.string(), root: z.string() }),
    checks: z.array(healthCheck),
  })
  .meta({ id: 'About' });
export type About = z.infer<typeof about>;
export const readiness = z.object({ ready: z.boolean(), checks: z.array(healthCheck) });
