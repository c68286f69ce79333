import { handOver, setControl } from '../../coordination/control.js';
import { TASK } from '../scenarios/world.js';
import { NotPossible, pass, type Arena } from './arena.js';
import type { Dice } from './dice.js';

/** Longer than a session lasts. */
const LONG_MS = 5_500;
const MINUTE_MS = 60_000;

export async function killRunner(arena: Arena): Promise<void> {
  await arena.endLead('the death of a process', ({ core }) => core.kill('SIGKILL'));
  await arena.startCore();
}

export async function machineDies(arena: Arena): Promise<void> {
  await arena.endLead('the death of a machine', ({ core }) => core.die());
  await arena.startCore();
}

export async function freezeRunner(arena: Arena, dice: Dice): Promise<void> {
  const { core } = await arena.runner();
  await arena.endLead('a freeze', ({ core }) => core.kill('SIGSTOP'));
  await pass(dice.between(0, 1_000));
  core.kill('SIGCONT');
}

export async function stutter(arena: Arena, dice: Dice): Promise<void> {
  const { core } = await arena.runner();
  core.kill('SIGSTOP');
  await pass(dice.between(20, 3_000));
  core.kill('SIGCONT');
}

export async function cutOffRunner(arena: Arena, dice: Dice): Promise<void> {
  const { core } = await arena.runner();
  const lines = arena.machineOf(core).zookeeper;
  const silent = dice.roll() < 0.5;
  await arena.endLead('a cut from ZooKeeper', async () => {
    if (silent) for (const line of lines) line.blackhole();
    else await Promise.all(lines.map((line) => line.cut()));
  });
  await pass(dice.between(0, LONG_MS));
  for (const line of lines) line.resume();
  await Promise.all(lines.map((line) => line.restore()));
}

export async function resetRunner(arena: Arena): Promise<void> {
  const { core } = await arena.runner();
  for (const line of arena.machineOf(core).zookeeper) line.reset();
}

export async function stopRunner(arena: Arena): Promise<void> {
  await arena.endLead('a graceful stop', ({ core }) => core.kill('SIGTERM'));
  await arena.startCore();
}

export async function orderHandOver(arena: Arena): Promise<void> {
  await arena.endLead('a hand-over', async () => {
    await handOver(arena.world.session, TASK);
  });
}

export async function pauseAndResume(arena: Arena, dice: Dice): Promise<void> {
  await setControl(arena.world.session, TASK, (control) => ({ ...control, desired: 'PAUSED' }));
  await pass(dice.between(0, 1_000));
  await setControl(arena.world.session, TASK, (control) => ({ ...control, desired: 'RUNNING' }));
}

export async function killStandby(arena: Arena): Promise<void> {
  (await arena.standby())?.kill('SIGKILL');
  await arena.startCore();
}

/** The time of day of the runner's or a standby's machine is wrong by minutes or hours, one way and then perhaps the other. */
export async function jumpClock(arena: Arena, dice: Dice): Promise<string> {
  const runner = await arena.runner();
  const core = dice.roll() < 0.7 ? runner.core : ((await arena.standby()) ?? runner.core);
  const { clock } = arena.machineOf(core);
  if (clock === undefined) throw new NotPossible('no clock of its own for a Core');
  const jumps = Array.from({ length: dice.between(1, 2) }, () => dice.pick([-1, 1]) * dice.between(1, 360));
  for (const minutes of jumps) {
    clock.wrongBy(minutes * MINUTE_MS);
    await pass(dice.between(100, 3_000));
  }
  clock.wrongBy(0);
  return `${core === runner.core ? 'the runner' : 'a standby'} by ${jumps.join(', then ')} minutes`;
}

/** The disk that takes the runner's log is full, and the runner has something to say. */
export async function fillDisk(arena: Arena, dice: Dice): Promise<void> {
  const { core } = await arena.runner();
  const { disk } = arena.machineOf(core);
  if (disk === undefined) throw new NotPossible('no disk of its own for a Core');
  disk.fill();
  await pass(dice.between(0, 500));
  arena.source.reset();
  await pass(dice.between(200, 3_000));
  disk.free();
}
