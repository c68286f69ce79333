import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectSql } from '../test/core/source/sql.js';
import { CommittedReader } from './committed-reader.js';
import { runs, topicOf, type Delivery, type Field } from './field.js';
import { rowSql } from './fill.js';
import { percentile, type Figure } from './report.js';

export interface LatencyPlan {
  readonly rate: number;
  readonly seconds: number;
  /** Milliseconds the 99th percentile has to stay below, where there is a bar. */
  readonly bar?: number;
}

const CONNECTIONS = 8;
/** The broker has just begun, and compiles what it is busy with. */
const WARM_UP = { rate: 500, seconds: 10 };

let measured = 0;

interface Row {
  sent: number;
  committed?: number;
  arrived?: number;
}

/** One-row commits at given rates; producer and consumer share this process and its clock. */
export async function measureLatency(
  field: Field,
  plans: readonly LatencyPlan[],
  delivery: Delivery = 'exactly-once',
): Promise<Figure[]> {
  const task = `bench_latency_${++measured}`;
  await field.prepare(task);
  await field.register(task, 'latest', delivery);
  const core = field.core(task);
  await field.until(task, 'RUNNING', runs);
  const rows = new Map<number, Row>();
  let arrivals = 0;
  const reader = await CommittedReader.open(field.stack.kafka[0]!.brokers[0]!, topicOf(task), (key) => {
    const row = rows.get((JSON.parse(key.toString()) as { id: number }).id);
    if (!row || row.arrived !== undefined) return;
    row.arrived = performance.now();
    arrivals++;
  });
  const writers = await Promise.all(Array.from({ length: CONNECTIONS }, () => connectSql(field.stack.mysql[0]!)));
  let lastId = 0;
  const write = async ({ rate, seconds }: { rate: number; seconds: number }): Promise<Row[]> => {
    const written: Row[] = [];
    const commits: Promise<void>[] = [];
    const began = performance.now();
    const total = Math.round(rate * seconds);
    while (written.length < total) {
      const due = Math.min(total, Math.floor(((performance.now() - began) / 1000) * rate) + 1);
      while (written.length < due) {
        const id = ++lastId;
        const row: Row = { sent: performance.now() };
        rows.set(id, row);
        written.push(row);
        const writer = writers[id % CONNECTIONS]!;
        const sent = writer.run(`INSERT INTO ${task}.t VALUES ${rowSql(id)}`);
        const commit = sent.then(() => void (row.committed = performance.now()));
        commit.catch(() => undefined); // it is awaited below, perhaps after it has failed
        commits.push(commit);
      }
      await sleep(1);
    }
    await Promise.all(commits);
    const end = performance.now() + 30_000;
    while (arrivals < lastId) {
      if (performance.now() > end) throw new Error(`${lastId - arrivals} rows did not arrive within 30 s`);
      await sleep(5);
    }
    return written;
  };
  const figures: Figure[] = [];
  try {
    await write(WARM_UP);
    for (const plan of plans) {
      const lateness = monitorEventLoopDelay({ resolution: 1 });
      lateness.enable();
      figures.push(...summary(plan, await write(plan), delivery));
      lateness.disable();
      const part = figures.at(-1)!.part;
      // The bench is late itself where the CPUs are scarce: so much of the figures above is its own.
      figures.push({
        part,
        name: 'event loop of the bench late, p99',
        value: lateness.percentile(99) / 1e6,
        unit: 'ms',
      });
    }
    const part = `latency, whole run, ${delivery}`;
    figures.push({
      part,
      name: 'peak memory of the Core',
      value: await core.peakMegabytes(),
      unit: 'MB',
      bar: { below: 200 },
    });
  } finally {
    await Promise.all(writers.map((writer) => writer.close().catch(() => undefined)));
    await reader.close();
    await field.endCores();
  }
  return figures;
}

function summary({ rate, seconds, bar }: LatencyPlan, rows: readonly Row[], delivery: Delivery): Figure[] {
  const part = `latency, ${rate} one-row commits/s for ${seconds} s, ${delivery}`;
  const fromCommit = rows.map(({ committed = NaN, arrived = NaN }) => arrived - committed);
  const fromSend = rows.map(({ sent, arrived = NaN }) => arrived - sent);
  const p99: Figure = {
    part,
    name: 'commit answered to record read, p99',
    value: percentile(fromCommit, 0.99),
    unit: 'ms',
  };
  return [
    { part, name: 'commit answered to record read, p50', value: percentile(fromCommit, 0.5), unit: 'ms' },
    bar === undefined ? p99 : { ...p99, bar: { below: bar } },
    { part, name: 'statement sent to record read, p50', value: percentile(fromSend, 0.5), unit: 'ms' },
    { part, name: 'statement sent to record read, p99', value: percentile(fromSend, 0.99), unit: 'ms' },
  ];
}
