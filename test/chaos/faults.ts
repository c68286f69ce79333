import { handOver, setControl } from '../../coordination/control.js';
import type { TcpProxy } from '../stack/proxy.js';
import { TASK } from '../scenarios/world.js';
import { pass, type Arena } from './arena.js';
import type { Dice } from './dice.js';

/** Longer than a session lasts. */
const LONG_MS = 5_500;

/** Makes a fault and heals it; resolves when it is healed. */
export type Fault = (arena: Arena, dice: Dice) => Promise<void>;

function on(which: (arena: Arena) => TcpProxy): Record<'reset' | 'cut' | 'silence' | 'slowness', Fault> {
  return {
    reset: async (arena) => which(arena).reset(),
    cut: async (arena, dice) => {
      await which(arena).cut();
      await pass(dice.between(50, 3_000));
      await which(arena).restore();
    },
    silence: async (arena, dice) => {
      which(arena).blackhole(dice.pick(['both', 'to-server', 'to-client'] as const));
      await pass(dice.between(50, 3_000));
      which(arena).resume();
    },
    slowness: async (arena, dice) => {
      which(arena).delay(dice.between(5, 100));
      await pass(dice.between(500, 3_000));
      which(arena).resume();
    },
  };
}

const source = on((arena) => arena.source);
const kafka = on((arena) => arena.kafka);

/** All faults by name; one that stands twice is twice as likely. */
export const FAULTS: readonly (readonly [string, Fault])[] = [
  ['runner killed', killRunner],
  ['runner killed', killRunner],
  ['runner killed', killRunner],
  ["runner's machine dies", machineDies],
  ['runner frozen past its session', freezeRunner],
  ['runner stutters', stutter],
  ['runner cut off from ZooKeeper alone', cutOffRunner],
  ['runner loses its ZooKeeper connection', resetRunner],
  ['runner stopped in order', stopRunner],
  ['hand-over ordered', orderHandOver],
  ['paused and resumed', pauseAndResume],
  ['standby killed', killStandby],
  ['source connection reset', source.reset],
  ['source connection reset', source.reset],
  ['source cut off', source.cut],
  ['source silent', source.silence],
  ['source slow', source.slowness],
  ['Kafka connections reset', kafka.reset],
  ['Kafka connections reset', kafka.reset],
  ['Kafka cut off', kafka.cut],
  ['Kafka silent', kafka.silence],
  ['Kafka slow', kafka.slowness],
  ['Kafka broker killed', killKafka],
  ['MySQL killed', killMysql],
  ['ZooKeeper leader killed', killZookeeperLeader],
  ['ZooKeeper without quorum', loseQuorum],
  ['binlog rotated', rotate],
  ['schema changed', changeSchema],
];

async function killRunner(arena: Arena): Promise<void> {
  await arena.endLead('the death of a process', ({ core }) => core.kill('SIGKILL'));
  await arena.startCore();
}

async function machineDies(arena: Arena): Promise<void> {
  await arena.endLead('the death of a machine', ({ core }) => core.die());
  await arena.startCore();
}

async function freezeRunner(arena: Arena, dice: Dice): Promise<void> {
  const { core } = await arena.runner();
  await arena.endLead('a freeze', ({ core }) => core.kill('SIGSTOP'));
  await pass(dice.between(0, 1_000));
  core.kill('SIGCONT');
}

async function stutter(arena: Arena, dice: Dice): Promise<void> {
  const { core } = await arena.runner();
  core.kill('SIGSTOP');
  await pass(dice.between(20, 3_000));
  core.kill('SIGCONT');
}

async function cutOffRunner(arena: Arena, dice: Dice): Promise<void> {
  const { core } = await arena.runner();
  const lines = arena.zookeeperOf(core);
  const silent = dice.roll() < 0.5;
  await arena.endLead('a cut from ZooKeeper', async () => {
    if (silent) for (const line of lines) line.blackhole();
    else await Promise.all(lines.map((line) => line.cut()));
  });
  await pass(dice.between(0, LONG_MS));
  for (const line of lines) line.resume();
  await Promise.all(lines.map((line) => line.restore()));
}

async function resetRunner(arena: Arena): Promise<void> {
  const { core } = await arena.runner();
  for (const line of arena.zookeeperOf(core)) line.reset();
}

async function stopRunner(arena: Arena): Promise<void> {
  await arena.endLead('a graceful stop', ({ core }) => core.kill('SIGTERM'));
  await arena.startCore();
}

async function orderHandOver(arena: Arena): Promise<void> {
  await arena.endLead('a hand-over', async () => {
    await handOver(arena.world.session, TASK);
  });
}

async function pauseAndResume(arena: Arena, dice: Dice): Promise<void> {
  await setControl(arena.world.session, TASK, (control) => ({ ...control, desired: 'PAUSED' }));
  await pass(dice.between(0, 1_000));
  await setControl(arena.world.session, TASK, (control) => ({ ...control, desired: 'RUNNING' }));
}

async function killStandby(arena: Arena): Promise<void> {
  arena.standby()?.kill('SIGKILL');
  await arena.startCore();
}

async function killKafka({ world }: Arena, dice: Dice): Promise<void> {
  const broker = world.stack.kafka[0]!;
  await broker.kill();
  await pass(dice.between(0, 2_000));
  await broker.start();
}

async function killMysql({ world }: Arena, dice: Dice): Promise<void> {
  const server = world.stack.mysql[0]!;
  await server.kill();
  await pass(dice.between(0, 2_000));
  await server.start();
  await world.signIn();
}

async function killZookeeperLeader({ world }: Arena, dice: Dice): Promise<void> {
  const leader = await world.stack.zookeeper.leader();
  await leader.kill();
  await pass(dice.between(0, 3_000));
  await leader.start();
}

async function loseQuorum({ world }: Arena, dice: Dice): Promise<void> {
  const two = world.stack.zookeeper.servers.slice(0, 2);
  await Promise.all(two.map((server) => server.kill()));
  await pass(dice.between(0, LONG_MS));
  await Promise.all(two.map((server) => server.start()));
}

async function rotate({ world }: Arena): Promise<void> {
  await world.sql.run('FLUSH BINARY LOGS');
}

async function changeSchema({ world }: Arena): Promise<void> {
  await world.sql.run(`ALTER TABLE shop.hot_item ADD COLUMN note VARCHAR(40), ALGORITHM=INSTANT;
    ALTER TABLE shop.hot_item DROP COLUMN note, ALGORITHM=INSTANT`);
}
