import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainTask } from '../../../monitor/rules/explain.js';
import { alertChannelsSchema } from '../../../coordination/schema/alert-config.js';
import { bad, good, Scene, sourceFacts, T0 } from '../scene.js';
import { Player } from './player.js';

const MINUTE = 60_000;
const down = {
  phase: 'WAITING' as const,
  failure: { kind: 'source-unreachable' as const, message: 'refused', at: T0 },
};

function names(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `task-${String(i).padStart(4, '0')}`);
}

test('a tree of 1,000 tasks where one source of 300 dies: one alert, which names the 300', () => {
  const scene = new Scene().core('a');
  for (const [i, name] of names(1_000).entries()) scene.task(name, { cores: ['a'], host: i < 300 ? 'db1' : 'db2' });
  const player = new Player(scene);
  player.run(2_000);
  for (const name of names(300)) scene.set(name, { progress: { ...down, lagMs: 300_000 } });
  assert.deepEqual(
    player.run(5 * MINUTE, 5_000).map((event) => event.replace(/-[0-9a-f]{8} /, ' ')),
    ['+source-unreachable.source.db1_3306 critical'],
  );
  const [alert] = player.open.values();
  assert.equal(alert!.tasksInAll, 300);
  assert.deepEqual(alert!.tasks, names(300));
  for (const name of names(300)) scene.set(name, { progress: {} });
  assert.equal(player.run(5 * MINUTE, 5_000).length, 1);
});

test('the only Core dies: one alert for it with its tasks, none for each task and none for the group', () => {
  const scene = new Scene().core('a', { groups: ['g'], capacity: 100 });
  for (const name of names(100)) scene.task(name, { cores: ['a'], group: 'g' });
  const player = new Player(scene);
  player.run(2_000);
  scene.kill('a');
  assert.deepEqual(player.run(10 * MINUTE, 5_000), ['+core-gone.core.a critical']);
  assert.equal([...player.open.values()][0]!.tasksInAll, 100);
});

test('both of two Cores die: both are named, and nothing else is', () => {
  const scene = new Scene()
    .core('a')
    .core('b')
    .task('shop', { cores: ['a', 'b'], wanted: 2 });
  const player = new Player(scene);
  player.run(2_000);
  scene.kill('a').kill('b');
  assert.deepEqual(player.run(5 * MINUTE), ['+core-gone.core.a critical', '+core-gone.core.b critical']);
});

test('a Core that says that it leaves is no fault', () => {
  const scene = new Scene()
    .core('a')
    .core('b')
    .task('shop', { cores: ['a'] });
  const player = new Player(scene);
  player.run(2_000);
  scene.core('b', { leaving: true });
  player.run(1_000);
  scene.kill('b');
  assert.deepEqual(player.run(5 * MINUTE), []);
});

test('another Core on the same machine takes the place of one that is gone', () => {
  const scene = new Scene().core('a').core('b', { groups: ['g'], host: 'm1' });
  const player = new Player(scene);
  player.run(2_000);
  scene.kill('b');
  assert.deepEqual(player.run(12_000), ['+core-gone.core.b warning']);
  scene.core('c', { groups: ['g'], host: 'm1', since: scene.at });
  assert.deepEqual(player.run(12_000), ['-core-gone.core.b']);
});

test('flapping: each time it is over it has to be over for longer, so that a day of flapping is some messages', () => {
  const scene = new Scene().core('a').task('shop', { cores: ['a'] });
  const player = new Player(scene);
  for (let i = 0; i < 120; i++) {
    scene.set('shop', { cores: [] });
    player.run(15_000);
    scene.set('shop', { cores: ['a'] });
    player.run(15_000);
  }
  // An hour of 120 breaks; without damping it were 240 events.
  assert.ok(player.events.length <= 12, `${player.events.length} events`);
  assert.ok(player.events.length >= 2);
});

test('a break that is shorter than its `for` is nothing', () => {
  const scene = new Scene().core('a').task('shop', { cores: ['a'] });
  const player = new Player(scene);
  for (let i = 0; i < 50; i++) {
    scene.set('shop', { cores: [] });
    player.run(8_000);
    scene.set('shop', { cores: ['a'] });
    player.run(2_000);
  }
  assert.deepEqual(player.events, []);
});

test('a Core with a wrong clock: its skew is told, and no lag that is none', () => {
  const scene = new Scene().core('a').task('shop', { cores: ['a'], progress: { lagMs: 120_000 } });
  scene.health.set('a', { aheadMs: 120_000 });
  assert.deepEqual(new Player(scene).run(5 * MINUTE), ['+core-clock.core.a warning']);
});

test('a source with a wrong clock hides no lag, and makes none', () => {
  const position = { file: 'binlog.000011', offset: 4, events: 0 };
  const scene = new Scene().core('a').task('shop', { cores: ['a'], progress: { lagMs: 0, position } });
  // The source is 5 min ahead: its changes look younger than they are.
  scene.probes.set('db1:3306', good(sourceFacts({ clockAheadMs: 300_000 })));
  const player = new Player(scene);
  const events = player.run(3 * MINUTE).map((event) => event.replace(/-[0-9a-f]{8} /, ' '));
  assert.deepEqual(events, ['+source-clock.source.db1_3306 warning', '+task-lag.task.shop warning']);
});

test('at the end of the log there is no lag, whatever the Core says', () => {
  const scene = new Scene().core('a').task('shop', { cores: ['a'], progress: { lagMs: 9_999_999 } });
  scene.probes.set('db1:3306', good(sourceFacts()));
  assert.deepEqual(new Player(scene).run(10 * MINUTE), []);
});

test('a Monitor that starts late: what the evidence dates fires at once, the rest after its own time', () => {
  const scene = new Scene().core('a');
  scene.task('stopped', {
    cores: ['a'],
    progress: { phase: 'STOPPED', since: T0 - 60_000, failure: { kind: 'internal', message: 'x', at: T0 } },
  });
  scene.task('alone', {});
  const player = new Player(scene);
  assert.deepEqual(player.run(0), ['+task-stopped.task.stopped critical']);
  assert.equal(player.until(MINUTE).after, 10_000);
});

test('a Monitor that takes over goes on with what is open, and ends what is over', () => {
  const scene = new Scene().core('a').task('shop', {});
  const before = new Player(scene);
  before.run(15_000);
  const after = new Player(scene);
  for (const [id, alert] of before.open) {
    after.open.set(id, alert);
    after.evaluator.adopt(id, alert.since, { state: 'holds', why: () => '', facts: alert.facts });
  }
  assert.deepEqual(after.run(60_000), []);
  scene.set('shop', { cores: ['a'] });
  assert.deepEqual(after.run(6_000), ['-task-not-running.task.shop']);
});

test('the cause ends and the symptom does not: the symptom is told after its own time', () => {
  const scene = new Scene().core('a').task('shop', { cores: ['a'], progress: down });
  const player = new Player(scene);
  player.run(5 * MINUTE);
  scene.set('shop', {
    progress: { phase: 'WAITING', failure: { kind: 'internal', message: 'now another', at: scene.at } },
  });
  const events = player.run(2 * MINUTE).map((event) => event.replace(/-[0-9a-f]{8}/, ''));
  assert.deepEqual(events, ['-source-unreachable.source.db1_3306', '+task-waiting.task.shop warning']);
});

test('without data nothing changes: an alert stays, and none begins', () => {
  const wrong = good(sourceFacts({ rowMetadata: 'MINIMAL' }));
  const scene = new Scene().core('a').task('shop', { cores: ['a'] });
  scene.probes.set('db1:3306', wrong);
  const player = new Player(scene);
  assert.equal(player.run(1_000).length, 1);
  scene.probes.set('db1:3306', bad());
  assert.deepEqual(player.run(10 * MINUTE), []);
  scene.probes.set('db1:3306', good(sourceFacts()));
  assert.equal(player.run(10_000).length, 1);
});

test('overrides by group and task, the later one wins, also by the hour of the week', () => {
  const scene = new Scene().core('a');
  for (const name of ['day', 'night', 'off'])
    scene.task(name, { cores: ['a'], group: 'g', progress: { lagMs: 90_000 } });
  const player = new Player(scene, [
    { rule: 'task-lag', group: 'g', limit: 600 },
    { rule: 'task-lag', task: 'day', limit: 30, for: '5s', severity: 'critical' },
    // It is Monday, 20:00 in Shanghai.
    {
      rule: 'task-lag',
      task: 'night',
      limit: 30,
      for: '5s',
      when: { days: ['mon'], from: '19:30', to: '06:00', timeZone: 'Asia/Shanghai' },
    },
    { rule: 'task-*', task: 'off', enabled: false },
  ]);
  assert.deepEqual(player.run(30_000), ['+task-lag.task.day critical', '+task-lag.task.night warning']);
  scene.at += 10 * 3_600_000; // Tuesday, 06:00
  assert.deepEqual(player.run(2 * MINUTE), ['-task-lag.task.night']);
});

test('a deleted task has nothing wrong any more', () => {
  const scene = new Scene().core('a').task('shop', {});
  const player = new Player(scene);
  player.run(15_000);
  scene.tasks.delete('shop');
  assert.deepEqual(player.run(1_000), ['-task-not-running.task.shop']);
});

test('why did this not fire: limit, time, cause, switch', () => {
  const scene = new Scene().core('a').task('shop', { cores: ['a'], progress: { ...down, lagMs: 90_000 } });
  const player = new Player(scene, [{ rule: 'task-silent', enabled: false }]);
  player.run(5_000);
  const { standings } = player.last!;
  const policy = { channels: alertChannelsSchema.parse({}), silences: [], maintenance: [] };
  const all = explainTask('shop', {
    view: scene.view(),
    standings,
    overrides: player.overrides,
    policy,
    alerts: player.open,
  });
  const of = (rule: string) => all.find((one) => one.rule === rule);
  assert.equal(of('source-unreachable')?.state, 'pending');
  assert.match(of('source-unreachable')!.why, /holds for 5\.0 s, fires after 10s/);
  assert.match(of('task-lag')!.why, /not told, because source-unreachable/);
  assert.equal(of('task-silent')?.state, 'off');
  assert.equal(of('task-not-running')?.state, 'clear');
  assert.match(of('task-stalled')!.why, /does not say that it runs/);
  assert.equal(of('core-memory')?.state, 'clear');
});
