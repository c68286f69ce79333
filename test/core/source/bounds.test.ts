import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Position } from '../../../coordination/position.js';
import type { Stack } from '../../stack/stack.js';
import { startStack } from '../../stack/stack.js';
import { Reading, rowChanges, signal, testSource } from './reading.js';
import type { Sql } from './sql.js';
import { connectSql } from './sql.js';

const MIB = 2 ** 20;
const ROWS = 2 ** 20;

let stack: Stack;
let sql: Sql;
let from: Position;

before(async () => {
  stack = await startStack({ mysql: 1 });
  sql = await connectSql(stack.mysql[0]!);
  await sql.run(
    'CREATE DATABASE b; USE b; CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(100) NOT NULL)',
  );
  await sql.run('CREATE TABLE seed (n INT); INSERT INTO seed VALUES (1)');
  for (let rows = 1; rows < ROWS; rows *= 2)
    await sql.run('INSERT INTO seed SELECT n + (SELECT COUNT(*) FROM seed s) FROM seed');
  const source = testSource(stack.mysql[0]!, ['b.t']);
  from = await source.start(signal());
  await source.close();
  await sql.run("INSERT INTO t (v) VALUES ('first')");
  await sql.run("INSERT INTO t (v) SELECT CONCAT('a row of some length about number ', n) FROM seed");
  await sql.run("INSERT INTO t (v) VALUES ('last')");
});
after(async () => {
  await sql.close();
  await stack.stop();
});

test('a million rows in one transaction stream through bounded memory', async () => {
  const source = testSource(stack.mysql[0]!, ['b.t']);
  let rows = 0;
  let next = 0;
  let largest = 0;
  let inside = 0;
  let peak = 0;
  global.gc?.();
  const before = process.memoryUsage.rss();
  for await (const chunk of source.read(from, signal())) {
    for (const change of rowChanges(chunk)) {
      for (const row of change.rows) {
        const id = Number(row[0]);
        assert.ok(id > next, 'in order, none twice');
        next = id;
      }
    }
    rows += chunk.rows;
    largest = Math.max(largest, chunk.bytes);
    if (chunk.end.events > 0) inside++;
    peak = Math.max(peak, process.memoryUsage.rss());
    if (rows === ROWS + 2) break;
  }
  await source.close();
  assert.equal(rows, ROWS + 2);
  assert.ok(inside > 30, `${inside} chunks inside the transaction`);
  assert.ok(largest < MIB + 64 * 1024, `${largest} bytes in a chunk`);
  assert.ok(peak - before < 150 * MIB, `${Math.round((peak - before) / MIB)} MiB more`);
});

test('a reading that ends inside the transaction goes on there, without loss or repetition', async () => {
  const source = testSource(stack.mysql[0]!, ['b.t']);
  let at = from;
  let rows = 0;
  let last = 0;
  for (let attempt = 0; attempt < 4; attempt++) {
    let chunks = 0;
    for await (const chunk of source.read(at, signal())) {
      for (const change of rowChanges(chunk)) {
        assert.ok(Number(change.rows[0]![0]) > last, 'not repeated');
        last = Number(change.rows.at(-1)![0]);
      }
      rows += chunk.rows;
      at = chunk.end;
      chunks++;
      if (rows === ROWS + 2 || (attempt < 3 && chunks === 7)) break;
    }
    assert.ok(attempt === 3 || at.events > 0);
  }
  await source.close();
  assert.equal(rows, ROWS + 2, 'none lost');
});

test('a slow consumer stops the socket, and loses nothing', async () => {
  const source = testSource(stack.mysql[0]!, ['b.t'], {
    maxChunkBytes: 256 * 1024,
    maxQueuedBytes: MIB,
    heartbeatMs: 200,
  });
  const read = async (): Promise<number> => Number(await sql.one(SENT));
  let rows = 0;
  let stood = false;
  for await (const chunk of source.read(from, signal())) {
    rows += chunk.rows;
    if (rows > 10_000 && !stood) {
      stood = true;
      // Longer than three heartbeats: the watch must not take our own pause for the server's silence.
      await sleep(1000);
      const before = await read();
      await sleep(300);
      assert.equal(await read(), before, 'the server waits for us');
      assert.ok(before < 30 * MIB, `${before} bytes sent although nothing was taken`);
    }
    if (rows === ROWS + 2) break;
  }
  await source.close();
  assert.equal(rows, ROWS + 2);
  assert.ok(stood);
});

/** Bytes that the dump thread has sent. */
const SENT = `SELECT s.VARIABLE_VALUE FROM performance_schema.status_by_thread s
  JOIN performance_schema.threads t USING (THREAD_ID)
  WHERE t.PROCESSLIST_COMMAND LIKE 'Binlog Dump%' AND s.VARIABLE_NAME = 'Bytes_sent'`;

test('one row on an idle system comes at once', async () => {
  const source = testSource(stack.mysql[0]!, ['b.one']);
  await sql.run('CREATE TABLE b.one (id INT)');
  const reading = new Reading(source, await source.start(signal()));
  await reading.until(() => reading.chunks.length > 0);
  const took: number[] = [];
  for (let id = 0; id < 50; id++) {
    await sql.run(`INSERT INTO b.one VALUES (${id})`);
    const committed = performance.now();
    await reading.untilLines(id + 1);
    took.push(performance.now() - committed);
  }
  await reading.stop();
  await source.close();
  const median = took.toSorted((a, b) => a - b)[25]!;
  assert.ok(median < 20, `${median} ms`);
});
