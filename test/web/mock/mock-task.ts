import type { Series, TaskDetail, Timeline } from '../../../server/api/schema/task-detail.js';
import type { TaskSummary } from '../../../server/api/schema/task-summary.js';
import { dice, mockSpec } from './mock-data.js';

const OTHER_UUID = '8a94f357-aab4-11df-86ab-c80aa9429562';

export function detailOf(summary: TaskSummary, now: number): TaskDetail {
  const { runner, name, position } = summary;
  const term = runner?.term ?? 4_294_967_300;
  return {
    now,
    zookeeper: { state: 'live', since: now - 3_600_000 },
    version: 7,
    controlVersion: 2,
    summary,
    spec: mockSpec(name),
    control: { desired: summary.desired, resumes: 0 },
    instances: [
      ...(runner === undefined
        ? []
        : [
            {
              node: `db-host-01-0000000007`,
              sequence: 7,
              core: runner.core,
              host: runner.host,
              pid: 4100,
              state: 'RUNNING' as const,
              since: runner.since,
              term,
            },
          ]),
      ...(summary.standbys > 0
        ? [
            {
              node: `db-host-02-0000000009`,
              sequence: 9,
              core: 'core-b',
              host: 'db-host-02.internal',
              pid: 4101,
              state: 'STANDBY' as const,
              since: now - 5_400_000,
            },
          ]
        : []),
    ],
    foreign: [],
    lastCommit: {
      ...(position === undefined
        ? {}
        : {
            position: {
              ...position,
              gtidSet: `${position.gtidSet ?? ''},${OTHER_UUID}:1-18:20-77,b1f0dc44-aab4-11df-86ab-c80aa9429562:1-5`,
            },
          }),
      eventTime: now - 1200,
      committedAt: now - 900,
      term,
      core: runner?.core ?? 'core-a',
      sink: { partition: 3, offset: 118_220 },
    },
    terms: Array.from({ length: 6 }, (_, i) => ({
      term: term - i * 17,
      core: i % 2 === 0 ? 'core-a' : 'core-b',
      host: i % 2 === 0 ? 'db-host-01.internal' : 'db-host-02.internal',
      began: now - (i + 1) * 5_000_000,
      from: `binlog.0000${12 - i}:4711`,
    })),
    unreadable: [],
  };
}

export function seriesOf(now: number, query: URLSearchParams): Series {
  const from = Number(query.get('from') ?? now - 3_600_000);
  const step = Math.max(10_000, Math.round((now - from) / 240));
  const roll = dice(42);
  const t: number[] = [];
  for (let at = Math.ceil(from / step) * step; at <= now; at += step) t.push(at);
  const gap = (i: number): boolean => i > t.length * 0.62 && i < t.length * 0.65;
  const wave = t.map((_, i) => 900 + 500 * Math.sin(i / 17) + 260 * roll());
  const burst = (i: number): number => (i > t.length * 0.65 && i < t.length * 0.7 ? 6 : 1);
  return {
    step,
    t,
    lagMs: t.map((_, i) => (gap(i) ? null : Math.round((30 + 40 * roll()) * burst(i) ** 2))),
    lagBytes: t.map((_, i) => (gap(i) ? null : Math.round((3000 + 4000 * roll()) * burst(i) ** 2))),
    rowsPerSecond: wave.map((value, i) => (gap(i) ? null : Math.round(value * burst(i) * 0.6))),
    bytesPerSecond: wave.map((value, i) => (gap(i) ? null : Math.round(value * burst(i) * 128))),
  };
}

export function timelineOf(now: number): Timeline {
  return {
    events: [
      { at: now - 3_300_000, kind: 'registered', text: 'registered', who: 'mara' },
      { at: now - 3_295_000, kind: 'term', text: 'core-b began a term', core: 'core-b' },
      { at: now - 1_900_000, kind: 'configuration', text: 'tables changed', who: 'mara' },
      {
        at: now - 1_340_000,
        kind: 'error',
        text: 'source-unreachable',
        core: 'core-b',
        failure: 'source-unreachable',
        count: 3,
      },
      { at: now - 1_270_000, kind: 'healed', text: 'healed', core: 'core-b' },
      {
        at: now - 1_262_000,
        kind: 'take-over',
        text: 'core-a took over',
        core: 'core-a',
        from: 'core-b',
        term: 4_294_967_300,
      },
      { at: now - 400_000, kind: 'pause', text: 'paused', who: 'lin' },
      { at: now - 340_000, kind: 'resume', text: 'resumed', who: 'lin' },
    ],
  };
}

export function yamlOf(name: string, version = 3): string {
  return `name: ${name}
instances: ${version === 1 ? 1 : 2}
group: shop
source:
  mysql:
    host: mysql-1.internal
    port: 3306
    user: repl
    password: env:SOURCE_PASSWORD
  tables:
    - shop.*
${version > 2 ? '    - "!shop.tmp_*"\n' : ''}  from: latest
sink:
  kafka:
    brokers:
      - kafka-1.internal:9092
      - kafka-2.internal:9092
    topic: "{task}.{database}.{table}"
    format: debezium
    delivery: exactly-once
    partitions: ${version === 1 ? 1 : 6}
`;
}
