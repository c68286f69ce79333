import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readToEnd } from '../core/sink/read-topic.js';
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

/** How many records a consumer that reads committed gets, and of how many rows; no record is kept. */
async function arrived(): Promise<{ records: number; rows: number }> {
  const ids = new Set<number>();
  let records = 0;
  const begin = (): void => {
    ids.clear();
    records = 0;
  };
  await readToEnd(brokers, TOPIC, begin, (_partition, { key }) => {
    ids.add((JSON.parse(String(key)) as { id: number }).id);
    records++;
  });
  return { records, rows: ids.size };
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
  const { records, rows } = await arrived();
  assert.equal(rows, ROWS);
  t.diagnostic(`killed at event ${position!.events}; ${records - ROWS} of ${ROWS} rows came twice`);
  t.diagnostic(`peak memory of a Core ${Math.round(world.peakMegabytes)} MB`);
  // The standby went on inside the transaction, at the very row.
  assert.equal(records, ROWS);
});
