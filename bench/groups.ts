import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '../coordination/log.js';
import { registerTask } from '../coordination/registry.js';
import { connectSession } from '../coordination/zookeeper-session.js';
import { PACE } from '../core/standby/group-scan.js';
import { GROUP, groupTask, startCore, type ScanningCore } from '../test/core/standby/group-fixture.js';
import type { Field } from './field.js';
import type { Figure } from './report.js';

export interface GroupPlan {
  readonly tasks: number;
  readonly cores: number;
}

const IDLE_MS = 10_000;
const REGISTERED_AT_ONCE = 50;
const LOOK_MS = 5;
const LIMIT_MS = 600_000;
const log = createLogger({ level: 'silent', pretty: false });

/**
 * Cores that scan, elect and lead for real on a real ZooKeeper, and replicate nothing: what cold standby itself costs. They
 * share one process here, so that the times are longer than with a machine for each.
 */
export async function measureGroups(field: Field, { tasks, cores }: GroupPlan): Promise<Figure[]> {
  const {
    connectString,
    servers: [server],
  } = field.stack.zookeeper;
  const servers = `${connectString}/bench_groups_${tasks}`;
  const part = `cold standby, ${tasks} tasks of one group on ${cores} Cores`;
  const figures: Figure[] = [];
  const living: ScanningCore[] = [];
  const connect = async () => connectSession({ servers, log }, AbortSignal.timeout(LIMIT_MS));
  const start = async (name: string) => living.push(await startCore(await connect(), name, { pace: PACE }));
  const packets = async () => {
    const text = await server!.ask('mntr', 5_000);
    return Number(/^zk_packets_received\s+(\d+)/m.exec(text)?.[1]);
  };
  const led = () => living.reduce((sum, { leads }) => sum + leads.size, 0);
  /** From the act until it holds: the time, and what the Cores asked ZooKeeper for. */
  const measure = async (name: string, act: () => Promise<unknown>, holds: () => boolean): Promise<void> => {
    const before = await packets();
    const began = performance.now();
    const acting = act();
    while (!holds()) {
      if (performance.now() - began > LIMIT_MS) throw new Error(`${part}: ${name}: only ${led()} tasks are led`);
      await sleep(LOOK_MS);
    }
    const took = performance.now() - began;
    await acting;
    figures.push({ part, name: `${name}, time`, value: took, unit: 'ms' });
    figures.push({ part, name: `${name}, requests`, value: (await packets()) - before, unit: '' });
  };
  try {
    const eye = await connect();
    const names = Array.from({ length: tasks }, (_, i) => `${GROUP}-${i}`);
    for (let i = 0; i < tasks; i += REGISTERED_AT_ONCE) {
      const some = names.slice(i, i + REGISTERED_AT_ONCE);
      await Promise.all(some.map((name) => registerTask(eye, groupTask(name))));
    }
    await eye.close();
    const startAll = () => Promise.all(Array.from({ length: cores }, (_, i) => start(`core-${i}`)));
    await measure('all start at once, until every task runs', startAll, () => led() === tasks);
    const loads = living.map(({ leads }) => leads.size);
    figures.push({
      part,
      name: 'most and least loaded Core differ by',
      value: Math.max(...loads) - Math.min(...loads),
      unit: 'tasks',
    });
    await sleep(PACE.settleMs + IDLE_MS); // what is uneven by then moves
    const quiet = await packets();
    await sleep(IDLE_MS);
    figures.push({
      part,
      name: 'nothing happens',
      value: ((await packets()) - quiet) / (IDLE_MS / 1000),
      unit: 'requests/s',
    });
    const victim = living.shift()!;
    const lost = victim.leads.size;
    await measure(
      `a Core with ${lost} dies, until they run again`,
      () => victim.die(),
      () => led() === tasks,
    );
    const share = Math.floor(tasks / cores);
    const hasShare = () =>
      living.length === cores && led() === tasks && living.every(({ leads }) => leads.size >= share);
    await measure(`a Core joins, until it has ${share}`, () => start('newcomer'), hasShare);
  } finally {
    await Promise.all(living.map((core) => core.stop()));
  }
  return figures;
}
