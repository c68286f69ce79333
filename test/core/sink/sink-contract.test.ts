import { after, before } from 'node:test';
import { sinkContract } from '../../contract/sink-contract.js';
import { startStack, type Stack } from '../../stack/stack.js';
import { connectSql, type Sql } from '../source/sql.js';
import { testSink } from './fixtures.js';
import { targetSink } from './mysql/scene.js';
import { readTopic } from './read-topic.js';

let stack: Stack;
let sql: Sql;

before(async () => {
  stack = await startStack({ mysql: 1, kafka: 1 });
  sql = await connectSql(stack.mysql[0]!);
});

after(async () => {
  await sql?.close();
  await stack?.stop();
});

const database = (task: string): string => task.replaceAll('-', '_');

sinkContract('Kafka', () => {
  const brokers = stack.kafka[0]!.brokers;
  return {
    sink: (task) => testSink(brokers, { topic: '{task}', delivery: 'exactly-once' }, { task }),
    delivered: async (task, atLeast) => {
      // A commit is answered before its markers are everywhere: readers see it a little later.
      for (;;) {
        const records = await readTopic(brokers, task);
        const ids = records.map(({ value }) => (JSON.parse(value!) as { after: { id: number } }).after.id);
        if (ids.length >= atLeast) return ids.sort((a, b) => a - b);
      }
    },
  };
});

for (const order of ['commit', 'key'] as const) {
  sinkContract(`MySQL, order ${order}`, () => ({
    sink: (task) => {
      const name = database(`${task}_${order}`);
      return targetSink(
        stack.mysql[0]!,
        { order, create: true, tables: { 'shop.*': `${name}.*` } },
        { task: name, source },
      );
    },
    delivered: async (task) => {
      const rows = await sql.cells(`SELECT id FROM ${database(`${task}_${order}`)}.t ORDER BY id`);
      return rows.map(([id]) => Number(String(id)));
    },
  }));
}

/** Stands for a source: tables are made when rows come. */
const source = {
  logsCascades: () => Promise.resolve(true),
  definition: () => Promise.resolve('CREATE TABLE `t` (id INT PRIMARY KEY, version INT, note VARCHAR(50))'),
};
