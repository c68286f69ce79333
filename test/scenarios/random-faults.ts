import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FailureKind } from '../../coordination/failure.js';
import type { TcpProxy } from '../stack/proxy.js';
import type { World } from './world.js';

/** How often, and at most so many milliseconds apart. */
export interface Series {
  readonly times: number;
  readonly longestPauseMs: number;
}

/** Resets connections at random moments, then cuts them until the task says `kind`; resolves when it runs again. */
export async function cutAtRandom(world: World, proxy: TcpProxy, kind: FailureKind, series: Series): Promise<void> {
  for (let i = 0; i < series.times; i++) {
    await sleep(randomInt(series.longestPauseMs)); // the moment is the point, nothing is awaited
    proxy.reset();
  }
  await proxy.cut();
  await world.until(
    `WAITING: ${kind}`,
    ({ progress }) => progress.kind === 'present' && progress.value.failure?.kind === kind,
  );
  await proxy.restore();
  await world.running();
}

/** Kills the runner at random moments, each time with a new Core to stand by; resolves to those moments, in ms after RUNNING. */
export async function killAtRandom(world: World, { times, longestPauseMs }: Series): Promise<number[]> {
  const moments: number[] = [];
  for (let i = 0; i < times; i++) {
    const { runner, term } = await world.running();
    const moment = randomInt(longestPauseMs);
    moments.push(moment);
    await sleep(moment); // the moment is the point, nothing is awaited
    runner.kill('SIGKILL');
    world.core(`core-${i + 3}`);
    await world.until(
      `a term after ${term}`,
      ({ progress }) => progress.kind === 'present' && progress.value.term > term,
    );
  }
  return moments;
}
