import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { Kafka, logLevel } from 'kafkajs';
import { createConnection } from 'mysql2/promise';
import ZooKeeper from 'zookeeper';
import type { KafkaBroker } from './kafka-broker.js';
import type { MysqlServer } from './mysql-server.js';
import type { Service } from './service.js';
import { startStack, type Stack } from './stack.js';
import type { ZooKeeperServer } from './zookeeper-server.js';

/** What a test can do with a server: keep something in it, and ask for it within a time. */
interface Content {
  readonly service: () => Service;
  readonly write: () => Promise<void>;
  readonly read: () => Promise<string>;
}

let stack: Stack;
before(async () => {
  stack = await startStack({ mysql: 1, mariadb: 1, zookeeper: 1, kafka: 1 });
});
after(async () => stack?.stop());

const kinds: Record<string, Content> = {
  mysql: database(() => first(stack.mysql)),
  mariadb: database(() => first(stack.mariadb)),
  zookeeper: znode(() => first(stack.zookeeper.servers)),
  kafka: topic(() => first(stack.kafka)),
};

for (const [kind, { service, write, read }] of Object.entries(kinds)) {
  describe(`${kind}: every verb, and the data stay`, () => {
    before(write);

    test('stop ends it in order, start brings it back', async () => {
      const server = service();
      await server.stop();
      assert.equal(server.running, false);
      assert.equal(await tcp(server), 'refused');
      await server.start();
      assert.equal(server.running, true);
      assert.equal(await read(), 'kept');
    });

    test('kill ends it at once, start brings it back', async () => {
      const server = service();
      await server.kill();
      assert.equal(await tcp(server), 'refused');
      await server.start();
      assert.equal(await read(), 'kept');
    });

    test('pause leaves the port open and answers nothing until resume', async () => {
      const server = service();
      await server.pause();
      assert.equal(server.running, false);
      assert.equal(await tcp(server), 'open');
      let answered = false;
      const answer = read().then((text) => {
        answered = true;
        return text;
      });
      await new Promise((resolve) => setTimeout(resolve, 300)); // nothing to await: it is the silence that is tested
      assert.equal(answered, false);
      await server.resume();
      assert.equal(await answer, 'kept');
    });

    test('restart works from a pause too', async () => {
      const server = service();
      await server.pause();
      await server.restart();
      assert.equal(await read(), 'kept');
    });
  });
}

test('start refuses a second server on the same data, and other options hold until changed', async () => {
  const server = first(stack.mysql);
  await assert.rejects(server.start(), /runs already/);
  await server.restart({ extraArgs: ['--binlog-row-metadata=MINIMAL'] });
  assert.equal(await ask(server, 'SELECT @@binlog_row_metadata'), 'MINIMAL');
  await server.restart();
  assert.equal(await ask(server, 'SELECT @@binlog_row_metadata'), 'MINIMAL');
  await server.restart({ extraArgs: [] });
  assert.equal(await ask(server, 'SELECT @@binlog_row_metadata'), 'FULL');
});

test('a server that cannot start says why, with the end of its log', async () => {
  const server = first(stack.mysql);
  await server.stop();
  await assert.rejects(
    server.start({ extraArgs: ['--no-such-option'] }),
    /^Error: mysql-1 did not start: it ended with code \d+\.\n.*log:\n[^]*no-such-option/,
  );
  await server.start({ extraArgs: [] });
});

function first<S>(servers: readonly S[]): S {
  const [server] = servers;
  assert.ok(server);
  return server;
}

function tcp({ host, port }: Service): Promise<'open' | 'refused'> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.on('connect', () => resolve('open'));
    socket.on('error', () => resolve('refused'));
    socket.on('connect', () => socket.destroy());
  });
}

async function ask({ host, port, user, password }: MysqlServer, sql: string): Promise<string | undefined> {
  const connection = await createConnection({ host, port, user, password });
  try {
    const [rows] = await connection.query({ sql, rowsAsArray: true });
    return Array.isArray(rows) ? (rows as unknown as string[][])[0]?.[0] : undefined;
  } finally {
    connection.destroy();
  }
}

function database(service: () => MysqlServer): Content {
  return {
    service,
    write: async () => {
      await ask(service(), 'CREATE DATABASE kept');
      await ask(service(), "CREATE TABLE kept.t (v VARCHAR(10)) SELECT 'kept' AS v");
    },
    read: async () => (await ask(service(), 'SELECT v FROM kept.t')) ?? '',
  };
}

function znode(service: () => ZooKeeperServer): Content {
  const withClient = async <T>(work: (client: ZooKeeper) => Promise<T>): Promise<T> => {
    const { host, port } = service();
    const client = new ZooKeeper({ connect: `${host}:${port}`, timeout: 10_000, debug_level: 1 });
    const connected = new Promise((resolve) => client.once('connect', resolve));
    client.init({});
    await connected;
    try {
      return await work(client);
    } finally {
      client.close();
    }
  };
  return {
    service,
    write: () => withClient(async (client) => void (await client.create('/kept', 'kept', 0))),
    read: () => withClient(async (client) => String(((await client.get('/kept', false)) as [object, Buffer])[1])),
  };
}

function topic(service: () => KafkaBroker): Content {
  const kafka = (): Kafka => new Kafka({ brokers: [...service().brokers], logLevel: logLevel.NOTHING });
  return {
    service,
    write: async () => {
      const producer = kafka().producer();
      await producer.connect();
      await producer.send({ topic: 'kept', acks: -1, messages: [{ value: 'kept' }] });
      await producer.disconnect();
    },
    read: async () => {
      const admin = kafka().admin();
      await admin.connect();
      try {
        const [partition] = await admin.fetchTopicOffsets('kept');
        return partition?.high === '1' ? 'kept' : `${partition?.high} records`;
      } finally {
        await admin.disconnect();
      }
    },
  };
}
