/** `npm run bench`: the figures of the main job on real services of this machine, each beside its bar. */
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { measureBacklog } from './backlog.js';
import type { CoreProcess } from './core-process.js';
import { measureDecode } from './decode.js';
import { measureEncode } from './encode.js';
import { Field } from './field.js';
import { measureGroups } from './groups.js';
import { measureLatency } from './latency.js';
import { measureMonitor } from './monitor.js';
import { readOptions, USAGE, type BenchOptions } from './options.js';
import { Peer } from './peer.js';
import { passes, table, type Figure } from './report.js';
import { measureRolling } from './rolling.js';
import { measureServer } from './server.js';
import { measureTakeover } from './takeover.js';
import { measureTarget } from './target.js';

/** The default session timeout and half a second. */
const MACHINE_BAR_MS = 4_500;
const RESULTS = 'bench/results';
let deliveries = 0;

async function measure(
  field: Field,
  { quick, parts }: BenchOptions,
  add: (figures: Figure[]) => void,
  peer: Peer | undefined,
): Promise<void> {
  if (parts.has('decode')) add(await measureDecode(field.stack.mysql[0]!, quick ? 5 : 1));
  if (parts.has('encode')) add(await measureEncode(field.stack.mysql[0]!, quick ? 5 : 1));
  if (parts.has('backlog')) {
    const share = quick ? 5 : 1;
    const tens = { task: 'bench_tens', rows: 500_000 / share, perTransaction: 10, bar: 100_000 };
    const ones = { task: 'bench_ones', rows: 100_000 / share, perTransaction: 1, bar: 50_000 };
    add(await measureBacklog(field, { ...tens, peer }));
    add(await measureBacklog(field, { ...ones, peer }));
  }
  if (parts.has('latency')) {
    const seconds = quick ? 5 : 10;
    const slow = [
      { rate: 1, seconds: 2 * seconds },
      { rate: 100, seconds },
    ];
    const fast = { rate: 1_000, seconds };
    add(await measureLatency(field, [...slow, { rate: 500, seconds, bar: 25 }, fast]));
    add(await measureLatency(field, [...slow, { rate: 500, seconds, bar: 5 }, fast], 'at-least-once'));
  }
  if (parts.has('delivery')) {
    for (const delivery of ['at-least-once', 'exactly-once', 'at-least-once', 'exactly-once'] as const) {
      const task = `bench_delivery_${++deliveries}`;
      add(await measureBacklog(field, { task, rows: quick ? 100_000 : 250_000, perTransaction: 10, delivery }));
      const seconds = quick ? 3 : 6;
      add(await measureLatency(field, [{ rate: 20, seconds }, { rate: 500, seconds }], delivery)); // prettier-ignore
    }
  }
  if (parts.has('takeover')) {
    const times = quick ? 3 : 20;
    const killed = { name: 'kill -9', end: (core: CoreProcess) => core.kill('SIGKILL'), times, bar: 200 };
    const machine = {
      name: 'the death of a machine',
      end: (core: CoreProcess) => core.die(),
      times,
      bar: MACHINE_BAR_MS,
    };
    const graceful = { name: 'a graceful stop', end: (core: CoreProcess) => core.kill('SIGTERM'), times, bar: 300 };
    add(await measureTakeover(field, [killed, machine, graceful]));
  }
  if (parts.has('target')) await measureTarget(field, quick, add);
  if (parts.has('monitor')) add(await measureMonitor(field, quick ? 100 : 1_000));
  if (parts.has('rolling')) {
    const plan = { tasks: 6, cores: 3, rounds: quick ? 1 : 3 };
    add(await measureRolling(field, { ...plan, standby: 'hot' }));
    add(await measureRolling(field, { ...plan, standby: 'cold' }));
  }
  if (parts.has('server')) add(await measureServer(field, { tasks: 1_000, streams: 100, seconds: quick ? 10 : 30 }));
  if (parts.has('groups')) {
    for (const tasks of quick ? [10, 100] : [10, 100, 1_000]) add(await measureGroups(field, { tasks, cores: 10 }));
  }
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') return console.log(USAGE);
  const stopped = new AbortController();
  const figures: Figure[] = [];
  const began = new Date();
  const loadBefore = loadavg();
  let field: Field | undefined;
  const peer = options.peer ? await Peer.build((line) => console.error(line)) : undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stopped.abort(new Error(`stopped by ${signal}`));
      void field?.close(); // what is being measured fails, and with it the bench
    });
  }
  try {
    field = await Field.open(options.cli, (line) => console.error(line), stopped.signal);
    const add = (more: Figure[]): void => {
      figures.push(...more);
      console.log(`${table(more)}\n`);
    };
    await measure(field, options, add, peer);
  } catch (error) {
    console.error(stopped.signal.aborted ? stopped.signal.reason : error); // what was measured until here is kept
    process.exitCode = 1;
  } finally {
    await field?.close();
    await peer?.close();
  }
  const machine = { cores: availableParallelism(), node: process.version, loadBefore, loadAfter: loadavg() };
  const path = `${RESULTS}/${began.toISOString().replaceAll(':', '-')}.json`;
  await mkdir(RESULTS, { recursive: true });
  const all = figures.map((figure) => ({ ...figure, met: passes(figure) }));
  await writeFile(path, `${JSON.stringify({ began, quick: options.quick, machine, figures: all }, undefined, 2)}\n`);
  const load = [loadBefore, machine.loadAfter].map(([one = 0]) => one.toFixed(1)).join(' before, ');
  console.log(`${machine.cores} CPUs, Node ${process.version}, load average ${load} after; kept in ${path}`);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
// After an interruption a Kafka client may still look for its broker, which is gone; nothing is left to wait for.
process.exit();
