import type { TcpProxy } from '../stack/proxy.js';
import { pass, type Arena } from './arena.js';
import * as core from './core-faults.js';
import type { Dice } from './dice.js';
import * as service from './service-faults.js';

/** Makes a fault and heals it; resolves when it is healed, to what the dice have chosen if that is worth a line. */
export type Fault = (arena: Arena, dice: Dice) => Promise<string | void>;

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
  ['runner killed', core.killRunner],
  ['runner killed', core.killRunner],
  ['runner killed', core.killRunner],
  ["runner's machine dies", core.machineDies],
  ['runner frozen past its session', core.freezeRunner],
  ['runner stutters', core.stutter],
  ['runner cut off from ZooKeeper alone', core.cutOffRunner],
  ['runner loses its ZooKeeper connection', core.resetRunner],
  ['runner stopped in order', core.stopRunner],
  ['hand-over ordered', core.orderHandOver],
  ['paused and resumed', core.pauseAndResume],
  ['standby killed', core.killStandby],
  ["a Core's clock jumps", core.jumpClock],
  ["a Core's clock jumps", core.jumpClock],
  ["the runner's disk is full", core.fillDisk],
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
  ['Kafka broker killed', service.killKafka],
  ['MySQL killed', service.killMysql],
  ['ZooKeeper leader killed', service.killZookeeperLeader],
  ['ZooKeeper without quorum', service.loseQuorum],
  ['source failed over to its replica', service.failOver],
  ['source killed, its replica takes over', service.failOverKilled],
  ['a large transaction', service.insertMany],
  ['binlog rotated', service.rotate],
  ['schema changed', service.changeSchema],
];
