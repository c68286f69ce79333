import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import type { Address } from '../../stack/proxy.js';
import type { Stack } from '../../stack/stack.js';
import { startStack } from '../../stack/stack.js';
import { end, insert, never, table, testSink } from './fixtures.js';
import { readTopic } from './read-topic.js';

interface Pair {
  readonly client: Socket;
  readonly broker: Socket;
  held: Buffer[] | undefined;
}

/** Passes everything on, until told to keep what the connections of now send, which then survives their clients. */
class HoldingRelay {
  readonly #server: Server;
  readonly #pairs: Pair[] = [];
  /** What new connections send is kept too. */
  holdNew = false;

  constructor(target: Address) {
    this.#server = createServer((client) => {
      const broker = connect(target);
      const pair: Pair = { client, broker, held: this.holdNew ? [] : undefined };
      this.#pairs.push(pair);
      client.on('data', (bytes) => (pair.held ? pair.held.push(bytes) : broker.write(bytes)));
      client.on('close', () => pair.held ?? broker.destroy());
      broker.on('data', (bytes) => client.write(bytes));
      for (const socket of [client, broker]) socket.on('error', () => undefined);
    });
  }

  async listen(port: number): Promise<void> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  hold(): void {
    for (const pair of this.#pairs) pair.held ??= [];
  }

  /** Lets the broker have what was kept, and waits for its answers. Says how many connections had something. */
  async release(): Promise<number> {
    const kept = this.#pairs.filter(({ held }) => held && held.length > 0);
    for (const { broker, held } of kept) {
      const answered = once(broker, 'data', { signal: AbortSignal.timeout(10_000) });
      broker.write(Buffer.concat(held!.splice(0)));
      await answered;
    }
    return kept.length;
  }

  close(): void {
    for (const { client, broker } of this.#pairs) {
      client.destroy();
      broker.destroy();
    }
    this.#server.close();
  }
}

let stack: Stack;
let relay: HoldingRelay;

before(async () => {
  stack = await startStack({ kafka: 1 });
  const { target, listen } = stack.kafka[0]!.behindProxy;
  relay = new HoldingRelay(target);
  await relay.listen(listen.port);
});
after(async () => {
  relay.close();
  await stack.stop();
});

test('a request that reaches the broker only after newer records does not come after them', async () => {
  const { listen } = stack.kafka[0]!.behindProxy;
  const orders = table('late');
  const sink = testSink([`${listen.host}:${listen.port}`], {}, { patienceMs: 1_000 });
  const write = (version: number) => sink.write({ changes: [insert(orders, [0, version, 'x'])], end }, never);
  await sink.open(never);
  try {
    await write(0);
    relay.hold();
    // Even sent again over a new connection it is the same batch, so the write succeeds or fails; both are well.
    await write(1).catch(async () => {
      await sink.close();
      await sink.open(never);
      await write(1);
    });
    await write(2);
    assert.ok((await relay.release()) > 0, 'nothing was kept');
  } finally {
    await sink.close();
  }
  const records = await readTopic(stack.kafka[0]!.brokers, 'shop.late');
  const versions = records.map(({ value }) => (JSON.parse(value!) as { after: { version: number } }).after.version);
  assert.equal(versions.at(-1), 2);
  assert.deepEqual(versions.filter((version, i) => version !== versions[i - 1]), [0, 1, 2]); // prettier-ignore
});

test('the same when every connection is held until the sink has failed and begins again', async () => {
  const { listen } = stack.kafka[0]!.behindProxy;
  const orders = table('later');
  const sink = testSink([`${listen.host}:${listen.port}`], {}, { patienceMs: 1_000 });
  const write = (version: number) => sink.write({ changes: [insert(orders, [0, version, 'x'])], end }, never);
  await sink.open(never);
  try {
    await write(0);
    relay.holdNew = true;
    relay.hold();
    await assert.rejects(write(1), { kind: 'sink-unreachable' });
    relay.holdNew = false;
    await sink.close();
    await sink.open(never);
    await write(1);
    await write(2);
    assert.ok((await relay.release()) > 0, 'nothing was kept');
  } finally {
    await sink.close();
  }
  const records = await readTopic(stack.kafka[0]!.brokers, 'shop.later');
  const versions = records.map(({ value }) => (JSON.parse(value!) as { after: { version: number } }).after.version);
  assert.deepEqual(versions, [0, 1, 1, 2]);
});
