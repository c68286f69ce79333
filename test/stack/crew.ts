import { freePorts } from './free-ports.js';
import { PortTaken, type Service } from './service.js';

/** Servers that come up together and share their ports' fate: an ensemble, a cluster, a single database. */
export interface Group<S extends Service> {
  readonly size: number;
  readonly portsEach: number;
  /** Client ports that were asked for, instead of free ones. */
  readonly fixed: readonly number[];
  /** Makes the servers, not started; `ports` holds each server's ports one after the other, the client's first. */
  readonly build: (ports: readonly (readonly number[])[]) => Promise<readonly S[]>;
}

const TRIES = 5;

/** All servers of a stack, from the moment they exist. */
export class Crew {
  readonly #services = new Set<Service>();
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Starts a group; when another program was quicker with one of its ports, again on other ports. */
  async start<S extends Service>(group: Group<S>): Promise<readonly S[]> {
    if (group.size === 0) return [];
    for (let tries = 1; ; tries++) {
      const servers = await group.build(await this.#ports(group));
      for (const server of servers) this.#services.add(server);
      const failed = await this.#startAll(servers);
      if (failed === undefined) return servers;
      if (!(failed instanceof PortTaken) || group.fixed.length > 0 || tries === TRIES) throw failed;
      for (const server of servers) {
        await server.dispose();
        this.#services.delete(server);
      }
    }
  }

  /** Ends all servers, in order if asked to, and disposes of them. */
  async end(inOrder: boolean): Promise<void> {
    const all = [...this.#services];
    this.#services.clear();
    const stops = await Promise.allSettled(inOrder ? all.map((server) => server.stop()) : []);
    await Promise.all(all.map((server) => server.dispose()));
    const failed = stops.find((stop) => stop.status === 'rejected');
    if (failed) throw failed.reason as Error;
  }

  /** The first failure ends the wait for the others: a member may wait for a quorum that never comes. */
  async #startAll(servers: readonly Service[]): Promise<Error | undefined> {
    const failure = new AbortController();
    const signal = AbortSignal.any([this.#signal, failure.signal]);
    const starts = servers.map((server) => server.start({ signal }).catch((error: Error) => failure.abort(error)));
    await Promise.all(starts);
    return failure.signal.reason as Error | undefined;
  }

  async #ports({ size, portsEach, fixed }: Group<Service>): Promise<number[][]> {
    const ports: number[][] = [];
    for (let i = 0; i < size; i++) {
      const own = await freePorts(portsEach);
      const wanted = fixed[i];
      ports.push(wanted === undefined ? own : [wanted, ...own.slice(1)]);
    }
    return ports;
  }
}
