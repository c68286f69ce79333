/**
 * What a row costs the Core: `node [--cpu-prof] dist/bench/flow.js [rows] [rows per transaction] [delivery] [runs]`. A backlog is read from MySQL and delivered
 * to Kafka in this process, which does nothing else meanwhile; CPU time per row is steadier than rows per second. One JSON line per run.
 */
import { createLogger } from '../coordination/log.js';
import { kafkaSink } from '../coordination/schema/task-spec.js';
import { createKafkaSink } from '../core/sink/kafka-sink.js';
import { createMysqlSource } from '../core/source/mysql-source.js';
import { connectSql } from '../test/core/source/sql.js';
import { startStack } from '../test/stack/stack.js';
import { fill, TABLE } from './fill.js';

const [rows = '200000', perTransaction = '10', wanted = 'exactly-once', runs = '3'] = process.argv.slice(2);
const total = Number(rows);
const delivery = wanted === 'at-least-once' ? wanted : 'exactly-once';
const log = createLogger({ level: 'warn', pretty: false });
const { signal } = new AbortController();

const stack = await startStack({ mysql: 1, kafka: 1 }, { onProgress: (line) => console.error(line) });
try {
  const [mysql] = stack.mysql;
  const sql = await connectSql(mysql!);
  await sql.run(`CREATE DATABASE flow; CREATE TABLE flow.t (${TABLE})`);
  const { host, port } = mysql!;
  const spec = { mysql: { host, port, user: 'root' }, tables: ['flow.*'], from: 'latest' as const };
  const source = createMysqlSource({ task: 'flow', spec, log });
  const from = await source.start(signal);
  await fill(mysql!, 'flow.t', total, Number(perTransaction));
  for (let run = 1; run <= Number(runs); run++) {
    const kafka = kafkaSink.parse({ brokers: stack.kafka[0]!.brokers, delivery, partitions: 1, topic: `flow-${run}` });
    const sink = createKafkaSink({ task: `flow-${run}`, spec: kafka, log });
    await sink.open(signal);
    await sink.claim({ term: 1, position: from, order: undefined, sink: undefined, adoptTerm: undefined }, signal);
    const began = performance.now();
    const cpu = process.cpuUsage();
    let [seen, chunks, peak] = [0, 0, 0];
    for await (const chunk of source.read(from, signal)) {
      await sink.write(chunk, signal);
      seen += chunk.rows;
      chunks++;
      peak = Math.max(peak, process.memoryUsage.rss());
      if (seen >= total) break;
    }
    const seconds = (performance.now() - began) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const line = {
      rows: seen,
      perTransaction: Number(perTransaction),
      delivery,
      chunks,
      rowsPerSecond: Math.round(seen / seconds),
      userMicrosPerRow: Number((user / seen).toFixed(2)),
      systemMicrosPerRow: Number((system / seen).toFixed(2)),
      peakMegabytes: Math.round(peak / 1e6),
    };
    console.log(JSON.stringify(line));
    await sink.close();
  }
  await source.close();
  await sql.close();
} finally {
  await stack.stop();
}
