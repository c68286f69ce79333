import { tailOf } from '../stack/log-tail.js';
import { consoleShows } from './console.js';
import { TASK, type Demo } from './demo.js';
import { runningOf } from './roster.js';

const CHANGES = 20;
const STEP_LIMIT_MS = 60_000;

/** The demo as a test: changes, kill -9 of the running Core, further changes. Throws when a step fails or a change is lost. */
export async function runOnce(demo: Demo, stop: AbortSignal, say: (line: string) => void): Promise<void> {
  const { tail, shop, roster } = demo;
  const until = (what: string, holds: () => boolean): Promise<void> => waitUntil(demo, stop, what, holds);

  await until(`${CHANGES} changes in Kafka`, () => tail.distinct >= CHANGES);
  await until('one Core RUNNING and another STANDBY', () => {
    return runningOf(demo.overview()) !== undefined && (demo.overview()?.instances.length ?? 0) > 1;
  });
  const running = runningOf(demo.overview());
  if (running === undefined) throw new Error('The running Core is gone again.');
  say(`${tail.distinct} changes have arrived in Kafka; kill -9 ${running.pid} (${running.core}, RUNNING)`);
  process.kill(running.pid, 'SIGKILL');
  roster.ended(running.core);
  await until('another Core RUNNING', () => roster.takeOvers.length > 0);
  const before = tail.distinct;
  await until(`${CHANGES} further changes in Kafka`, () => tail.distinct >= before + CHANGES);
  await demo.closeShop();
  const committed = shop.committedRows;
  await until(`all ${committed} committed changes in Kafka`, () => tail.distinct >= committed);

  const [takeOver] = roster.takeOvers;
  await consoleShows(demo.console, TASK, takeOver?.to, stop);
  const { inserts, updates, deletes } = shop.committed;
  say(`Take-over: ${takeOver?.from} killed, ${takeOver?.to} RUNNING after ${takeOver?.runningMs.toFixed(0)} ms, \
its first change in Kafka after ${takeOver?.arrivedMs?.toFixed(0)} ms`);
  say(`Console:   ${demo.console.address} signed in, shows ${TASK} running on ${takeOver?.to}`);
  say(`Changes:   ${committed} committed (${inserts} inserts, ${updates} updates, ${deletes} deletes), \
${tail.distinct} arrived in Kafka, ${committed - tail.distinct} lost, ${tail.repeated} twice`);
  if (tail.distinct > committed) throw new Error(`${TASK}: more changes arrived than were committed.`);
}

/** Looks again at each change; a step that takes too long fails with the end of the Cores' logs. */
async function waitUntil(demo: Demo, stop: AbortSignal, what: string, holds: () => boolean): Promise<void> {
  const late = AbortSignal.timeout(STEP_LIMIT_MS);
  const end = AbortSignal.any([stop, late]);
  const held = await new Promise<boolean>((resolve) => {
    const settle = (value: boolean): void => {
      forget();
      end.removeEventListener('abort', onEnd);
      resolve(value);
    };
    const onEnd = (): void => settle(false);
    const look = (): void => {
      if (holds()) settle(true);
    };
    const forget = demo.onChange(look);
    end.addEventListener('abort', onEnd);
    if (end.aborted) onEnd();
    else look();
  });
  if (held) return;
  stop.throwIfAborted();
  const logs = await Promise.all(
    [...demo.cores, demo.console.process].map(async ({ name, end: how, logFile }) => {
      return `${name}${how === undefined ? '' : ` (${how})`}, the end of ${logFile}:\n${await tailOf(logFile)}`;
    }),
  );
  throw new Error(`Waited ${STEP_LIMIT_MS / 1000} s in vain: ${what}.\n${logs.join('\n')}`);
}
