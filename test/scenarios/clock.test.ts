import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { clockLibrary, CoreClock } from '../chaos/core-clock.js';
import { World } from './world.js';

/** Cores whose time of day is wrong. Nothing that is promised rests on it; Kafka takes no records from more than an hour ahead. */
const HOUR_MS = 3_600_000;

const library = await clockLibrary();
const skip = library === undefined ? 'a clock for one process needs Linux and a C compiler' : false;
let world: World;
const clocks = new Map<string, CoreClock>();

before(async () => {
  if (library === undefined) return;
  world = await World.open();
  await world.register();
  for (const name of ['core-1', 'core-2']) {
    const clock = new CoreClock(library, join(world.stack.dataDir, `${name}.clock`));
    clocks.set(name, clock);
    world.core(name, undefined, undefined, { env: clock.env });
  }
  await world.running();
});
after(async () => {
  if (library === undefined) return;
  await world.close();
  for (const clock of clocks.values()) clock.close();
});

test("the runner's clock goes back by hours: it goes on, and lastCommit follows", { skip }, async () => {
  const { runner, term } = await world.running();
  await world.settle();
  clocks.get(runner.name)!.wrongBy(-6 * HOUR_MS);
  await world.sql.run("INSERT INTO shop.tmp_note VALUES (1, 'not replicated: only the position moves')");
  const [end] = await world.sql.cells('SHOW BINARY LOG STATUS');
  await world.until('lastCommit at the end of the binlog', ({ lastCommit }) => {
    return lastCommit.kind === 'present' && lastCommit.value.position!.offset >= Number(String(end![1]));
  });
  await world.settle();
  clocks.get(runner.name)!.wrongBy(0);
  assert.equal((await world.running()).term, term);
});

test(
  "the runner's clock jumps ahead by hours: the standby takes over, nothing is lost or doubled",
  { skip },
  async () => {
    const { runner, term } = await world.running();
    clocks.get(runner.name)!.wrongBy(3 * HOUR_MS);
    await world.settle();
    const next = await world.running();
    assert.ok(next.term > term);
    assert.notEqual(next.runner.name, runner.name);
  },
);

test('no clock is right: the task says so, and goes on by itself once one is', { skip }, async () => {
  for (const clock of clocks.values()) clock.wrongBy(3 * HOUR_MS);
  const settled = world.settle();
  await world.until(
    'WAITING by clock-wrong',
    ({ progress }) => progress.kind === 'present' && progress.value.failure?.kind === 'clock-wrong',
  );
  for (const clock of clocks.values()) clock.wrongBy(0);
  await settled;
  const { doubled } = await world.audit.compare(world.sql, { versions: new Set(), deleted: new Set() });
  assert.equal(doubled, 0);
});
