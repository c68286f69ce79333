import type { AuditResult } from '../scenarios/audit.js';
import { Load } from '../scenarios/load.js';
import { Arena, pass } from './arena.js';
import { Dice } from './dice.js';
import { FAULTS } from './faults.js';

/** Every so many-th fault is not healed before the next one is made. */
const OVERLAPPING = 0.3;
const LONGEST_PAUSE_MS = 1_500;

export interface ChaosReport extends AuditResult {
  readonly seed: number;
  readonly faults: ReadonlyMap<string, number>;
  readonly takeOvers: ReadonlyMap<string, readonly number[]>;
  readonly versions: number;
  readonly peakMegabytes: number;
}

/**
 * Makes a seeded series of faults under constant load, heals them all, and compares what the source has committed with what a
 * consumer of Kafka sees. The same seed makes the same series; how it meets the processes is up to them.
 * @throws AssertionError when something is lost or a last state is wrong
 */
export async function runChaos(
  seed: number,
  count: number,
  tell: (line: string) => void,
  signal: AbortSignal = new AbortController().signal,
): Promise<ChaosReport> {
  const dice = new Dice(seed);
  const arena = await Arena.open();
  const { world } = arena;
  const load = new Load(world.stack.mysql[0]!);
  const faults = new Map<string, number>();
  let open: Promise<void> = Promise.resolve();
  try {
    for (let i = 1; i <= count && !signal.aborted; i++) {
      const [name, fault] = dice.pick(FAULTS);
      const [overlaps, pauseMs] = [dice.roll() < OVERLAPPING, dice.between(0, LONGEST_PAUSE_MS)];
      const own = new Dice(dice.between(0, 2 ** 31));
      faults.set(name, (faults.get(name) ?? 0) + 1);
      tell(`${i}/${count} ${name}${overlaps ? ', not healed yet when the next one comes' : ''}`);
      const made = fault(arena, own);
      if (overlaps) {
        await open;
        open = made;
        open.catch(() => undefined); // thrown when it is awaited
      } else await made;
      await pass(pauseMs);
    }
    await open;
    await arena.runner();
    const committed = await load.stop();
    await world.settle();
    const result = await world.audit.compare(world.sql, committed);
    const { peakMegabytes } = world;
    const { takeOvers } = arena;
    return { ...result, seed, faults, takeOvers, versions: committed.versions.size, peakMegabytes };
  } finally {
    await open.catch(() => undefined);
    await arena.close();
  }
}

/** The report as lines of text. */
export function reportLines(report: ChaosReport): string[] {
  const made = [...report.faults].sort(([, a], [, b]) => b - a);
  const total = made.reduce((sum, [, times]) => sum + times, 0);
  const sorted = [...report.takeOvers].map(([how, took]) => [how, took.toSorted((a, b) => a - b)] as const);
  return [
    `seed ${report.seed}: ${total} faults`,
    ...made.map(([name, times]) => `  ${String(times).padStart(4)}  ${name}`),
    'take-over after',
    ...sorted.map(([how, took]) => {
      const at = (share: number) => Math.round(took[Math.ceil(share * took.length) - 1]!);
      return `  ${how.padEnd(26)} ${took.length} times: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`;
    }),
    `${report.versions} committed versions, ${report.records} changes in Kafka: lost 0, doubled ${report.doubled}, reordered ${report.reordered}, of a past term ${report.stale}`,
    `peak memory of a Core ${Math.round(report.peakMegabytes)} MB`,
  ];
}
