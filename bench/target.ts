import { setTimeout as sleep } from 'node:timers/promises';
import { connectSql } from '../test/core/source/sql.js';
import { runs, type Field } from './field.js';
import { rowSql } from './fill.js';
import { percentile, type Figure } from './report.js';
import { TargetField } from './target-field.js';

const BAR_ROWS = 20_000;
const BAR_LAG_MS = 200;
const LAG_RATE = 2_000;
const LAG_PER_TRANSACTION = 10;
const LAG_WRITERS = 4;

/** Rows applied per second into another MySQL, beside its own replica on the same binlog, and how late rows are at a steady rate. */
export async function measureTarget(field: Field, quick: boolean, add: (figures: Figure[]) => void): Promise<void> {
  const at = await TargetField.open(field);
  try {
    for (const perTransaction of [10, 1]) {
      for (const tables of quick ? [1, 10] : [1, 10, 100]) {
        const rows = (perTransaction === 10 ? 300_000 : 100_000) / (quick ? 5 : 1);
        add(await measureApply(at, { tables, perTransaction, rows }, quick ? [1, 4] : [1, 4, 8]));
      }
    }
    add(await measureLag(at, quick ? 5 : 20));
  } finally {
    await at.close();
  }
}

async function measureApply(
  at: TargetField,
  { tables, perTransaction, rows }: { tables: number; perTransaction: number; rows: number },
  widths: readonly number[],
): Promise<Figure[]> {
  const database = `bench_target_${tables}_${perTransaction}`;
  const part = `target, ${rows} rows, ${perTransaction} a transaction, ${tables} tables`;
  await at.prepare(database, tables);
  const from = await at.field.binlogEnd();
  await at.fill(database, tables, rows, perTransaction);
  const own = rows / (await at.applyByReplica(from));
  const figures: Figure[] = [{ part, name: 'MySQL’s own replica, 4 workers', value: own, unit: 'rows/s' }];
  for (const parallel of widths) {
    const { seconds, cpu, megabytes } = await at.applyByCore(database, from, { parallel, tables, rows });
    const rate = rows / seconds;
    const bar = perTransaction === 10 && parallel === 4 ? { bar: { atLeast: BAR_ROWS } } : {};
    const share = parallel === 4 ? { bar: { atLeast: 50 } } : {};
    figures.push(
      { part, name: `${parallel} in parallel`, value: rate, unit: 'rows/s', ...bar },
      { part, name: `${parallel} in parallel, share of the replica`, value: (100 * rate) / own, unit: '%', ...share },
      { part, name: `${parallel} in parallel, CPU of the Core`, value: cpu, unit: 's' },
      { part, name: `${parallel} in parallel, peak memory`, value: megabytes, unit: 'MB', bar: { below: 300 } },
    );
  }
  return figures;
}

/** From a commit's answer at the source until its last row can be read at the target. */
async function measureLag(at: TargetField, seconds: number): Promise<Figure[]> {
  const database = 'bench_target_lag';
  const part = `target, ${LAG_RATE} rows/s in transactions of ${LAG_PER_TRANSACTION}`;
  await at.prepare(database, 1);
  await at.register(database, database, 'latest', 4);
  at.field.core(database);
  await at.field.until(database, 'RUNNING', runs);
  const writers = await Promise.all(Array.from({ length: LAG_WRITERS }, () => connectSql(at.field.stack.mysql[0]!)));
  const committed = new Map<number, number>();
  const lags: number[] = [];
  let writing = true;
  const write = async (): Promise<void> => {
    const began = performance.now();
    const total = (LAG_RATE / LAG_PER_TRANSACTION) * seconds;
    const commits: Promise<void>[] = [];
    for (let i = 0; i < total;) {
      const due = Math.min(total, ((performance.now() - began) / 1000) * (LAG_RATE / LAG_PER_TRANSACTION));
      for (; i < due; i++) {
        const ids = Array.from({ length: LAG_PER_TRANSACTION }, (_, n) => i * LAG_PER_TRANSACTION + n + 1);
        const last = ids.at(-1)!;
        const sent = writers[i % LAG_WRITERS]!.run(`INSERT INTO ${database}.t0 VALUES ${ids.map(rowSql).join(',')}`);
        commits.push(sent.then(() => void committed.set(last, performance.now())));
      }
      await sleep(1);
    }
    await Promise.all(commits);
    writing = false;
  };
  const watch = async (): Promise<void> => {
    while (writing || committed.size > 0) {
      const waiting = [...committed.keys()];
      if (waiting.length > 0) {
        const there = await at.target.cells(`SELECT id FROM ${database}.t0 WHERE id IN (${waiting.join()})`);
        const now = performance.now();
        for (const [id] of there) {
          lags.push(now - committed.get(Number(String(id)))!);
          committed.delete(Number(String(id)));
        }
      }
      await sleep(1);
    }
  };
  try {
    await Promise.all([write(), watch()]);
  } finally {
    await Promise.all(writers.map((writer) => writer.close()));
    await at.field.endCores();
  }
  return [
    { part, name: 'commit answered to readable at the target, p50', value: percentile(lags, 0.5), unit: 'ms' },
    {
      part,
      name: 'commit answered to readable at the target, p99',
      value: percentile(lags, 0.99),
      unit: 'ms',
      bar: { below: BAR_LAG_MS },
    },
  ];
}
