import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { after, before, test, type TestContext } from 'node:test';
import { reset } from './proxy-lane.js';
import { startProxy, type TcpProxy } from './proxy.js';

/** A server that sends back what it gets, and ends when the client ends. */
const accepted: Socket[] = [];
const echo = createServer({ allowHalfOpen: true }, (socket) => {
  accepted.push(socket);
  socket.on('error', () => undefined);
  socket.pipe(socket);
});
before(async () => {
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
});
after(() => echo.close());

test('bytes pass both ways, unchanged, however many; an end is passed on', async (t) => {
  const proxy = await proxied(t);
  const client = await open(proxy);
  const sent = Buffer.alloc(20_000_000, 'abcdefg');
  const got: Buffer[] = [];
  client.on('data', (bytes: Buffer) => got.push(bytes));
  client.end(sent);
  await once(client, 'close');
  assert.ok(Buffer.concat(got).equals(sent));
});

test('connections() counts what is open', async (t) => {
  const proxy = await proxied(t);
  const [one, two] = [await open(proxy), await open(proxy)];
  await Promise.all([say(one, 'a'), say(two, 'b')]);
  assert.equal(proxy.connections(), 2);
  proxy.reset();
  await Promise.all([closed(one), closed(two)]);
  assert.equal(proxy.connections(), 0);
});

test('cut resets what is open and refuses what is new; restore takes connections on the same port again', async (t) => {
  const proxy = await proxied(t);
  const client = await open(proxy);
  await say(client, 'hello');
  const failed = failure(client);
  await proxy.cut();
  assert.equal(await failed, 'ECONNRESET');
  await assert.rejects(open(proxy), { code: 'ECONNREFUSED' });
  await proxy.restore();
  await say(await open(proxy), 'again');
});

test('reset ends what is open and takes what is new', async (t) => {
  const proxy = await proxied(t);
  const client = await open(proxy);
  await say(client, 'hello');
  const failed = failure(client);
  proxy.reset();
  assert.equal(await failed, 'ECONNRESET');
  await say(await open(proxy), 'again');
});

test('blackhole keeps connections, takes new ones and lets nothing through until resume', async (t) => {
  const proxy = await proxied(t);
  const old = await open(proxy);
  await say(old, 'before');
  proxy.blackhole();
  const fresh = await open(proxy);
  const answers = Promise.all([say(old, 'held one'), say(fresh, 'held two')]);
  assert.equal(await within(answers, 200), 'nothing');
  proxy.resume();
  await answers;
});

test('blackhole to the client only: the server gets the request, the answer waits', async (t) => {
  const proxy = await proxied(t);
  const client = await open(proxy);
  await say(client, 'before');
  const [served] = accepted.slice(-1);
  assert.ok(served);
  const received = new Promise<Buffer>((resolve) => served.once('data', resolve));
  proxy.blackhole('to-client');
  const answer = say(client, 'a request');
  assert.equal((await received).toString(), 'a request');
  assert.equal(await within(answer, 100), 'nothing');
  proxy.resume();
  await answer;
});

test('delay makes each way longer, keeps the order and the bandwidth', async (t) => {
  const proxy = await proxied(t);
  const client = await open(proxy);
  await say(client, 'before');
  proxy.delay(100);
  const begin = performance.now();
  await say(client, 'there and back');
  const took = performance.now() - begin;
  assert.ok(took >= 199 && took < 1_000, `${took} ms`);
  const many = Array.from({ length: 200_000 }, (_, i) => `line ${i};`).join('');
  const manyBegin = performance.now();
  await say(client, many);
  assert.ok(performance.now() - manyBegin < 1_500);
  proxy.resume();
  const quick = performance.now();
  await say(client, 'quick');
  assert.ok(performance.now() - quick < 100);
});

test('a server that is down looks like a connection that is reset', async (t) => {
  const gone = createServer().listen(0, '127.0.0.1');
  await once(gone, 'listening');
  const { port } = gone.address() as AddressInfo;
  gone.close();
  const proxy = await startProxy({ host: '127.0.0.1', port });
  t.after(() => proxy.close());
  const client = await open(proxy);
  assert.equal(await failure(client), 'ECONNRESET');
});

async function proxied(t: TestContext): Promise<TcpProxy> {
  const proxy = await startProxy({ host: '127.0.0.1', port: (echo.address() as AddressInfo).port });
  t.after(() => proxy.close());
  return proxy;
}

async function open({ host, port }: TcpProxy): Promise<Socket> {
  const socket = connect({ host, port });
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  return socket;
}

function failure(socket: Socket): Promise<string | undefined> {
  return new Promise((resolve) => socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code)));
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

/** Sends a text and waits until the same has come back. */
function say(socket: Socket, text: string): Promise<void> {
  return new Promise((resolve) => {
    let back = '';
    const take = (bytes: Buffer): void => {
      back += bytes.toString();
      if (back.length < text.length) return;
      socket.off('data', take);
      assert.equal(back, text);
      resolve();
    };
    socket.on('data', take);
    socket.write(text);
  });
}

async function within(promise: Promise<unknown>, ms: number): Promise<'something' | 'nothing'> {
  const late = new Promise<'nothing'>((resolve) => setTimeout(() => resolve('nothing'), ms));
  return Promise.race([promise.then(() => 'something' as const), late]);
}

test('a reset while the end is on its way out closes the connection all the same', async (t) => {
  const server = createServer((socket) => void socket.on('error', () => undefined).resume());
  t.after(() => server.close());
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const socket = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  await once(socket, 'connect');
  const closed = once(socket, 'close'); // rejects with an error of the socket
  socket.end();
  await Promise.resolve();
  reset(socket);
  await closed;
});
