import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePorts } from './free-ports.js';
import { Lane, reset } from './proxy-lane.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Which way is meant: what the client sends, what the server sends, or both. */
export type Direction = 'to-server' | 'to-client' | 'both';

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  readonly toServer: Lane;
  readonly toClient: Lane;
}

/** A TCP proxy on 127.0.0.1 whose faults are switched at will; they hold for connections of now and of later. */
export class TcpProxy {
  readonly host = '127.0.0.1';
  readonly port: number;
  #target: Address;
  readonly #pairs = new Set<Pair>();
  #listener: Server | undefined;
  #held: Direction | undefined;
  #delayMs = 0;

  constructor(target: Address, port: number) {
    this.#target = target;
    this.port = port;
  }

  /** How many client connections are open through it. */
  connections(): number {
    return this.#pairs.size;
  }

  /** Resets all connections (RST both ways); new ones are taken as before. */
  reset(): void {
    for (const { client, server } of this.#pairs) {
      reset(client);
      reset(server);
    }
    this.#pairs.clear();
  }

  /** Resets all connections and refuses new ones until `restore`. */
  async cut(): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.close();
    this.reset();
    if (listener) await once(listener, 'close');
  }

  /** Takes connections again after a `cut`. Resolves once it listens. */
  async restore(): Promise<void> {
    if (this.#listener) return;
    const listener = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => this.#join(client));
    listener.listen({ host: this.host, port: this.port, exclusive: true });
    await once(listener, 'listening'); // rejects with the listener's error
    this.#listener = listener;
  }

  /** Connects to another server from now on; connections that are open stay where they are. */
  retarget(target: Address): void {
    this.#target = target;
  }

  /** Connections stay and are taken, but nothing comes through: what is sent waits until `resume`. */
  blackhole(direction: Direction = 'both'): void {
    this.#held = direction;
    this.#apply();
  }

  /** Every byte arrives this much later, each way; the bandwidth stays. */
  delay(ms: number): void {
    this.#delayMs = ms;
    this.#apply();
  }

  /** Ends `blackhole` and `delay`; what waited goes out now, in order. */
  resume(): void {
    this.#held = undefined;
    this.delay(0);
  }

  /** Resets all connections and listens no more. */
  async close(): Promise<void> {
    await this.cut();
  }

  #join(client: Socket): void {
    const server = connect({ ...this.#target, allowHalfOpen: true });
    const pair = { client, server, toServer: new Lane(client, server), toClient: new Lane(server, client) };
    this.#pairs.add(pair);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('close', () => {
        if (client.destroyed && server.destroyed) this.#pairs.delete(pair);
      });
    }
    this.#applyTo(pair);
  }

  #apply(): void {
    for (const pair of this.#pairs) this.#applyTo(pair);
  }

  #applyTo({ toServer, toClient }: Pair): void {
    toServer.set({ delayMs: this.#delayMs, held: this.#held === 'both' || this.#held === 'to-server' });
    toClient.set({ delayMs: this.#delayMs, held: this.#held === 'both' || this.#held === 'to-client' });
  }
}

/** A proxy in front of a server, on a free port unless one is given. */
export async function startProxy(target: Address, options: { readonly port?: number } = {}): Promise<TcpProxy> {
  const port = options.port ?? (await freePorts(1))[0] ?? 0;
  const proxy = new TcpProxy(target, port);
  await proxy.restore();
  return proxy;
}
