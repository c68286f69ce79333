import type { About, BrokerCluster, SourceTables, ZookeeperMember } from '../../../server/api/schema/cluster.js';
import type { z } from 'zod';
import type { AuditItem, sessionItem, TokenItem, UserItem } from '../../../server/api/schema/access.js';
import type { TaskVersions } from '../../../server/api/schema/task-detail.js';
import type { CheckAnswer, PositionPreviewAnswer } from '../../../server/api/schema/task-orders.js';

/** Answers that do not depend on the tasks. */
export function ZOOKEEPER(now: number): { now: number; session: object; members: ZookeeperMember[] } {
  return {
    now,
    session: { state: 'live', since: now - 3_600_000 },
    members: [
      {
        server: 'zk-1.internal:2181',
        ok: true,
        role: 'follower',
        version: '3.9.4',
        latencyMs: { min: 0, avg: 0.4, max: 31 },
        connections: 14,
        outstanding: 0,
        znodes: 412,
        watches: 1320,
        roundTripMs: 0.8,
      },
      {
        server: 'zk-2.internal:2181',
        ok: true,
        role: 'leader',
        version: '3.9.4',
        latencyMs: { min: 0, avg: 0.6, max: 44 },
        connections: 11,
        outstanding: 2,
        znodes: 412,
        watches: 980,
        roundTripMs: 1.1,
      },
      { server: 'zk-3.internal:2181', ok: false, detail: 'connect ECONNREFUSED' },
    ],
  };
}

export function BROKERS(now: number): { now: number; clusters: BrokerCluster[] } {
  const brokers = [1, 2, 3].map((id) => ({ id, host: `kafka-${id}.internal`, port: 9092 }));
  return {
    now,
    clusters: [
      {
        cluster: ['kafka-1.internal:9092', 'kafka-2.internal:9092'],
        ok: true,
        clusterId: 'MkU3OEVBNTcwNTJENDM2Qk',
        controller: 2,
        brokers,
        tasks: ['shop_orders', 'shop_stock'],
        askedAt: now - 4000,
      },
    ],
  };
}

export function ABOUT(now: number): About {
  return {
    name: 'mysql-replicator',
    version: '0.1.0',
    node: 'v20.20.0',
    startedAt: now - 93_784_000,
    now,
    uptimeSeconds: 93_784,
    memoryBytes: 118_200_000,
    streams: 4,
    zookeeper: {
      state: 'live',
      since: now - 3_600_000,
      servers: 'zk-1.internal:2181,zk-2.internal:2181,zk-3.internal:2181',
      root: '/mysql_replicator',
    },
    checks: [
      { name: 'zookeeper', ok: true, detail: 'connected for 1 h' },
      { name: 'tree', ok: true, detail: '412 znodes, all readable' },
      { name: 'sealed secrets', ok: false, detail: 'no key is configured; sealed: secrets cannot be used' },
    ],
  };
}

export const FINDINGS: CheckAnswer['findings'] = [
  { level: 'ok', check: 'reachable', what: 'mysql-1.internal:3306 answers (8.4.2)', why: 'the task connects there' },
  {
    level: 'error',
    check: 'binlog_row_metadata',
    what: 'binlog_row_metadata is MINIMAL',
    why: 'without the columns of each row’s own time a row could get wrong names',
    mend: 'SET PERSIST binlog_row_metadata = FULL;',
  },
  {
    level: 'warning',
    check: 'keys',
    what: '1 table has no primary key: shop.log',
    why: 'all its records go to one partition',
    mend: 'ALTER TABLE shop.log ADD COLUMN id BIGINT AUTO_INCREMENT PRIMARY KEY;',
  },
  { level: 'ok', check: 'tables', what: '12 match: shop.orders, shop.items, …', why: 'only these are replicated' },
];

export const TABLES: SourceTables = {
  server: '8.4.2',
  truncated: false,
  databases: [
    {
      name: 'shop',
      tables: [
        { name: 'orders', key: ['id'], columns: 14, rows: 12_431_002, bytes: 2_400_000_000, engine: 'InnoDB' },
        {
          name: 'order_items',
          key: ['order_id', 'line'],
          columns: 9,
          rows: 48_200_117,
          bytes: 7_100_000_000,
          engine: 'InnoDB',
        },
        { name: 'customers', key: ['id'], columns: 22, rows: 801_223, bytes: 310_000_000, engine: 'InnoDB' },
        { name: 'log', key: [], columns: 4, rows: 9_000_000, bytes: 990_000_000, engine: 'InnoDB' },
        { name: 'tmp_import', key: ['id'], columns: 5, rows: 0, bytes: 16_384, engine: 'InnoDB' },
      ],
    },
    {
      name: 'billing',
      tables: [{ name: 'invoices', key: ['id'], columns: 31, rows: 2_100_345, bytes: 840_000_000, engine: 'InnoDB' }],
    },
  ],
};

export function PREVIEW(now: number): PositionPreviewAnswer {
  return {
    target: { file: 'binlog.000009', offset: 4, events: 0 },
    current: { file: 'binlog.000012', offset: 4711, events: 0 },
    direction: 'repeats',
    transactions: 12_431,
    bytes: 318_000_000,
    from: now - 7_200_000,
    to: now - 2000,
    text: '12,431 transactions are sent again.',
    warnings: ['Consumers see these changes a second time.'],
  };
}

export function VERSIONS(now: number): TaskVersions {
  return {
    current: 3,
    versions: [
      { n: 3, at: now - 1_900_000, who: 'mara', note: 'edited' },
      { n: 2, at: now - 90_000_000, who: 'lin', note: 'edited' },
      { n: 1, at: now - 180_000_000, who: 'mara', note: 'registered' },
    ],
  };
}

export function USERS(now: number): { users: UserItem[] } {
  return {
    users: [
      { name: 'mara', role: 'admin', hasPassword: true, createdAt: now - 9_000_000_000, createdBy: 'setup' },
      { name: 'lin', role: 'operator', hasPassword: true, createdAt: now - 4_000_000_000, createdBy: 'mara' },
      {
        name: 'grafana',
        role: 'viewer',
        hasPassword: false,
        oidc: { issuer: 'https://id.example', subject: '4711' },
        createdAt: now - 2_000_000_000,
        createdBy: 'oidc',
      },
    ],
  };
}

export function TOKENS(now: number): { tokens: TokenItem[] } {
  const made = { createdBy: 'mara', createdAt: now - 4_000_000_000 };
  return {
    tokens: [
      {
        id: 'tok-1',
        name: 'deploy pipeline',
        role: 'operator',
        owner: 'mara',
        scope: { tasks: ['shop_*'], groups: ['billing'] },
        expiresAt: now + 2_000_000_000,
        usedAt: now - 40_000,
        ...made,
      },
      {
        id: 'tok-2',
        name: 'backup of the configuration',
        role: 'viewer',
        owner: 'lin',
        expiresAt: now - 90_000,
        ...made,
      },
    ],
  };
}

const AGENT = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

export function SESSIONS(now: number): { sessions: z.infer<typeof sessionItem>[] } {
  const other = { by: 'password', agent: AGENT } as const;
  return {
    sessions: [
      {
        id: 's-1',
        user: 'mara',
        from: '10.0.4.12',
        createdAt: now - 7_000_000,
        seenAt: now - 4000,
        current: true,
        ...other,
      },
      {
        id: 's-2',
        user: 'mara',
        from: '10.0.4.31',
        createdAt: now - 90_000_000,
        seenAt: now - 86_000_000,
        current: false,
        ...other,
      },
    ],
  };
}

export function AUDIT(now: number): { records: AuditItem[]; kept: number } {
  const browser = { by: 'session', outcome: 'done' } as const;
  return {
    kept: 2000,
    records: [
      {
        sequence: 12,
        at: now - 340_000,
        who: 'lin',
        role: 'operator',
        from: '10.0.4.31',
        action: 'task.resume',
        object: 'tasks/shop_orders',
        ...browser,
      },
      {
        sequence: 11,
        at: now - 400_000,
        who: 'lin',
        role: 'operator',
        from: '10.0.4.31',
        action: 'task.pause',
        object: 'tasks/shop_orders',
        ...browser,
      },
      {
        sequence: 10,
        at: now - 1_900_000,
        who: 'deploy pipeline',
        role: 'operator',
        by: 'token',
        outcome: 'refused',
        from: '10.0.4.12',
        action: 'task.edit',
        object: 'tasks/shop_orders',
        before: { instances: 1 },
        after: { instances: 2 },
      },
    ],
  };
}
