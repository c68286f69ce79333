import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Kafka, logLevel } from 'kafkajs';
import { createConnection } from 'mysql2/promise';
import type { MysqlServer } from './mysql-server.js';
import { startProxy } from './proxy.js';
import { startStack } from './stack.js';

test('two databases have their own server id and UUID, GTIDs and full row metadata', async (t) => {
  const stack = await startStack({ mysql: 2 });
  t.after(() => stack.stop());
  const sql = 'SELECT @@server_uuid, @@server_id, @@gtid_mode, @@binlog_row_metadata, @@binlog_format';
  const [one, two] = await Promise.all(stack.mysql.map((server) => ask(server, sql)));
  assert.ok(one && two);
  assert.notEqual(one[0], two[0]);
  assert.deepEqual([one[1], two[1]], [1, 2]);
  assert.deepEqual(one.slice(2), ['ON', 'FULL', 'ROW']);
});

test('kept data are taken up by a later stack on other ports; otherwise stop removes them', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'stack-'));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const wishes = { mysql: 1, kafka: 1 };
  const first = await startStack(wishes, { dataDir, keepData: true });
  t.after(() => first.stop());
  await ask(first.mysql[0], 'CREATE DATABASE kept');
  const clusterId = first.kafka[0]?.clusterId;
  await first.stop();
  await first.stop();

  const second = await startStack(wishes, { dataDir });
  t.after(() => second.stop());
  assert.deepEqual(await ask(second.mysql[0], "SHOW DATABASES LIKE 'kept'"), ['kept']);
  assert.equal(second.kafka[0]?.clusterId, clusterId);
  await second.stop();
  assert.ok(!existsSync(dataDir) || (await readdir(dataDir)).length === 0);
});

test('settings of Kafka and ZooKeeper can be overridden, and a client behind a proxy stays behind it', async (t) => {
  const stack = await startStack(
    { kafka: 1, zookeeper: 1 },
    {
      kafkaSettings: { 'message.max.bytes': '4321' },
      zookeeperSettings: { tickTime: '700' },
    },
  );
  t.after(() => stack.stop());
  const [broker] = stack.kafka;
  assert.ok(broker);
  assert.match((await stack.zookeeper.servers[0]?.ask('conf')) ?? '', /^tickTime=700$/m);

  const { target, listen } = broker.behindProxy;
  const proxy = await startProxy(target, { port: listen.port });
  t.after(() => proxy.close());
  const kafka = new Kafka({
    brokers: [`${listen.host}:${listen.port}`],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 50, retries: 4 },
  });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: 't' }], waitForLeaders: true });
  await admin.disconnect();
  const producer = kafka.producer({ retry: { retries: 0 } });
  await producer.connect();
  t.after(() => producer.disconnect());
  await producer.send({ topic: 't', acks: -1, messages: [{ value: 'small' }] });
  await assert.rejects(producer.send({ topic: 't', acks: -1, messages: [{ value: 'x'.repeat(5_000) }] }), {
    type: 'MESSAGE_TOO_LARGE',
  });
  await proxy.cut();
  await assert.rejects(producer.send({ topic: 't', acks: -1, messages: [{ value: 'nowhere to go' }] }));
});

test('a port that is taken is an error that says so, and everything else is ended again', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'stack-'));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const other = createServer().listen(0, '127.0.0.1');
  t.after(() => other.close());
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  await assert.rejects(
    startStack({ mysql: 1, zookeeper: 1 }, { dataDir, ports: { mysql: [port] } }),
    /mysql-1 did not start.*(in use|allocated)/is,
  );
  assert.ok(!existsSync(dataDir) || (await readdir(dataDir)).length === 0);
});

test('an abort ends what has been started', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'stack-'));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const abort = new AbortController();
  const start = startStack({ zookeeper: 3, kafka: 1 }, { dataDir, signal: abort.signal });
  setTimeout(() => abort.abort(new Error('changed my mind')), 700);
  await assert.rejects(start, /changed my mind/);
  assert.ok(!existsSync(dataDir) || (await readdir(dataDir)).length === 0);
  await assert.rejects(startStack({ mysql: 1 }, { signal: abort.signal }), /changed my mind/);
});

async function ask(server: MysqlServer | undefined, sql: string): Promise<unknown[] | undefined> {
  assert.ok(server);
  const { host, port, user, password } = server;
  const connection = await createConnection({ host, port, user, password });
  try {
    const [rows] = await connection.query({ sql, rowsAsArray: true });
    return Array.isArray(rows) ? (rows as unknown as unknown[][])[0] : undefined;
  } finally {
    connection.destroy();
  }
}
