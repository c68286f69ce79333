import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Failure } from '../../../coordination/failure.js';
import type { TcpProxy } from '../../stack/proxy.js';
import { startProxy } from '../../stack/proxy.js';
import type { Stack } from '../../stack/stack.js';
import { startStack } from '../../stack/stack.js';
import { Reading, signal, testSource } from './reading.js';
import type { Sql } from './sql.js';
import { connectSql } from './sql.js';

const HEARTBEAT_MS = 400;

let stack: Stack;
let sql: Sql;
let proxy: TcpProxy;

before(async () => {
  stack = await startStack({ mysql: 1 });
  sql = await connectSql(stack.mysql[0]!);
  proxy = await startProxy(stack.mysql[0]!);
  await sql.run('CREATE DATABASE f; CREATE TABLE f.t (id INT PRIMARY KEY)');
});
after(async () => {
  await sql.close();
  await proxy.close();
  await stack.stop();
});

async function dumps(): Promise<number> {
  return Number(await sql.one("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE COMMAND LIKE 'Binlog Dump%'"));
}

function kindOf(thrown: unknown): string {
  return thrown instanceof Failure ? thrown.kind : String(thrown);
}

const open = () => testSource(proxy, ['f.*'], { heartbeatMs: HEARTBEAT_MS });

test('a server that stops ends the reading, and nothing is lost or doubled over its restart', async () => {
  const source = open();
  const from = await source.start(signal());
  await sql.run('INSERT INTO f.t VALUES (1)');
  const reading = new Reading(source, from);
  await reading.untilLines(1);
  await sql.run('INSERT INTO f.t VALUES (2)');
  await reading.untilLines(2);
  await sql.close();
  await stack.mysql[0]!.stop();
  assert.equal(kindOf(await reading.ended), 'source-unreachable');
  const refused = new Reading(source, reading.end);
  assert.equal(kindOf(await refused.ended), 'source-unreachable');
  await stack.mysql[0]!.start();
  sql = await connectSql(stack.mysql[0]!);
  await sql.run('INSERT INTO f.t VALUES (3)');
  const again = new Reading(source, reading.end);
  assert.deepEqual(await again.untilLines(1), ['insert t: 3']);
  await again.stop();
  await source.close();
});

test('a connection that is cut ends the reading, with every whole transaction delivered', async () => {
  const source = open();
  const reading = new Reading(source, await source.start(signal()));
  await sql.run('INSERT INTO f.t VALUES (10), (11)');
  await reading.untilLines(2);
  await proxy.cut();
  assert.equal(kindOf(await reading.ended), 'source-unreachable');
  await sql.run('INSERT INTO f.t VALUES (12)');
  await proxy.restore();
  const again = new Reading(source, reading.end);
  assert.deepEqual(await again.untilLines(1), ['insert t: 12']);
  await again.stop();
  await source.close();
});

test('a connection gone silent is found within three heartbeats', async () => {
  const source = open();
  const reading = new Reading(source, await source.start(signal()));
  await reading.until(() => reading.chunks.length > 0);
  const began = performance.now();
  await stack.mysql[0]!.pause();
  assert.equal(kindOf(await reading.ended), 'source-stalled');
  const took = performance.now() - began;
  // The limit runs from the last heartbeat; what is above it is for closing, and for a busy machine.
  assert.ok(took < 3 * HEARTBEAT_MS + 500, `${took} ms`);
  await stack.mysql[0]!.resume();
  await source.close();
});

test('a server that takes the connection and never answers is found, too', async () => {
  const source = open();
  const from = await source.start(signal());
  await source.close();
  proxy.blackhole();
  const abort = AbortSignal.timeout(300);
  await assert.rejects(source.prepare(abort), { name: 'TimeoutError' });
  const started = source.read(from, AbortSignal.timeout(300))[Symbol.asyncIterator]();
  await assert.rejects(started.next(), { name: 'TimeoutError' });
  proxy.resume();
  await source.close();
  while (proxy.connections() > 0) await turn();
});

test('an idle source is not taken for a silent one', async () => {
  const source = open();
  const reading = new Reading(source, await source.start(signal()));
  const until = performance.now() + 8 * HEARTBEAT_MS;
  await reading.until(() => performance.now() > until);
  await reading.stop();
  await source.close();
});

test('a newer reader of the same task ends the older one', async () => {
  const older = open();
  const newer = open();
  const from = await older.start(signal());
  const first = new Reading(older, from);
  await first.until(() => first.chunks.length > 0);
  const second = new Reading(newer, from);
  assert.equal(kindOf(await first.ended), 'lead-lost');
  await sql.run('INSERT INTO f.t VALUES (20)');
  await second.until(() => second.lines.includes('insert t: 20'));
  await second.stop();
  await older.close();
  await newer.close();
});

test('an event damaged on the way is not delivered', async () => {
  const { createServer, connect } = await import('node:net');
  const damaging = createServer((client) => {
    const server = connect(stack.mysql[0]!.port, '127.0.0.1');
    client.pipe(server);
    server.on('data', (data) => {
      const at = data.indexOf('to be damaged');
      if (at >= 0) data[at] = 0x54;
      client.write(data);
    });
    for (const socket of [client, server]) socket.on('error', () => undefined);
    client.on('close', () => server.destroy());
    server.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => damaging.listen(0, '127.0.0.1', resolve));
  const address = damaging.address();
  assert.ok(address && typeof address === 'object');
  await sql.run('CREATE TABLE f.d (v TEXT)');
  const source = testSource({ host: '127.0.0.1', port: address.port }, ['f.d']);
  const reading = new Reading(source, await source.start(signal()));
  await sql.run("INSERT INTO f.d VALUES ('good'); INSERT INTO f.d VALUES ('to be damaged')");
  const failure = await reading.ended;
  await source.close();
  await new Promise((resolve) => damaging.close(resolve));
  assert.equal(kindOf(failure), 'source-unreadable');
  assert.match((failure as Failure).message, /checksum/);
  assert.deepEqual(reading.lines, ['insert d: good']);
});

test('closing leaves no socket, no dump thread and no timer', async () => {
  const source = open();
  const from = await source.start(signal());
  for (const how of ['abort', 'return'] as const) {
    if (how === 'abort') {
      const reading = new Reading(source, from);
      await reading.until(() => reading.chunks.length > 0);
      assert.equal(await dumps(), 1);
      await reading.stop();
    } else {
      for await (const chunk of source.read(from, signal())) if (chunk) break;
    }
    await source.close();
    while (proxy.connections() > 0) await turn();
    // The server notices at its next heartbeat at the latest, if the KILL has not been quicker.
    while ((await dumps()) > 0) await turn();
    assert.ok(!process.getActiveResourcesInfo().includes('Timeout'), process.getActiveResourcesInfo().join());
  }
});
