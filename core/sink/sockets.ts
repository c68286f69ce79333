import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';

/** Options of `tls.connect`; host, port and server name are added. */
export type SocketTls = ConnectionOptions;

interface Destination {
  readonly host: string;
  readonly port: number;
  readonly onConnect: () => void;
}

/**
 * The sockets of one client. kafkajs opens them through `factory`; here they can be closed for certain, which kafkajs only
 * does after waiting for answers that a dead broker never gives.
 */
export class Sockets {
  readonly #tls: SocketTls | undefined;
  readonly #open = new Map<Socket, string>();
  readonly #addresses = new Map<string, string>();
  #closed = false;

  constructor(tls: SocketTls | undefined) {
    this.#tls = tls;
  }

  readonly factory = ({ host: name, port, onConnect }: Destination): Socket => {
    this.throwIfClosed();
    const host = this.#addresses.get(name) ?? name;
    const servername = isIP(host) ? {} : { servername: host };
    const socket = this.#tls
      ? connectTls({ host, port, ...servername, ...this.#tls }, onConnect)
      : connect({ host, port }, onConnect);
    socket.setNoDelay(true); // the end of a large request must not wait for the acknowledgement of its beginning
    socket.setKeepAlive(true, 60_000);
    this.#open.set(socket, `${name}:${port}`);
    socket.once('close', () => this.#open.delete(socket));
    return socket;
  };

  /** kafkajs takes `host:port` apart at the first colon, so an IPv6 address gets a name that has none. */
  aliases(brokers: readonly string[]): string[] {
    return brokers.map((broker, i) => {
      const match = /^\[(.+)\]:(\d+)$/.exec(broker);
      if (!match) return broker;
      const alias = `ipv6-seed-${i}`;
      this.#addresses.set(alias, match[1]!);
      return `${alias}:${match[2]!}`;
    });
  }

  /** Ends the connections to a broker; requests that wait for its answer fail. */
  destroy(host: string, port: number): void {
    for (const [socket, destination] of this.#open) {
      if (destination === `${host}:${port}`) socket.destroy(new Error('given up by this client'));
    }
  }

  throwIfClosed(): void {
    if (this.#closed) throw new Error('the client is closed');
  }

  /** Ends all connections and opens no more. */
  destroyAll(): void {
    this.#closed = true;
    for (const socket of this.#open.keys()) socket.destroy(new Error('the client is closed'));
  }
}
