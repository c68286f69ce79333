import type { TaskOverview } from '../coordination/task-list.js';
import { runs, type Field } from './field.js';
import type { CoreProcess } from './core-process.js';
import { percentile, type Figure } from './report.js';

export interface TakeoverPlan {
  readonly name: string;
  readonly end: (runner: CoreProcess) => void;
  readonly times: number;
  /** Milliseconds that none may reach. */
  readonly bar: number;
}

const TASK = 'bench_takeover';

/** Two Cores in hot standby; from the signal to the runner until the other one's progress says RUNNING, again and again. */
export async function measureTakeover(field: Field, plans: readonly TakeoverPlan[]): Promise<Figure[]> {
  await field.prepare(TASK);
  await field.register(TASK, 'latest');
  field.core(TASK);
  field.core(TASK);
  const figures: Figure[] = [];
  for (const { name, end, times, bar } of plans) {
    const took: number[] = [];
    for (let i = 0; i < times; i++) {
      const seen = await field.until(TASK, 'one RUNNING, one STANDBY that is warm', (now) => {
        const standby = instances(now).find(({ state }) => state === 'STANDBY');
        return hot(now) && field.coreOf(standby!.core).warmed > 0;
      });
      const { core, term = 0 } = instances(seen).find(({ state }) => state === 'RUNNING')!;
      const runner = field.coreOf(core);
      const began = performance.now();
      end(runner);
      await field.until(TASK, `RUNNING after term ${term}`, (now) => runs(now, term));
      took.push(performance.now() - began);
      await runner.exited;
      field.core(TASK);
    }
    const part = `take-over after ${name}, ${times} times`;
    figures.push(
      { part, name: 'signal to RUNNING, p50', value: percentile(took, 0.5), unit: 'ms' },
      { part, name: 'signal to RUNNING, p99', value: percentile(took, 0.99), unit: 'ms' },
      { part, name: 'signal to RUNNING, max', value: Math.max(...took), unit: 'ms', bar: { below: bar } },
    );
  }
  await field.endCores();
  return figures;
}

function hot(seen: TaskOverview): boolean {
  const states = instances(seen).map(({ state }) => state);
  return runs(seen) && states.length === 2 && states.includes('RUNNING') && states.includes('STANDBY');
}

function instances(seen: TaskOverview) {
  return seen.instances.flatMap(({ reading }) => (reading.kind === 'present' ? [reading.value] : []));
}
