import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RULES } from '../../../monitor/rules/all-rules.js';
import { bad, good, Scene, sourceFacts, T0, type SceneTask } from '../scene.js';
import { Player } from './player.js';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A rule, what breaks, after how long that is told, and what mends it. The task `shop` on Core `a` is well before. */
interface Case {
  readonly rule: string;
  readonly breaks: (scene: Scene) => unknown;
  readonly mends: (scene: Scene) => unknown;
  /** ms; 0: at once. */
  readonly after: number;
  readonly severity: 'warning' | 'critical';
  readonly id?: string;
}

const shop = (changes: Partial<SceneTask>) => (scene: Scene) => scene.set('shop', changes);
const failing = (phase: 'WAITING' | 'STOPPED', kind: 'sink-fenced' | 'record-too-large' | 'internal') =>
  shop({ progress: { phase, failure: { kind, message: 'it says why', at: T0 } } });
const well = shop({ progress: {} });

const CASES: readonly Case[] = [
  {
    rule: 'task-not-running',
    breaks: shop({ cores: [] }),
    mends: shop({ cores: ['a'] }),
    after: 10_000,
    severity: 'critical',
  },
  {
    rule: 'task-standby-missing',
    breaks: shop({ wanted: 2 }),
    mends: shop({ wanted: 1 }),
    after: MINUTE,
    severity: 'warning',
  },
  {
    rule: 'task-terms-changing',
    breaks: shop({ terms: [1, 2, 3, 4, 5].map((term) => ({ term, core: 'a', host: 'h', began: T0 - term * 1_000 })) }),
    mends: shop({ terms: [] }),
    after: 0,
    severity: 'warning',
  },
  {
    rule: 'task-two-writers',
    breaks: shop({ commit: { term: 9 } }),
    mends: shop({ commit: {} }),
    after: 0,
    severity: 'critical',
  },
  { rule: 'task-stopped', breaks: failing('STOPPED', 'record-too-large'), mends: well, after: 0, severity: 'critical' },
  { rule: 'task-waiting', breaks: failing('WAITING', 'internal'), mends: well, after: MINUTE, severity: 'warning' },
  { rule: 'task-paused-long', breaks: shop({ paused: { since: T0 - 25 * HOUR } }), mends: (scene) => scene.task('shop', { cores: ['a'] }), after: 0, severity: 'warning' }, // prettier-ignore
  {
    rule: 'task-unreadable',
    breaks: shop({ unreadable: true }),
    mends: shop({ unreadable: false }),
    after: 2_000,
    severity: 'critical',
  },
  { rule: 'task-lag', breaks: shop({ progress: { lagMs: 90_000 } }), mends: well, after: MINUTE, severity: 'warning' },
  {
    rule: 'task-lag',
    breaks: shop({ progress: { lagMs: 900_000 } }),
    mends: well,
    after: MINUTE,
    severity: 'critical',
  },
  {
    rule: 'task-stalled',
    breaks: (scene) => {
      scene.probes.set('db1:3306', good(sourceFacts({ end: { file: 'binlog.000012', offset: 9_000 } })));
      scene.set('shop', { commit: { at: T0 - 2 * MINUTE } });
    },
    mends: (scene) =>
      scene.set('shop', { progress: { position: { file: 'binlog.000012', offset: 9_000, events: 0 } } }),
    after: 15_000,
    severity: 'critical',
  },
  {
    rule: 'task-silent',
    breaks: shop({ progressAt: T0 - 31_000 }),
    mends: (scene) => scene.task('shop', { cores: ['a'] }),
    after: 0,
    severity: 'critical',
  },
  { rule: 'task-throughput-gone', breaks: shop({ rows: { lastHour: 0, yesterday: 5_000 } }), mends: shop({ rows: { lastHour: 3, yesterday: 5_000 } }), after: 10 * MINUTE, severity: 'warning' }, // prettier-ignore
  {
    rule: 'task-position-purge',
    breaks: (scene) => {
      scene.probes.set('db1:3306', good(sourceFacts({ expireSeconds: 3_600 * 30 })));
      const position = { file: 'binlog.000010', offset: 4, events: 0 };
      scene.set('shop', {
        progress: { position },
        commit: { position, eventTime: T0 - 10 * HOUR, at: T0 - 10 * HOUR },
        paused: { since: T0 - HOUR },
      });
    },
    mends: (scene) => scene.task('shop', { cores: ['a'] }),
    after: 5_000,
    severity: 'warning',
  },
  {
    rule: 'task-dead-letters',
    breaks: shop({ progress: { deadLetters: 1 } }),
    mends: well,
    after: 0,
    severity: 'warning',
  },
  {
    rule: 'task-record-size',
    breaks: shop({ progress: { largestRecordBytes: 9e5, recordLimitBytes: 1e6 } }),
    mends: well,
    after: 0,
    severity: 'warning',
  },
  {
    rule: 'task-server-changed',
    breaks: (scene) => scene.probes.set('db1:3306', good(sourceFacts({ serverUuid: 'another' }))),
    mends: (scene) => scene.probes.set('db1:3306', good(sourceFacts())),
    after: 0,
    severity: 'critical',
  },
  {
    rule: 'core-gone',
    breaks: (scene) => scene.kill('b'),
    mends: (scene) => scene.core('b'),
    after: 10_000,
    severity: 'warning',
    id: 'core-gone.core.b',
  },
  { rule: 'core-memory', breaks: (scene) => scene.health.set('a', { rssBytes: 9e8 }), mends: (scene) => scene.health.clear(), after: MINUTE, severity: 'warning', id: 'core-memory.core.a' }, // prettier-ignore
  { rule: 'core-blocked', breaks: (scene) => scene.health.set('a', { eventLoopDelayMs: 700 }), mends: (scene) => scene.health.clear(), after: 30_000, severity: 'warning', id: 'core-blocked.core.a' }, // prettier-ignore
  { rule: 'core-clock', breaks: (scene) => scene.health.set('a', { aheadMs: -5_000 }), mends: (scene) => scene.health.clear(), after: 30_000, severity: 'warning', id: 'core-clock.core.a' }, // prettier-ignore
  {
    rule: 'group-without-core',
    breaks: shop({ group: 'g', cores: [] }),
    mends: shop({ cores: ['a'] }),
    after: 10_000,
    severity: 'critical',
    id: 'group-without-core.group.g',
  },
  {
    rule: 'group-full',
    breaks: (scene) => scene.core('a', { groups: ['g'], capacity: 0, load: 0 }).set('shop', { group: 'g', cores: [] }),
    mends: (scene) => scene.set('shop', { cores: ['a'] }),
    after: 30_000,
    severity: 'critical',
    id: 'group-full.group.g',
  },
  {
    rule: 'source-unreachable',
    breaks: shop({
      progress: { phase: 'WAITING', failure: { kind: 'source-unreachable', message: 'refused', at: T0 } },
    }),
    mends: well,
    after: 10_000,
    severity: 'critical',
    id: 'source-unreachable.source.db1_3306-',
  },
  { rule: 'source-replica', breaks: (scene) => scene.probes.set('db1:3306', good(sourceFacts({ replica: { running: false, detail: 'SQL thread No' } }))), mends: (scene) => scene.probes.set('db1:3306', good(sourceFacts())), after: 30_000, severity: 'critical', id: 'source-replica.source.db1_3306-' }, // prettier-ignore
  { rule: 'source-settings', breaks: (scene) => scene.probes.set('db1:3306', good(sourceFacts({ rowMetadata: 'MINIMAL' }))), mends: (scene) => scene.probes.set('db1:3306', good(sourceFacts())), after: 0, severity: 'warning', id: 'source-settings.source.db1_3306-' }, // prettier-ignore
  { rule: 'source-clock', breaks: (scene) => scene.probes.set('db1:3306', good(sourceFacts({ clockAheadMs: 4_000 }))), mends: (scene) => scene.probes.set('db1:3306', good(sourceFacts())), after: 30_000, severity: 'warning', id: 'source-clock.source.db1_3306-' }, // prettier-ignore
  { rule: 'source-certificate', breaks: (scene) => scene.probes.set('db1:3306', good(sourceFacts({ certificateUntil: T0 + 5 * DAY }))), mends: (scene) => scene.probes.set('db1:3306', good(sourceFacts())), after: 0, severity: 'warning', id: 'source-certificate.source.db1_3306-' }, // prettier-ignore
  { rule: 'sink-unreachable', breaks: (scene) => scene.brokers.set('kafka:9092', bad()), mends: (scene) => scene.brokers.set('kafka:9092', good({ certificateUntil: undefined })), after: 10_000, severity: 'critical', id: 'sink-unreachable.sink.kafka_9092-' }, // prettier-ignore
  {
    rule: 'sink-broker',
    breaks: (scene) => {
      scene.set('shop', { broker: 'k1:9092,k2:9092' });
      scene.brokers.set('k1:9092', bad()).set('k2:9092', good({ certificateUntil: undefined }));
    },
    mends: (scene) => scene.brokers.clear(),
    after: 30_000,
    severity: 'warning',
    id: 'sink-broker.sink.k1_9092_k2_9092-',
  },
  { rule: 'sink-certificate', breaks: (scene) => scene.brokers.set('kafka:9092', good({ certificateUntil: T0 - 1 })), mends: (scene) => scene.brokers.clear(), after: 0, severity: 'critical', id: 'sink-certificate.sink.kafka_9092-' }, // prettier-ignore
  {
    rule: 'zookeeper-no-quorum',
    breaks: (scene) => (scene.zookeeper = { connected: false, since: T0, latencyMs: 1, members: new Map([['z1:2181', bad()], ['z2:2181', bad()], ['z3:2181', good({ mode: 'none', connections: 0 })]]) }), // prettier-ignore
    mends: (scene) => (scene.zookeeper = { connected: true, since: scene.at, latencyMs: 1, members: new Map() }),
    after: 5_000,
    severity: 'critical',
    id: 'zookeeper-no-quorum.zookeeper.ensemble',
  },
  {
    rule: 'zookeeper-member-down',
    breaks: (scene) => (scene.zookeeper = { ...scene.zookeeper, members: new Map([['z1:2181', bad()], ['z2:2181', good({ mode: 'leader', connections: 1 })], ['z3:2181', good({ mode: 'follower', connections: 1 })]]) }), // prettier-ignore
    mends: (scene) =>
      (scene.zookeeper = {
        ...scene.zookeeper,
        members: new Map([['z1:2181', good({ mode: 'follower', connections: 1 })]]),
      }),
    after: 10_000,
    severity: 'warning',
    id: 'zookeeper-member-down.zookeeper.ensemble',
  },
  { rule: 'zookeeper-slow', breaks: (scene) => (scene.zookeeper = { ...scene.zookeeper, latencyMs: 800 }), mends: (scene) => (scene.zookeeper = { ...scene.zookeeper, latencyMs: 8 }), after: MINUTE, severity: 'warning', id: 'zookeeper-slow.zookeeper.ensemble' }, // prettier-ignore
  { rule: 'channel-failing', breaks: (scene) => scene.channels.set('chat', { name: 'chat', failing: { since: T0, attempts: 3, error: 'answered 404' } }), mends: (scene) => scene.channels.set('chat', { name: 'chat', failing: undefined }), after: 0, severity: 'warning', id: 'channel-failing.channel.chat' }, // prettier-ignore
  { rule: 'monitor-configuration', breaks: (scene) => (scene.unreadable = ['/alerts/rules cannot be read']), mends: (scene) => (scene.unreadable = []), after: 2_000, severity: 'critical', id: 'monitor-configuration.monitor.monitor' }, // prettier-ignore
  { rule: 'monitor-clock', breaks: (scene) => (scene.monitorAheadMs = 9_000), mends: (scene) => (scene.monitorAheadMs = 0), after: 30_000, severity: 'warning', id: 'monitor-clock.monitor.monitor' }, // prettier-ignore
];

for (const { rule, breaks, mends, after, severity, id = `${rule}.task.shop` } of CASES) {
  test(`${rule} (${severity}): fires after ${after / 1_000} s, once and nothing else, and ends`, () => {
    const scene = new Scene()
      .core('a')
      .core('b')
      .task('shop', { cores: ['a'] });
    const player = new Player(scene);
    assert.deepEqual(player.run(5_000), []);
    breaks(scene);
    const began = scene.at;
    const told = player.until(30 * MINUTE);
    assert.equal(told.events.length, 1, told.events.join(', '));
    assert.ok(told.events[0]!.startsWith(`+${id}`) && told.events[0]!.endsWith(` ${severity}`), told.events.join());
    // What holds by the evidence for longer already does not wait again.
    assert.ok(
      scene.at - began <= after + 1_000 && scene.at - began >= Math.min(after, 1_000) - 1_000,
      `after ${told.after} ms`,
    );
    mends(scene);
    assert.deepEqual(
      player.until(30 * MINUTE).events.map((event) => event.slice(0, 1 + id.length)),
      [`-${id}`],
    );
    assert.equal(player.open.size, 0);
  });
}

test('every rule has a case', () => {
  const tested = new Set(CASES.map(({ rule }) => rule));
  // This one is about the Monitor's own limit; see reconcile.test.ts.
  tested.add('monitor-too-many');
  assert.deepEqual(
    RULES.map(({ id }) => id).filter((id) => !tested.has(id)),
    [],
  );
});

test('every text fills all its placeholders, in both languages', () => {
  for (const { breaks } of CASES) {
    const scene = new Scene()
      .core('a')
      .core('b')
      .task('shop', { cores: ['a'] });
    const player = new Player(scene);
    player.run(1_000);
    breaks(scene);
    player.until(30 * MINUTE);
    for (const { rule, finding } of player.last!.standings.values()) {
      for (const words of [rule.text, rule.reason, rule.remedy]) {
        for (const template of [words.en, words.zh]) {
          for (const [, name = ''] of template.matchAll(/\{(\w+)\}/g)) {
            assert.ok(name === 'object' || name in finding.facts, `${rule.id}: {${name}}`);
          }
        }
      }
    }
  }
});
