import { inspect } from 'node:util';
import { overviewTask } from '../../coordination/task-list.js';
import { TASK } from '../scenarios/world.js';
import { Arena, NotPossible, pass } from './arena.js';
import { Dice } from './dice.js';
import { FAULTS, type Fault } from './faults.js';
import type { ChaosReport } from './report.js';

/** Every so many-th fault is not healed before the next one is made. */
const OVERLAPPING = 0.3;
const LONGEST_PAUSE_MS = 1_500;

export interface ChaosPlan {
  readonly seed: number;
  readonly faults: number;
  /** Only faults whose name contains it. */
  readonly only?: string | undefined;
  readonly tell: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface ChaosRun {
  readonly report: ChaosReport;
  /** What each Core has logged. */
  readonly logs: readonly { readonly name: string; readonly lines: readonly string[] }[];
}

/**
 * Makes a seeded series of faults under constant load, heals them all, and compares what the source has committed with what a
 * consumer of Kafka sees. The same seed makes the same series; how it meets the processes is up to them. What goes wrong is
 * told in the report, not thrown.
 */
export async function runChaos({ seed, faults: count, only, tell, signal }: ChaosPlan): Promise<ChaosRun> {
  const began = new Date();
  const dice = new Dice(seed);
  const choice = FAULTS.filter(([name]) => only === undefined || name.includes(only));
  if (choice.length === 0) throw new Error(`no fault has "${only}" in its name`);
  const arena = await Arena.open();
  const { world, load } = arena;
  const [made, notPossible] = [new Map<string, number>(), new Map<string, string>()];
  let open: Promise<void> = Promise.resolve();
  const make = async (name: string, fault: () => ReturnType<Fault>): Promise<void> => {
    try {
      const detail = await fault();
      if (detail !== undefined) tell(`  ${name}: ${detail}`);
      made.set(name, (made.get(name) ?? 0) + 1);
    } catch (error) {
      if (!(error instanceof NotPossible)) throw error;
      notPossible.set(name, error.message);
    }
  };
  let result: Partial<ChaosReport>;
  try {
    for (let i = 1; i <= count && !signal?.aborted; i++) {
      const [name, fault] = dice.pick(choice);
      const [overlaps, pauseMs] = [dice.roll() < OVERLAPPING, dice.between(0, LONGEST_PAUSE_MS)];
      const own = new Dice(dice.between(0, 2 ** 31));
      tell(
        `${new Date().toISOString()} ${i}/${count} ${name}${overlaps ? ', not healed yet when the next one comes' : ''}`,
      );
      const making = make(name, () => fault(arena, own));
      making.catch(() => undefined); // thrown when it is awaited
      if (overlaps) {
        await open;
        open = making;
      } else await making;
      await pass(pauseMs);
    }
    await open;
    await arena.runner();
    const committed = await load.stop();
    await world.settle();
    result = { ...(await world.audit.compare(world.sql, committed)), lost: 0, versions: committed.versions.size };
  } catch (error) {
    const task = await overviewTask(world.session, TASK).catch((unknown: unknown) => unknown);
    result = { failure: `${inspect(error)}\n${inspect(task, { depth: 6 })}` };
  }
  await open.catch(() => undefined);
  const { logs, peakMegabytes } = world;
  await arena.close().catch((error: unknown) => (result = { failure: inspect(error), ...result }));
  const seconds = (Date.now() - began.getTime()) / 1000;
  const takeOvers = Object.fromEntries(arena.takeOvers);
  const how = { seed, asked: count, ...(only !== undefined && { only }), began: began.toISOString(), seconds };
  const faults = Object.fromEntries(made);
  const report = { ...how, faults, notPossible: Object.fromEntries(notPossible), takeOvers, peakMegabytes, ...result };
  return { report, logs };
}
