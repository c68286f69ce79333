import { join } from 'node:path';
import { startProxy, type Address, type TcpProxy } from '../stack/proxy.js';
import type { CorePlace } from '../scenarios/world.js';
import { CoreClock } from './core-clock.js';
import { canMakeDisks, SmallDisk } from './small-disk.js';

/** What one Core's machine has of its own: its ways to the ZooKeeper servers, and where this machine can make them, a clock and a disk. */
export class Machine {
  readonly zookeeper: readonly TcpProxy[];
  readonly clock: CoreClock | undefined;
  readonly disk: SmallDisk | undefined;
  readonly #lines: string[];

  private constructor(zookeeper: readonly TcpProxy[], lines: string[], parts: Pick<Machine, 'clock' | 'disk'>) {
    this.zookeeper = zookeeper;
    this.clock = parts.clock;
    this.disk = parts.disk;
    this.#lines = lines;
  }

  /** @param clockLibrary what gives a process a clock of its own, if there is such a thing here */
  static async make(
    name: string,
    servers: readonly Address[],
    folder: string,
    clockLibrary?: string,
  ): Promise<Machine> {
    const lines: string[] = [];
    const disk = canMakeDisks() ? await SmallDisk.make(lines) : undefined;
    const clock = clockLibrary === undefined ? undefined : new CoreClock(clockLibrary, join(folder, `${name}.clock`));
    return new Machine(await Promise.all(servers.map((server) => startProxy(server))), lines, { clock, disk });
  }

  get connectString(): string {
    return this.zookeeper.map(({ host, port }) => `${host}:${port}`).join(',');
  }

  get place(): CorePlace {
    const { clock, disk } = this;
    return { lines: this.#lines, ...(clock && { env: clock.env }), ...(disk && { log: disk.log }) };
  }

  async close(): Promise<void> {
    await Promise.all(this.zookeeper.map((line) => line.close()));
    this.clock?.close();
    this.disk?.close();
  }
}
