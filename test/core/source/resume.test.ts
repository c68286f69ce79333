import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Failure } from '../../../coordination/failure.js';
import type { Position } from '../../../coordination/position.js';
import type { Stack } from '../../stack/stack.js';
import { startStack } from '../../stack/stack.js';
import { Reading, signal, testSource } from './reading.js';
import type { Sql } from './sql.js';
import { connectSql } from './sql.js';

let stack: Stack;
let sql: Sql;
let second: Sql;

before(async () => {
  stack = await startStack({ mysql: 2 });
  sql = await connectSql(stack.mysql[0]!);
  second = await connectSql(stack.mysql[1]!);
  await sql.run(
    'CREATE DATABASE r; USE r; CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(200)); CREATE TABLE skipped (id INT)',
  );
});
after(async () => {
  await sql.close();
  await second.close();
  await stack.stop();
});

const withoutGtids = ({ gtidSet: _, ...position }: Position): Position => position;

async function linesFrom(from: Position, count: number): Promise<string[]> {
  const source = testSource(stack.mysql[0]!, ['r.t']);
  const reading = new Reading(source, from);
  try {
    return await reading.untilLines(count);
  } finally {
    await reading.stop();
    await source.close();
  }
}

async function refusal(from: Position, server = stack.mysql[0]!): Promise<Failure> {
  const source = testSource(server, ['r.t']);
  const reading = new Reading(source, from);
  const thrown = await reading.ended;
  await source.close();
  assert.ok(thrown instanceof Failure, String(thrown));
  assert.deepEqual(reading.chunks, []);
  return thrown;
}

/** Reads ten transactions and returns every place between them. */
async function places(): Promise<Position[]> {
  await sql.run('DELETE FROM r.t');
  const source = testSource(stack.mysql[0]!, ['r.t'], { maxChunkBytes: 1 });
  const from = await source.start(signal());
  for (let id = 0; id < 10; id++) {
    await sql.run(
      `BEGIN; INSERT INTO r.t VALUES (${id}, 'a'); INSERT INTO r.skipped VALUES (${id}); UPDATE r.t SET v = 'b' WHERE id = ${id}; COMMIT`,
    );
    if (id === 4) await sql.run('FLUSH BINARY LOGS');
  }
  const reading = new Reading(source, from);
  await reading.untilLines(20);
  await reading.stop();
  await source.close();
  return [from, ...reading.chunks.filter(({ rows }) => rows > 0).map(({ end }) => end)];
}

test('goes on from every place, inside transactions too, by GTID and by file', async () => {
  const all = await places();
  assert.equal(all.length, 21);
  const everything = await linesFrom(all[0]!, 20);
  for (const [i, place] of all.slice(0, 20).entries()) {
    // The rows event of the table that is left out counts: 1 after the insert, 3 after the update.
    if (i > 0) assert.equal(place.events, i % 2 === 1 ? 1 : 3);
    if (i % 2 === 1) assert.deepEqual(await linesFrom({ ...place, events: 0 }, 21 - i), everything.slice(i - 1));
    assert.deepEqual(await linesFrom(place, 20 - i), everything.slice(i), `by GTID from ${i}`);
    assert.deepEqual(await linesFrom(withoutGtids(place), 20 - i), everything.slice(i), `by file from ${i}`);
  }
});

test('a place in a file gets its GTID set on the way', async () => {
  const all = await places();
  const source = testSource(stack.mysql[0]!, ['r.t'], { from: { file: all[6]!.file, position: all[6]!.offset } });
  const from = await source.start(signal());
  assert.equal(from.gtidSet, undefined);
  const reading = new Reading(source, from);
  await reading.untilLines(14);
  const executed = await sql.one('SELECT @@GLOBAL.gtid_executed');
  await reading.until(() => reading.end.gtidSet === executed);
  await reading.stop();
  await source.close();
});

test('earliest is the oldest that is there', async () => {
  const source = testSource(stack.mysql[0]!, ['r.t'], { from: 'earliest' });
  const from = await source.start(signal());
  assert.equal(from.offset, 4);
  const reading = new Reading(source, from);
  await reading.until(() => reading.lines.length > 0);
  assert.equal(reading.lines[0], 'insert t: 0,a');
  await reading.stop();
  await source.close();
});

test('a place inside a transaction, or none at all, is refused with the place to use', async () => {
  const all = await places();
  const inside = await refusal({ file: all[2]!.file, offset: all[2]!.offset + 100, events: 0 });
  assert.equal(inside.kind, 'configuration-invalid');
  assert.match(inside.remedy ?? '', new RegExp(`${all[2]!.file}:${all[2]!.offset}`));
  const beyond = await refusal({ file: all[2]!.file, offset: 2 ** 40, events: 0 });
  assert.equal(beyond.kind, 'position-purged');
  assert.match(beyond.message, /which ends at/);
});

test('another server that lacks what was read is refused', async () => {
  const [, place] = await places();
  const gtid = await refusal(place!, stack.mysql[1]);
  assert.equal(gtid.kind, 'source-changed');
  const file = await refusal(withoutGtids(place!), stack.mysql[1]);
  assert.equal(file.kind, 'source-changed');
});

test('another server that has executed all of it goes on, in an open transaction at the very row', async () => {
  const all = await places();
  await second.run(
    `CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = ${stack.mysql[0]!.port}, SOURCE_USER = 'root', SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1; START REPLICA`,
  );
  const executed = await sql.one('SELECT @@GLOBAL.gtid_executed');
  await second.run(`SELECT WAIT_FOR_EXECUTED_GTID_SET('${executed}', 30)`);
  await second.run('STOP REPLICA');
  const inside = all[17]!;
  const between = { ...inside, events: 0 };
  assert.equal(inside.events, 1);
  const lines = ['insert t: 8,a', 'update t: 8,a -> 8,b', 'insert t: 9,a', 'update t: 9,a -> 9,b'];
  for (const [from, left] of [
    [between, lines],
    [inside, lines.slice(1)],
  ] as const) {
    const source = testSource(stack.mysql[1]!, ['r.t']);
    const reading = new Reading(source, from);
    assert.deepEqual(await reading.untilLines(left.length), left);
    await reading.until(() => reading.end.gtidSet === executed);
    assert.equal(reading.end.serverUuid, await second.one('SELECT @@server_uuid'));
    assert.equal(reading.end.file, await second.one('SHOW BINARY LOG STATUS'));
    await reading.stop();
    await source.close();
  }
});

test('a purged place is a named state with choices', async () => {
  const all = await places();
  await sql.run('FLUSH BINARY LOGS; INSERT INTO r.skipped VALUES (0)');
  await sql.run(`PURGE BINARY LOGS TO '${await sql.one('SHOW BINARY LOG STATUS')}'`);
  for (const place of [all[3]!, withoutGtids(all[3]!)]) {
    const failure = await refusal(place);
    assert.equal(failure.kind, 'position-purged');
    assert.equal(failure.then, 'stop');
    assert.match(failure.remedy ?? '', /--from earliest.*--from latest.*--from FILE:OFFSET/);
  }
  const gtid = await refusal(all[3]!);
  assert.match(gtid.message, /no longer has \d+ transactions/);
  // Begun at the oldest that is there, the set of what was purged counts as read.
  const source = testSource(stack.mysql[0]!, ['r.*'], { from: 'earliest' });
  const reading = new Reading(source, await source.start(signal()));
  assert.deepEqual(await reading.untilLines(1), ['insert skipped: 0']);
  await reading.stop();
  await source.close();
});

test('a source that was reset is not taken for itself', async () => {
  const all = await places();
  await sql.run('RESET BINARY LOGS AND GTIDS');
  assert.equal((await refusal(all[3]!)).kind, 'source-changed');
});

test('without GTIDs the file and offset do', async () => {
  const [first] = stack.mysql;
  await sql.close();
  await first!.restart({ extraArgs: ['--gtid-mode=OFF', '--enforce-gtid-consistency=OFF'] });
  sql = await connectSql(first!);
  const all = await places();
  assert.equal(all[0]!.gtidSet, undefined);
  const everything = await linesFrom(all[0]!, 20);
  for (const i of [1, 2, 9, 10, 19]) assert.deepEqual(await linesFrom(all[i]!, 20 - i), everything.slice(i));
  const failure = await testSource(first!, ['r.t'], { from: { gtid: '3e11fa47-71ca-11e1-9e33-c80aa9429562:1' } })
    .start(signal())
    .catch((thrown: unknown) => thrown);
  assert.ok(failure instanceof Failure && failure.kind === 'configuration-invalid');
});
