import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { writeMonitorConfig } from '../../coordination/alerts.js';
import { monitorFileSchema } from '../../coordination/schema/alert-config.js';
import { MonitorProcess } from '../monitor/monitor-process.js';
import { brief, Receiver, type Told } from '../monitor/receiver.js';
import { TASK, World } from './world.js';

/** Real faults, a real Monitor, real receivers: for each exactly one message of the right kind, and one when it heals. */
let world: World;
let receiver: Receiver;
let monitor: MonitorProcess;

/** As out of the box, only sooner. */
const SOONER = [
  { rule: '*', for: '1s', resolveAfter: '1s' },
  { rule: 'task-standby-missing', enabled: false },
  { rule: 'task-waiting', for: '20s' },
  { rule: 'task-lag', for: '30s' },
];

before(async () => {
  world = await World.open();
  receiver = await Receiver.open();
  await writeMonitorConfig(
    world.session,
    monitorFileSchema.parse({
      channels: [{ type: 'webhook', name: 'hook', url: receiver.url }],
      allowAddresses: ['127.0.0.1'],
      rules: SOONER,
    }),
  );
  await world.register();
  monitor = new MonitorProcess(world.stack.zookeeper.connectString, 'monitor-1', [], {
    SOURCE_PASSWORD: 'right-horse',
  });
  await monitor.said('acts');
});
after(async () => {
  await monitor.end();
  await receiver.close();
  await world.close();
});

/** Waits for one message of a begin, brings the cure, waits for one of the end; between them and after them there is no other. */
async function exactlyOne(rule: string, cure: () => Promise<unknown>): Promise<Told> {
  const [told] = await receiver.until(`a message about ${rule}`, (all) => all.length >= 1);
  assert.deepEqual([told!.kind, told!.alerts.map((alert) => alert.rule)], ['firing', [rule]]);
  await cure();
  const all = await receiver.until(`the end of ${rule}`, (now) => now.length >= 2);
  assert.deepEqual(all.map(brief).length, 2, all.map(brief).join('\n'));
  assert.deepEqual([all[1]!.kind, all[1]!.alerts.map((alert) => alert.rule)], ['resolved', [rule]]);
  receiver.received.length = 0;
  return told!;
}

test('a task that nobody runs, then a Core', async () => {
  await exactlyOne('task-not-running', async () => {
    world.core('core-1');
    await world.running(0);
  });
});

test('kill -9 of the only Core: one message, which names the Core and the task; started again: one more', async () => {
  const { runner } = await world.running(0);
  runner.kill('SIGKILL');
  const told = await exactlyOne('core-gone', async () => {
    world.core('core-1');
    await world.running(0);
  });
  assert.equal(told.alerts[0]!.severity, 'critical');
  assert.deepEqual(told.alerts[0]!.tasks, [TASK]);
});

test('the source goes down: one message, which names its task; back: one more', async () => {
  const [mysql] = world.stack.mysql;
  await mysql!.kill();
  const told = await exactlyOne('source-unreachable', async () => {
    await mysql!.start();
    await world.signIn();
    await world.running(0);
  });
  assert.deepEqual(told.alerts[0]!.tasks, [TASK]);
});

test('Kafka goes down: one message; back: one more', async () => {
  const [kafka] = world.stack.kafka;
  await kafka!.kill();
  await exactlyOne('sink-unreachable', async () => {
    await kafka!.start();
    await world.running(0);
  });
});

test('ZooKeeper goes away as a whole: told without it, and its end when it is back', async () => {
  const [zookeeper] = world.stack.zookeeper.servers;
  await zookeeper!.kill();
  const told = await exactlyOne('zookeeper-no-quorum', () => zookeeper!.start());
  assert.equal(told.alerts[0]!.severity, 'critical');
});

test('the test button: the acting Monitor sends it, and says so', async () => {
  const ran = await world.cli(['monitor', 'test-channel', 'hook']);
  assert.equal(ran.code, 0, ran.err);
  assert.equal(receiver.told.at(-1)?.kind, 'test');
  receiver.received.length = 0;
  const explained = await world.cli(['alert', 'explain', TASK, '--json']);
  assert.equal(explained.code, 0, explained.err);
  const { standings } = JSON.parse(explained.out) as { standings: { rule: string; state: string }[] };
  assert.equal(standings.find(({ rule }) => rule === 'task-not-running')?.state, 'clear');
});

test('silent with a pause by order, acknowledged and silenced by the command line', async () => {
  assert.equal((await world.cli(['alert', 'silence', '--task', TASK, '--for', '1h', '--reason', 'deploy'])).code, 0);
  const { silences } = JSON.parse((await world.cli(['alert', 'silences', '--json'])).out) as {
    silences: { id: string }[];
  };
  assert.equal(silences.length, 1);
  assert.equal((await world.cli(['alert', 'unsilence', silences[0]!.id])).code, 0);
  assert.equal((await world.cli(['alert', 'ack', 'no-such-alert'])).code, 4);
});
