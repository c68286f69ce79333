import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Kafka, logLevel } from 'kafkajs';
import { Failure } from '../../../coordination/failure.js';
import { IdempotentSender, type Shipment } from '../../../core/sink/idempotent-sender.js';
import { kafkaFailure } from '../../../core/sink/kafka-failure.js';
import { KafkaClient } from '../../../core/sink/kafkajs-client.js';
import { RecordBatchBuilder } from '../../../core/sink/record-batch.js';
import { TransactionalProducer } from '../../../core/sink/transactional-producer.js';
import { startStack, type Stack } from '../../stack/stack.js';
import { never, quiet } from './fixtures.js';
import { readTopic, withAdmin } from './read-topic.js';

let stack: Stack;
let brokers: readonly string[];
let client: KafkaClient;

before(async () => {
  stack = await startStack({ kafka: 1 });
  brokers = stack.kafka[0]!.brokers;
  client = new KafkaClient({ clientId: 'test', brokers, connectTimeoutMs: 3_000, requestTimeoutMs: 3_000, log: quiet });
  await client.connect();
});
after(async () => {
  await client.close();
  await stack.stop();
});

async function newTopic(topic: string): Promise<void> {
  await withAdmin(brokers, (admin) => admin.createTopics({ topics: [{ topic }], waitForLeaders: true }));
  await client.findTopic(topic);
}

async function producer(transactionalId: string, aheadMs?: number): Promise<TransactionalProducer> {
  const patienceMs = 5_000;
  const tooLarge = (): Failure => new Failure('record-too-large', 'too large');
  const sender = new IdempotentSender({ patienceMs, log: quiet, pack: (plain) => plain, tooLarge });
  const more = aheadMs === undefined ? {} : { aheadMs };
  const made = new TransactionalProducer({ transactionalId, sender, patienceMs, log: quiet, ...more });
  await made.find(client, never);
  await made.init(never);
  return made;
}

function shipment(topic: string, value: string): Shipment {
  const builder = new RecordBatchBuilder();
  builder.append(Buffer.from('k'), 1, value);
  const batch = builder.finish();
  return { topic, partition: 0, batch, plain: batch };
}

async function valuesOf(topic: string): Promise<(string | null)[]> {
  return (await readTopic(brokers, topic)).map(({ value }) => value);
}

test('a transaction opened ahead holds no consumer back, and the next records go into it', async () => {
  await newTopic('ahead');
  const made = await producer('ahead');
  for (const value of ['1', '2']) {
    await made.send(client, [shipment('ahead', value)], never);
    await made.commit(never);
    made.openAhead([{ topic: 'ahead', partition: 0 }]);
  }
  const stranger = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).producer();
  await stranger.connect();
  await stranger.send({ topic: 'ahead', messages: [{ value: 'of a stranger' }] });
  await stranger.disconnect();
  assert.deepEqual(await valuesOf('ahead'), ['1', '2', 'of a stranger']);
  await made.send(client, [shipment('ahead', '3')], never);
  assert.deepEqual(await valuesOf('ahead'), ['1', '2', 'of a stranger'], 'what is not committed is not seen');
  await made.commit(never);
  assert.deepEqual(await valuesOf('ahead'), ['1', '2', 'of a stranger', '3']);
});

test('one that stays empty is ended, and the producer goes on', async () => {
  await newTopic('unused');
  const made = await producer('unused', 0);
  for (const value of ['1', '2']) {
    made.openAhead([{ topic: 'unused', partition: 0 }]);
    await made.endUnused(never);
    await made.send(client, [shipment('unused', value)], never);
    await made.commit(never);
  }
  assert.deepEqual(await valuesOf('unused'), ['1', '2']);
});

test('whoever is initialised next ends it; the one that opened it is fenced', async () => {
  await newTopic('fenced');
  const zombie = await producer('fenced');
  zombie.openAhead([{ topic: 'fenced', partition: 0 }]);
  await zombie.send(client, [shipment('fenced', 'open')], never);
  const leader = await producer('fenced');
  await assert.rejects(zombie.send(client, [shipment('fenced', 'late')], never), { kind: 'sink-fenced' });
  await leader.send(client, [shipment('fenced', 'of the leader')], never);
  await leader.commit(never);
  assert.deepEqual(await valuesOf('fenced'), ['of the leader']);
});

test('what goes wrong while it is opened is thrown by the next send', async () => {
  await newTopic('thrown');
  const zombie = await producer('thrown');
  await producer('thrown');
  zombie.openAhead([{ topic: 'thrown', partition: 0 }]);
  await assert.rejects(
    zombie.send(client, [shipment('thrown', 'late')], never),
    (error) => kafkaFailure(error, 'sending', 'here').kind === 'sink-fenced',
  );
  assert.deepEqual(await valuesOf('thrown'), []);
});
