import type { CoreSummary, GroupSummary, TaskEvent, TaskSummary } from '../../../server/api/schema/task-summary.js';
import type { TaskSpec } from '../../../coordination/schema/task-spec.js';

/** Made-up tasks and Cores, always the same for the same numbers: for states that are hard to make on real servers. */
export const UUID = '3e11fa47-71ca-11e1-9e33-c80aa9429562';
const GROUPS = ['shop', 'billing', 'warehouse', 'crm'];
const TOPICS = ['orders', 'customers', 'stock', 'invoices', 'payments', 'hot_items', 'carts', 'shipments'];

/** Numbers between 0 and 1 that look random and are the same in each run. */
export function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return ((state ^ (state >>> 13)) >>> 0) / 4294967296;
  };
}

export function mockCores(now: number): CoreSummary[] {
  return ['core-a', 'core-b', 'core-c', 'core-d'].map((name, i) => ({
    name,
    host: `db-host-0${i + 1}.internal`,
    pid: 4100 + i,
    version: '0.1.0',
    since: now - (i + 1) * 7_200_000,
    groups: i === 3 ? ['crm'] : ['shop', 'billing', 'warehouse'],
    pinned: [],
    capacity: 100,
    load: [38, 41, 97, 12][i]!,
    room: [62, 59, 3, 88][i]!,
    running: [20, 21, 50, 12][i]!,
    standby: [18, 20, 47, 0][i]!,
    state: i === 2 ? 'DRAINING' : 'LIVING',
    ...(i === 2 ? { drain: { who: 'mara', at: now - 240_000, reason: 'kernel update' }, kept: ['shop_orders'] } : {}),
  }));
}

export function mockGroups(tasks: readonly TaskSummary[]): GroupSummary[] {
  return GROUPS.map((name) => {
    const own = tasks.filter(({ group }) => group === name);
    return {
      name,
      tasks: own.length,
      cores: name === 'crm' ? ['core-d'] : ['core-a', 'core-b', 'core-c'],
      running: own.filter(({ state }) => state === 'RUNNING').length,
      unserved: own.filter(({ state }) => state === 'UNSERVED').length,
      wanted: own.length * 2,
      instances: own.length * 2 - 1,
      room: 120,
    };
  });
}

/** A task that runs as wanted. */
export function healthyTask(name: string, now: number, i = 0): TaskSummary {
  const roll = dice(i * 7919 + 13);
  const rate = i % 5 === 0 ? 0 : Math.round(roll() ** 3 * 4000 * 10) / 10;
  const lag = rate === 0 ? 0 : Math.round(3 + roll() * 240);
  const term: TaskEvent = {
    at: now - Math.round(roll() * 86_400_000),
    kind: 'term',
    text: 'core-a began a term',
    core: 'core-a',
  };
  return {
    name,
    group: GROUPS[i % 4]!,
    source: `mysql-${(i % 7) + 1}.internal:3306`,
    sink: '{task}.{database}.{table}',
    tables: ['shop.*'],
    instancesWanted: 2,
    state: 'RUNNING',
    since: term.at,
    desired: 'RUNNING',
    runner: {
      core: i % 4 === 3 ? 'core-d' : ['core-a', 'core-b', 'core-c'][i % 3]!,
      host: 'db-host-01.internal',
      since: term.at,
      term: 4_294_967_296 + i,
    },
    standbys: 1,
    lagMs: lag,
    lagBytes: rate === 0 ? 0 : Math.round(lag * rate * 0.2),
    ...(rate === 0 ? { idleSince: now - 640_000 } : {}),
    rowsPerSecond: rate,
    bytesPerSecond: rate * 212,
    position: {
      file: 'binlog.000012',
      offset: 4711 + i * 913,
      events: 0,
      gtidSet: `${UUID}:1-${90_000 + i}`,
      serverUuid: UUID,
    },
    updatedAt: now - 900,
    takeOvers24h: i % 11 === 0 ? 1 : 0,
    lastChange: term,
    spark: Array.from({ length: 30 }, (_, k) =>
      i % 13 === 0 && k > 10 && k < 15 ? null : Math.round(lag * (0.3 + roll())),
    ),
  };
}

export function mockTasks(count: number, now: number): TaskSummary[] {
  return Array.from({ length: count }, (_, i) => {
    const name = i < TOPICS.length ? `shop_${TOPICS[i]!}` : `${GROUPS[i % 4]!}_${TOPICS[i % 8]!}_${i}`;
    return healthyTask(name, now, i);
  });
}

/** One task in each state that wants attention. */
export function troubledTasks(now: number): TaskSummary[] {
  const base = (name: string, i: number): TaskSummary => healthyTask(name, now, i);
  const without = (task: TaskSummary): TaskSummary => {
    const { runner: _runner, lagMs: _lag, lagBytes: _bytes, ...rest } = task;
    return { ...rest, rowsPerSecond: 0, bytesPerSecond: 0 };
  };
  const stopped: TaskSummary = {
    ...base('billing_invoices', 101),
    state: 'STOPPED',
    kind: 'position-purged',
    since: now - 1_260_000,
    lagMs: 1_260_000,
    lagBytes: 88_000_000,
    rowsPerSecond: 0,
    bytesPerSecond: 0,
    failure: {
      kind: 'position-purged',
      message: 'binlog.000007 was purged at the source; the oldest it still has is binlog.000009',
      place: 'binlog.000007:1928374',
      remedy: 'mysql-replicator task resume billing_invoices --from earliest',
      at: now - 1_260_000,
    },
    lastChange: {
      at: now - 1_260_000,
      kind: 'error',
      text: 'position-purged',
      failure: 'position-purged',
      core: 'core-b',
    },
  };
  const waiting: TaskSummary = {
    ...base('crm_customers', 103),
    state: 'WAITING',
    kind: 'source-unreachable',
    since: now - 42_000,
    lagMs: 42_000,
    rowsPerSecond: 0,
    bytesPerSecond: 0,
    failure: {
      kind: 'source-unreachable',
      message: 'connect ECONNREFUSED 10.0.4.7:3306',
      place: 'mysql-3.internal:3306',
      at: now - 3000,
    },
    lastChange: {
      at: now - 42_000,
      kind: 'error',
      text: 'source-unreachable',
      failure: 'source-unreachable',
      core: 'core-d',
      count: 7,
    },
  };
  return [
    stopped,
    waiting,
    {
      ...without(base('warehouse_stock_eu', 106)),
      state: 'UNSERVED',
      kind: 'cores-full',
      reason:
        'all 3 Cores of group warehouse are full; start another with: mysql-replicator core --group warehouse, or one with a larger --capacity',
      standbys: 0,
      since: now - 300_000,
    },
    {
      ...base('shop_returns', 109),
      state: 'PAUSED',
      desired: 'PAUSED',
      since: now - 3_700_000,
      rowsPerSecond: 0,
      bytesPerSecond: 0,
    },
    { ...base('shop_reviews', 110), pending: 'pause', desired: 'PAUSED' },
    { ...base('crm_leads', 111), state: 'UNKNOWN', lastKnown: 'RUNNING', updatedAt: now - 95_000, since: now - 95_000 },
    { ...base('shop_gift_cards', 113), standbys: 0 },
    {
      ...base('warehouse_movements', 114),
      lagMs: 184_000,
      lagBytes: 412_000_000,
      rowsPerSecond: 51_234,
      bytesPerSecond: 11_400_000,
    },
    { ...without(base('billing_archive', 118)), group: 'billing', state: 'ELECTING', standbys: 1, since: now - 1200 },
    {
      ...base('a.task.with.a.very.long.name.that.somebody.generated.from.a.cluster.a.database.and.a.table_0001', 115),
      source: 'a-host-with-quite-a-long-name.rds.eu-central-1.region.provider.example:3306',
    },
  ];
}

export function mockSpec(name: string): TaskSpec {
  return {
    name,
    instances: 2,
    group: 'shop',
    source: {
      mysql: { host: 'mysql-1.internal', port: 3306, user: 'repl', password: 'env:SOURCE_PASSWORD' },
      tables: ['shop.*', '!shop.tmp_*'],
      from: 'latest',
    },
    sink: {
      kafka: {
        brokers: ['kafka-1.internal:9092', 'kafka-2.internal:9092'],
        topic: '{task}.{database}.{table}',
        format: 'debezium',
        delivery: 'exactly-once',
        positionsTopic: '__mysql_replicator_positions',
        partitions: 6,
        tombstones: true,
        compression: 'gzip',
      },
    },
  };
}
