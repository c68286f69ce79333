import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Kafka, logLevel } from 'kafkajs';
import { formatPosition } from '../../coordination/position.js';
import type { TaskOverview } from '../../coordination/task-list.js';
import { readTopic, withAdmin } from '../core/sink/read-topic.js';
import { TASK, World } from './world.js';

/** What an operator does with the command line, and what the task says when somebody must act. */
let world: World;
let brokers: readonly string[];

before(async () => {
  world = await World.open({}, { mysqlArgs: ['--binlog-format=STATEMENT'] });
  brokers = world.stack.kafka[0]!.brokers;
});
after(() => world.close());

const BIG = `${TASK}.shop.big`;
/** Kafka's number for a topic among its configurable resources; kafkajs's enum is not importable from a module. */
const TOPIC_RESOURCE = 2;
const SMALL_LIMIT = 20_000;

async function done(args: readonly string[], input = ''): Promise<string> {
  const { code, out, err } = await world.cli(['task', ...args], input);
  assert.equal(code, 0, `${args.join(' ')}: ${err}`);
  return out;
}

/** Resolves when the task says STOPPED for this reason. */
function stopped(kind: string): Promise<TaskOverview> {
  return world.until(`STOPPED by ${kind}`, ({ progress }) => {
    return progress.kind === 'present' && progress.value.phase === 'STOPPED' && progress.value.failure?.kind === kind;
  });
}

function file(changes: { source?: object; sink?: object } = {}): string {
  return JSON.stringify(world.spec(changes));
}

test('a setting that makes exact replication impossible: the check and the task name it with its cure, and the cure works', async () => {
  const cure = 'SET PERSIST binlog_format = ROW';
  const check = await world.cli(['task', 'register', '-f', '-', '--check'], file());
  assert.equal(check.code, 5, check.err);
  assert.ok(check.out.includes(cure), check.out);
  assert.match(await done(['list']), /no task/i);

  await done(['register', '-f', '-'], file());
  world.core('core-1');
  await stopped('source-misconfigured');
  const shown = await done(['show', TASK]);
  assert.match(shown, /binlog_format is STATEMENT/);
  assert.ok(shown.includes(cure), shown);

  await world.sql.run(cure);
  await world.signIn(); // a connection keeps the format that it began with
  await done(['resume', TASK]);
  await world.running(0);
  world.core('core-2');
  await world.running();
  await world.settle();
  assert.match(await done(['list']), new RegExp(`${TASK} +RUNNING`));
  const again = await world.cli(['task', 'register', '-f', '-', '--check'], file());
  assert.equal(again.code, 0, again.out);
});

test('hand-over, and a deletion that is refused while the task runs', async () => {
  const { runner } = await world.running();
  const refused = await world.cli(['task', 'delete', TASK]);
  assert.equal(refused.code, 4);
  assert.match(refused.err, /pause it first/);
  const order = JSON.parse(await done(['hand-over', TASK, '--json'])) as { from: { core: string; term: number } };
  assert.equal(order.from.core, runner.name);
  await world.until('another term', ({ progress }) => {
    return progress.kind === 'present' && progress.value.term > order.from.term && progress.value.phase === 'RUNNING';
  });
  assert.notEqual((await world.running()).runner.name, runner.name);
});

test('a changed configuration is taken over without a restart', async () => {
  const { runner, term } = await world.running();
  const conflict = await world.cli(['task', 'register', '-f', '-'], file({ source: { tables: ['shop.*'] } }));
  assert.equal(conflict.code, 4, conflict.err);
  const { progress } = await world.until('RUNNING', ({ progress }) => progress.kind === 'present');
  assert.ok(progress.kind === 'present');
  const { since } = progress.value;
  await done(['register', '-f', '-', '--replace'], file({ source: { tables: ['shop.*'] } }));
  await world.until('RUNNING anew', ({ progress }) => {
    return progress.kind === 'present' && progress.value.phase === 'RUNNING' && progress.value.since > since;
  });
  await world.sql.run(`INSERT INTO shop.tmp_note VALUES (1, 'no longer excluded')`);
  await world.settle();
  const notes = await readTopic(brokers, `${TASK}.shop.tmp_note`);
  assert.equal(notes.length, 1);
  const now = await world.running();
  assert.deepEqual([now.runner.name, now.term], [runner.name, term]);
});

test('a record larger than the topic takes stops the task at its place, and goes out once the topic takes it', async () => {
  await world.sql.run('CREATE TABLE shop.big (id INT PRIMARY KEY, body MEDIUMTEXT)');
  await withAdmin(brokers, async (admin) => {
    const configEntries = [{ name: 'max.message.bytes', value: String(SMALL_LIMIT) }];
    await admin.createTopics({ topics: [{ topic: BIG, numPartitions: 1, configEntries }], waitForLeaders: true });
  });
  // In a chunk of its own: a chunk is delivered whole or not at all.
  await world.sql.run(`INSERT INTO shop.big VALUES (1, 'small')`);
  await world.settle();
  await world.sql.run(`INSERT INTO shop.big VALUES (2, REPEAT('x', ${2 * SMALL_LIMIT}));
    INSERT INTO shop.big VALUES (3, 'small')`);
  const { progress } = await stopped('record-too-large');
  assert.ok(progress.kind === 'present');
  assert.match(progress.value.failure?.place ?? '', /shop\.big/);
  assert.match(progress.value.failure?.place ?? '', /binlog\.\d+:\d+/);
  assert.doesNotMatch(JSON.stringify(progress.value), /xxxxx/);
  const keys = async () => (await readTopic(brokers, BIG)).map(({ key }) => key);
  assert.deepEqual(await keys(), ['{"id":1}']);

  await withAdmin(brokers, (admin) =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: TOPIC_RESOURCE,
          name: BIG,
          configEntries: [{ name: 'max.message.bytes', value: '1000000' }],
        },
      ],
    }),
  );
  await done(['resume', TASK]);
  await world.settle();
  assert.deepEqual(await keys(), ['{"id":1}', '{"id":2}', '{"id":3}']);
});

test('a purged position is a state with choices', async () => {
  await world.running();
  await done(['pause', TASK]);
  await world.until('PAUSED', ({ progress }) => progress.kind === 'present' && progress.value.phase === 'PAUSED');
  await world.sql.run(`INSERT INTO shop.hot_item (id, version, name, price) VALUES (800000001, 1, 'purged', 1);
    FLUSH BINARY LOGS`);
  const newest = await world.sql.one('SHOW BINARY LOG STATUS');
  await world.sql.run(`PURGE BINARY LOGS TO '${newest}'`);
  await done(['resume', TASK]);
  await stopped('position-purged');
  const shown = await done(['show', TASK]);
  assert.match(shown, /position-purged/);
  assert.match(shown, /resume .*--from/);
  await done(['resume', TASK, '--from', 'earliest']);
  await world.running();
  await world.settle();
});

test('an order to begin elsewhere is kept while nobody runs the task, and carried out once', async () => {
  const { lastCommit } = await world.until('lastCommit', ({ lastCommit }) => lastCommit.kind === 'present');
  assert.ok(lastCommit.kind === 'present');
  const place = formatPosition(lastCommit.value.position!);
  await world.settle();
  await world.endCores();
  const before = world.audit.doubled;
  await done(['resume', TASK, '--from', place]);

  const one = world.core('core-3');
  await world.running(0);
  await world.settle();
  const repeated = world.audit.doubled - before;
  assert.ok(repeated > 0, 'what came after that place is delivered again');

  one.kill('SIGTERM');
  await one.exited;
  world.core('core-4');
  await world.running(0);
  await world.settle();
  assert.equal(world.audit.doubled - before, repeated);
});

test('delivery is changed to at-least-once and back: nothing is left out or repeated', async () => {
  await world.settle();
  const { doubled } = world.audit;
  const tables = ['shop.*'];
  for (const delivery of ['at-least-once', 'exactly-once']) {
    await done(['register', '-f', '-', '--replace'], file({ source: { tables }, sink: { delivery } }));
    await world.until(`lastCommit by ${delivery}`, ({ lastCommit, progress }) => {
      const kept = lastCommit.kind === 'present' && lastCommit.value.sink !== undefined;
      return (
        progress.kind === 'present' && progress.value.phase === 'RUNNING' && kept === (delivery === 'exactly-once')
      );
    });
    // The record that the sink keeps is left behind meanwhile.
    for (let i = 0; i < 3; i++) await world.settle();
  }
  assert.equal(world.audit.doubled, doubled);
});

test('a sink that remembers a later term than ZooKeeper gives: the task stops, and goes on there once it is adopted', async () => {
  await world.settle();
  await done(['pause', TASK]);
  const { lastCommit } = await world.until('PAUSED, all committed', ({ progress, lastCommit }) => {
    return progress.kind === 'present' && progress.value.phase === 'PAUSED' && lastCommit.kind === 'present';
  });
  assert.ok(lastCommit.kind === 'present');
  const { position, order, sink } = lastCommit.value;
  const later = 2 ** 50;
  const producer = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  const value = JSON.stringify({ position, order, term: later });
  assert.ok(sink && 'partition' in sink);
  const messages = [{ partition: sink.partition, key: TASK, value }];
  await producer.send({ topic: '__mysql_replicator_positions', messages });
  await producer.disconnect();
  const { doubled } = world.audit;

  await done(['resume', TASK]);
  await stopped('term-behind');
  assert.match(await done(['show', TASK]), new RegExp(`task resume ${TASK} --adopt-term ${later}`));
  await done(['resume', TASK, '--adopt-term', String(later)]);
  await world.running(0);
  await world.settle();
  assert.equal(world.audit.doubled, doubled);
});

test('a paused task is deleted with all that belongs to it', async () => {
  await done(['pause', TASK]);
  await world.endCores();
  await done(['delete', TASK]);
  assert.equal((await world.cli(['task', 'show', TASK])).code, 4);
});
