import { pass, type Arena } from './arena.js';
import type { Dice } from './dice.js';

/** Longer than a session lasts. */
const LONG_MS = 5_500;

export async function killKafka(arena: Arena, dice: Dice): Promise<void> {
  const broker = arena.world.stack.kafka[0]!;
  await arena.oneByOne('kafka', async () => {
    await broker.kill();
    await pass(dice.between(0, 2_000));
    await broker.start();
  });
}

export async function killMysql(arena: Arena, dice: Dice): Promise<void> {
  const { world } = arena;
  await arena.oneByOne('source', async () => {
    await world.source.kill();
    await pass(dice.between(0, 2_000));
    await world.source.start();
    await world.signIn();
  });
}

export async function killZookeeperLeader(arena: Arena, dice: Dice): Promise<void> {
  await arena.oneByOne('zookeeper', async () => {
    const leader = await arena.world.stack.zookeeper.leader();
    await leader.kill();
    await pass(dice.between(0, 3_000));
    await leader.start();
  });
}

export async function loseQuorum(arena: Arena, dice: Dice): Promise<void> {
  const two = arena.world.stack.zookeeper.servers.slice(0, 2);
  await arena.oneByOne('zookeeper', async () => {
    await Promise.all(two.map((server) => server.kill()));
    await pass(dice.between(0, LONG_MS));
    await Promise.all(two.map((server) => server.start()));
  });
}

export async function rotate(arena: Arena): Promise<void> {
  await arena.oneByOne('source', () => arena.world.sql.run('FLUSH BINARY LOGS'));
}

export async function changeSchema(arena: Arena): Promise<void> {
  await arena.oneByOne('source', () =>
    arena.world.sql.run(`ALTER TABLE shop.hot_item ADD COLUMN note VARCHAR(40), ALGORITHM=INSTANT;
      ALTER TABLE shop.hot_item DROP COLUMN note, ALGORITHM=INSTANT`),
  );
}

/** Larger than a chunk, so that what comes meanwhile finds a place inside it. */
export async function insertMany(arena: Arena, dice: Dice): Promise<void> {
  await arena.insert(dice.between(10_000, 40_000));
}

export async function failOver(arena: Arena): Promise<void> {
  await arena.failOver('in order');
}

export async function failOverKilled(arena: Arena): Promise<void> {
  await arena.failOver('killed');
}
