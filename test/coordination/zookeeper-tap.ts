import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** ZooKeeper's request types, as they stand in the second word of a frame. */
export const OP = {
  create: 1,
  delete: 2,
  exists: 3,
  getData: 4,
  setData: 5,
  getChildren: 8,
  sync: 9,
  close: -11,
} as const;

/**
 * What happens to a request: `forward`; `cut-before` it reaches the server; `cut-after` the server has answered it, so that
 * it was carried out and the client does not learn it.
 */
export type Verdict = 'forward' | 'cut-before' | 'cut-after';

/**
 * A TCP relay in front of one ZooKeeper server that reads the frames, so that a test can cut at an exact request instead
 * of at some moment. Frames: a length, then for requests a transaction number and a type, for answers the number.
 */
export interface Tap {
  readonly connectString: string;
  /** Judges each request but the handshake; all are forwarded until it is set. */
  judge: (op: number) => Verdict;
  /** Called before an answer's bytes go to the client. */
  pass: (answer: Buffer, client: Socket) => void;
  /** Nothing passes in either direction, connections stay open; new ones are accepted and stay silent. */
  blackhole(): void;
  /** New connections pass again; what was swallowed stays swallowed, so old ones are cut. */
  open(): void;
  /** Resets all connections and refuses new ones until `open`. */
  shut(): void;
  connections(): number;
  close(): Promise<void>;
}

export async function startTap(target: { readonly host: string; readonly port: number }): Promise<Tap> {
  const pairs = new Set<{ client: Socket; server: Socket }>();
  let mode: 'open' | 'black' | 'shut' = 'open';
  const listener = createServer((client) => {
    if (mode === 'shut') return void client.resetAndDestroy();
    const server = connect(target);
    const pair = { client, server };
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) socket.on('error', end).on('close', end).setNoDelay();
    let handshakes = 0;
    let cutAt: number | undefined;
    onFrames(client, (frame) => {
      if (mode === 'black') return;
      if (handshakes++ === 0 || frame.length < 12) return void server.write(frame);
      const verdict = cutAt === undefined ? tap.judge(frame.readInt32BE(8)) : 'forward';
      if (verdict === 'cut-before') return void client.resetAndDestroy();
      if (verdict === 'cut-after') cutAt = frame.readInt32BE(4);
      server.write(frame);
    });
    onFrames(server, (frame) => {
      if (mode === 'black') return;
      if (cutAt !== undefined && frame.readInt32BE(4) === cutAt) return void client.resetAndDestroy();
      tap.pass(frame, client);
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const cutAll = () => {
    for (const { client, server } of pairs) {
      client.resetAndDestroy();
      server.destroy();
    }
  };
  const tap: Tap = {
    connectString: `127.0.0.1:${(listener.address() as AddressInfo).port}`,
    judge: () => 'forward',
    pass: (answer, client) => void client.write(answer),
    blackhole: () => void (mode = 'black'),
    open() {
      if (mode === 'black') cutAll();
      mode = 'open';
    },
    shut() {
      mode = 'shut';
      cutAll();
    },
    connections: () => pairs.size,
    async close() {
      cutAll();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
  return tap;
}

/** A judge that lets everything pass but the n-th request of one type. */
export function nth(op: number, n: number, verdict: Verdict): (op: number) => Verdict {
  let seen = 0;
  return (each) => (each === op && ++seen === n ? verdict : 'forward');
}

function onFrames(socket: Socket, take: (frame: Buffer) => void): void {
  let rest = Buffer.alloc(0);
  socket.on('data', (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const end = 4 + rest.readInt32BE(0);
      take(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
  });
}
