import { setTimeout as sleep } from 'node:timers/promises';
import { connectSql } from '../test/core/source/sql.js';
import { ArrivalsReader } from './arrivals.js';
import { runs, type Field } from './field.js';
import { rowSql } from './fill.js';
import { percentile, type Figure } from './report.js';

export interface RollingPlan {
  readonly tasks: number;
  readonly cores: number;
  /** How often every Core is restarted. */
  readonly rounds: number;
  /** hot: every Core serves every task by name. cold: they share the tasks of a group. */
  readonly standby: 'hot' | 'cold';
}

/** Between two commits of a task: no pause can be seen that is shorter. */
const COMMIT_EVERY_MS = 20;
const CONTROL_MS = 10_000;
/** What an operator waits before the next Core, after all is well. */
const BETWEEN_CORES_MS = 2_000;
const SILENT_MS = 60_000;
const BAR_MS = 300;

/** Every Core is stopped in order and started again, one after the other, while every task's source commits all the time. */
export async function measureRolling(field: Field, { tasks, cores, rounds, standby }: RollingPlan): Promise<Figure[]> {
  const group = `bench_rolling_${standby}`;
  const names = Array.from({ length: tasks }, (_, i) => `${group}_${i + 1}`);
  for (const name of names) {
    await field.prepare(name);
    await field.register(name, 'latest', 'exactly-once', standby === 'cold' ? group : undefined);
  }
  const serving = standby === 'cold' ? ['--group', group] : names.flatMap((name) => ['--task', name]);
  const allRun = () =>
    Promise.all(names.map((name) => field.until(name, 'RUNNING', (seen) => stands(seen, standby, cores))));
  const start = async (core: string): Promise<void> => {
    const started = field.coreFor(serving, core);
    while (standby === 'hot' && started.warmed < tasks && !started.gone) await sleep(20);
    await allRun();
    await sleep(BETWEEN_CORES_MS);
  };
  const coreNames = Array.from({ length: cores }, (_, i) => `${group}-core-${i + 1}`);
  for (const core of coreNames) field.coreFor(serving, core);
  await allRun();
  const load = new Committer(field, names);
  const arrivals = await ArrivalsReader.open(field, names);
  try {
    await load.untilAll(1);
    await untilArrived(arrivals, load);
    arrivals.measureGaps();
    await sleep(CONTROL_MS);
    const control = arrivals.all.map(({ longest }) => longest);
    arrivals.measureGaps();
    for (let round = 0; round < rounds; round++) {
      for (const core of coreNames) {
        await field.coreOf(core).end('SIGTERM');
        await start(core);
      }
    }
    await load.stop();
    await untilArrived(arrivals, load);
    const part = `rolling restart of ${cores} Cores, ${rounds} times, ${tasks} tasks in ${standby} standby, 50 commits/s each`;
    return figures(part, arrivals, load, control);
  } finally {
    await load.stop();
    await arrivals.close();
    await field.endCores();
  }
}

type Overview = Awaited<ReturnType<Field['until']>>;

function stands(seen: Overview, standby: RollingPlan['standby'], cores: number): boolean {
  return runs(seen) && seen.instances.length === (standby === 'hot' ? cores : 1);
}

function figures(part: string, { all }: ArrivalsReader, load: Committer, control: readonly number[]): Figure[] {
  const moved = all.map(({ pauses }) => pauses);
  const longest = all.map((task) => Math.max(...task.pauses));
  const total = moved.map((pauses) => pauses.reduce((sum, ms) => sum + ms, 0));
  const lost = load.committed - all.reduce((sum, { ids }) => sum + ids.size, 0);
  const doubled = all.reduce((sum, { records, ids }) => sum + records - ids.size, 0);
  const reordered = all.reduce((sum, task) => sum + task.reordered, 0);
  const ms = (name: string, value: number): Figure => ({ part, name, value, unit: 'ms' });
  const none = (name: string, value: number): Figure => ({ part, name, value, unit: 'records', bar: { below: 1 } });
  return [
    { part, name: 'changes of leader', value: moved.flat().length, unit: '' },
    ms('pause at each of them, p50', percentile(moved.flat(), 0.5)),
    { ...ms('pause at each of them, p99', percentile(moved.flat(), 0.99)), bar: { below: BAR_MS } },
    ms('longest pause of a task, p50 over tasks', percentile(longest, 0.5)),
    ms('longest pause of a task, p99 over tasks', percentile(longest, 0.99)),
    ms('longest pause of a task, max', Math.max(...longest)),
    ms('longest gap of a task, whole time, max', Math.max(...all.map((task) => task.longest))),
    ms('all pauses of a task together, p50', percentile(total, 0.5)),
    ms('all pauses of a task together, max', Math.max(...total)),
    ms(`longest gap in ${CONTROL_MS / 1000} s without a restart, max`, Math.max(...control)),
    { part, name: 'committed', value: load.committed, unit: 'rows' },
    none('lost', lost),
    none('doubled', doubled),
    none('reordered', reordered),
  ];
}

/** Ends also when nothing more comes for a while: the figures tell what is missing. */
async function untilArrived(arrivals: ArrivalsReader, load: Committer): Promise<void> {
  const wanted = [...load.counts];
  const newest = () => Math.max(...arrivals.all.map(({ at }) => at));
  const began = performance.now();
  while (wanted.some(([task, count]) => arrivals.of(task).ids.size < count)) {
    if (performance.now() - Math.max(began, newest()) > SILENT_MS) return;
    await sleep(10);
  }
}

/** One-row transactions for each task, one after the other, until stopped. */
class Committer {
  readonly counts: Map<string, number>;
  readonly #working: Promise<unknown>;
  #stopped = false;

  constructor(field: Field, tasks: readonly string[]) {
    this.counts = new Map(tasks.map((task) => [task, 0]));
    this.#working = Promise.all(tasks.map((task) => this.#work(field, task)));
    this.#working.catch(() => undefined); // thrown by stop
  }

  get committed(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  async untilAll(count: number): Promise<void> {
    while ([...this.counts.values()].some((now) => now < count)) await sleep(COMMIT_EVERY_MS);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#working;
  }

  async #work(field: Field, task: string): Promise<void> {
    const sql = await connectSql(field.stack.mysql[0]!);
    const began = performance.now();
    try {
      for (let id = 1; !this.#stopped; id++) {
        await sql.run(`INSERT INTO ${task}.t VALUES ${rowSql(id)}`);
        this.counts.set(task, id);
        await sleep(Math.max(0, began + id * COMMIT_EVERY_MS - performance.now()));
      }
    } finally {
      await sql.close();
    }
  }
}
