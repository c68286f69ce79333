import { drainBare } from './bare-limit.js';
import { runs, type Delivery, type Field } from './field.js';
import type { Peer } from './peer.js';
import { fill } from './fill.js';
import type { Figure } from './report.js';

export interface BacklogPlan {
  readonly task: string;
  readonly rows: number;
  readonly perTransaction: number;
  /** Rows per second to reach, where there is a bar. */
  readonly bar?: number;
  readonly delivery?: Delivery;
  /** Reads the same backlog before the Core does, to compare with. */
  readonly peer?: Peer | undefined;
}

/** A binlog that is there before the Core starts: from RUNNING to the last record acknowledged, beside what mysqlbinlog needs. */
export async function measureBacklog(field: Field, plan: BacklogPlan): Promise<Figure[]> {
  const { task, rows, perTransaction, bar, delivery = 'exactly-once', peer } = plan;
  const part = `backlog, ${rows} rows, ${perTransaction} a transaction, ${delivery}`;
  await field.prepare(task);
  const from = await field.binlogEnd();
  await fill(field.stack.mysql[0]!, `${task}.t`, rows, perTransaction);
  const bare = await drainBare(field, from);
  const peers = (await peer?.measure(field, part, { task, rows, from })) ?? [];
  await field.register(task, from, delivery);
  const core = field.core(task);
  await field.until(task, 'RUNNING', runs);
  const began = performance.now();
  const early = await field.records(task); // read a little after RUNNING: the rate is rather too low than too high
  await field.untilRecords(task, rows);
  const seconds = (performance.now() - began) / 1000;
  const cpu = await core.cpuSeconds();
  const peak = await core.peakMegabytes();
  const surplus = (await field.committed(task, rows)) - rows;
  await field.endCores();
  const rate = (rows - early) / seconds;
  const bareRate = rows / bare.seconds;
  const ratio = peers[0] && rate / peers[0].value;
  return [
    { part, name: 'to Kafka', value: rate, unit: 'rows/s', ...(bar === undefined ? {} : { bar: { atLeast: bar } }) },
    { part, name: 'to Kafka, binlog read', value: (bare.megabytes * rate) / rows, unit: 'MB/s' },
    { part, name: 'time from RUNNING to the last record', value: seconds, unit: 's' },
    { part, name: 'in Kafka before RUNNING was seen, not counted', value: early, unit: 'records' },
    { part, name: 'records more than rows', value: surplus, unit: 'records', bar: { below: 1 } },
    { part, name: 'CPU of the Core since its start', value: cpu, unit: 's' },
    { part, name: 'peak memory of the Core', value: peak, unit: 'MB', bar: { below: 200 } },
    { part, name: 'mysqlbinlog --raw alone', value: bareRate, unit: 'rows/s' },
    { part, name: 'mysqlbinlog --raw alone', value: bare.megabytes / bare.seconds, unit: 'MB/s' },
    { part, name: 'share of that limit', value: (100 * rate) / bareRate, unit: '%' },
    ...peers,
    ...(ratio === undefined ? [] : [{ part, name: 'times the peer’s rate', value: ratio, unit: '×' }]),
  ];
}
