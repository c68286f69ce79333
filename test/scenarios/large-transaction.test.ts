import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Kafka, logLevel } from 'kafkajs';
import { withAdmin } from '../core/sink/read-topic.js';
import { TASK, World } from './world.js';

const ROWS = 1_000_000;
const TOPIC = `${TASK}.shop.bulk`;

let world: World;
let brokers: readonly string[];

before(async () => {
  world = await World.open();
  brokers = world.stack.kafka[0]!.brokers;
  await world.sql.run(`CREATE TABLE shop.bulk (id INT PRIMARY KEY, note VARCHAR(100) NOT NULL, amount DECIMAL(12,2))`);
  await world.register();
  world.core('core-1');
  world.core('core-2');
  await world.running();
});
after(() => world.close());

/** How many records the topic holds now; 0 while there is none. */
async function arrived(): Promise<number> {
  const offsets = await withAdmin(brokers, (admin) => admin.fetchTopicOffsets(TOPIC)).catch(() => []);
  return offsets.reduce((sum, { high }) => sum + Number(high), 0);
}

/** Which ids arrived; no record is kept. */
async function idsIn(records: number): Promise<Set<number>> {
  const ids = new Set<number>();
  const kafka = new Kafka({ clientId: 'reader', brokers: [...brokers], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: 'bulk-reader' });
  await consumer.connect();
  try {
    await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
    let read = 0;
    await new Promise<void>((resolve, reject) => {
      consumer.on('consumer.crash', ({ payload }) => reject(payload.error));
      consumer
        .run({
          eachBatch: async ({ batch }) => {
            for (const { key } of batch.messages) {
              ids.add((JSON.parse(String(key)) as { id: number }).id);
            }
            read += batch.messages.length;
            if (read >= records) resolve();
          },
        })
        .catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
  return ids;
}

test('a million rows in one transaction, and the runner is killed in its middle: every row arrives, memory stays bounded', async (t) => {
  const { runner, term } = await world.running();
  await world.sql.run(`
    SET SESSION cte_max_recursion_depth = ${ROWS};
    INSERT INTO shop.bulk WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
      SELECT i, CONCAT('a note about the order ', i), i / 4 FROM n`);
  const inside = await world.until(
    'lastCommit inside the transaction',
    ({ lastCommit }) => lastCommit.kind === 'present' && (lastCommit.value.position?.events ?? 0) > 0,
  );
  runner.kill('SIGKILL');
  assert.ok(inside.lastCommit.kind === 'present');
  const { position } = inside.lastCommit.value;
  await world.until(
    `a term after ${term}`,
    ({ progress }) => progress.kind === 'present' && progress.value.term > term,
  );
  await world.until(
    'lastCommit behind the transaction',
    ({ lastCommit }) =>
      lastCommit.kind === 'present' &&
      lastCommit.value.position?.events === 0 &&
      lastCommit.value.position.offset > position!.offset,
    120_000,
  );
  const records = await arrived();
  const ids = await idsIn(records);
  assert.equal(ids.size, ROWS);
  t.diagnostic(`killed at event ${position!.events}; ${records - ROWS} of ${ROWS} rows came twice`);
  t.diagnostic(`peak memory of a Core ${Math.round(world.peakMegabytes)} MB`);
  // The standby went on inside the transaction, not at its beginning: what was durable by then came once.
  assert.ok(records - ROWS < ROWS / 2, `${records - ROWS} rows came twice`);
});
