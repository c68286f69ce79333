import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskOverview } from '../../coordination/task-list.js';
import { startProxy, type TcpProxy } from '../stack/proxy.js';
import { Load } from '../scenarios/load.js';
import { instances, World, type CoreHandle } from '../scenarios/world.js';
import { clockLibrary } from './core-clock.js';
import { Machine } from './machine.js';
import { SourcePair } from '../scenarios/source-pair.js';

/** Long: where the machine is busy, a server that was killed takes its time to come back. */
const TAKE_OVER_LIMIT_MS = 240_000;
const CORES = 3;
/** Rows of large transactions are numbered from here on. */
const FIRST_LARGE_ID = 100_000_000;

export interface Runner {
  readonly core: CoreHandle;
  readonly term: number;
}

export type Servers = 'source' | 'kafka' | 'zookeeper';

/** A fault that this machine cannot make: it cannot compile, or make file systems. */
export class NotPossible extends Error {}

/**
 * A world under constant load whose every connection passes a proxy: the source's and Kafka's are shared, the ones to ZooKeeper
 * are each Core's own. Its source has a replica.
 */
export class Arena {
  readonly world: World;
  readonly source: TcpProxy;
  readonly kafka: TcpProxy;
  readonly #pair: SourcePair;
  readonly #clockLibrary: string | undefined;
  readonly #machines = new Map<CoreHandle, Machine>();
  /** Milliseconds from a fault that ends a lead to the next RUNNING, by what ended it. */
  readonly takeOvers = new Map<string, number[]>();
  #started = 0;
  #load: Load | undefined;
  #largeRows = 0;
  readonly #last = new Map<Servers, Promise<unknown>>();

  private constructor(parts: Pick<Arena, 'world' | 'source' | 'kafka'>, pair: SourcePair, library: string | undefined) {
    this.world = parts.world;
    this.source = parts.source;
    this.kafka = parts.kafka;
    this.#pair = pair;
    this.#clockLibrary = library;
  }

  static async open(): Promise<Arena> {
    const world = await World.open({ mysql: 2, zookeeper: 3 });
    const [primary, replica] = world.stack.mysql;
    const pair = await SourcePair.join(primary!, replica!);
    const source = await startProxy(primary!);
    const { target, listen } = world.stack.kafka[0]!.behindProxy;
    const kafka = await startProxy(target, { port: listen.port });
    const brokers = [`${kafka.host}:${kafka.port}`];
    await world.register(world.spec({ mysql: { host: source.host, port: source.port }, sink: { brokers } }));
    const arena = new Arena({ world, source, kafka }, pair, await clockLibrary());
    for (let i = 0; i < CORES; i++) await arena.startCore();
    await arena.runner(); // it begins at the source's latest: what is written earlier is not its business
    arena.#load = new Load(() => world.source);
    return arena;
  }

  get load(): Load {
    return this.#load!;
  }

  async startCore(): Promise<void> {
    const { zookeeper, dataDir } = this.world.stack;
    const name = `core-${++this.#started}`;
    const machine = await Machine.make(name, zookeeper.servers, dataDir, this.#clockLibrary);
    this.#machines.set(this.world.core(name, machine.connectString, undefined, machine.place), machine);
  }

  machineOf(core: CoreHandle): Machine {
    return this.#machines.get(core)!;
  }

  /** Who runs the task; waits for somebody. */
  async runner(): Promise<Runner> {
    const seen = await this.world.until('RUNNING', (task) => runs(task, 0), TAKE_OVER_LIMIT_MS);
    const leader = instances(seen).find(({ state }) => state === 'RUNNING')!;
    const core = [...this.#machines.keys()].find(({ name }) => name === leader.core)!;
    return { core, term: leader.term! };
  }

  /** The youngest Core that does not run the task; undefined while there is none. */
  async standby(): Promise<CoreHandle | undefined> {
    const runner = await this.runner();
    const living = [...this.#machines.keys()].filter(
      ({ child }) => child.exitCode === null && child.signalCode === null,
    );
    return living.findLast((core) => core !== runner.core);
  }

  /** Ends a lead in some way, waits for the next one, and notes how long that took. */
  async endLead(how: string, end: (runner: Runner) => void | Promise<void>): Promise<void> {
    const runner = await this.runner();
    const began = performance.now();
    await end(runner);
    await this.world.until(`RUNNING after ${how}`, (task) => runs(task, runner.term), TAKE_OVER_LIMIT_MS);
    const took = this.takeOvers.get(how) ?? [];
    this.takeOvers.set(how, [...took, performance.now() - began]);
  }

  /** What is done to servers, or needs them to be up, is done one after the other. */
  oneByOne<T>(servers: Servers, work: () => Promise<T>): Promise<T> {
    const mine = (this.#last.get(servers) ?? Promise.resolve()).then(work);
    this.#last.set(
      servers,
      mine.catch(() => undefined),
    );
    return mine;
  }

  /** The replica takes the source's place, behind the same address. */
  failOver(how: 'in order' | 'killed'): Promise<void> {
    const { world, source } = this;
    return this.oneByOne('source', async () => {
      await this.#pair.failOver(how, (to, promotion) => {
        world.audit.promoted(promotion);
        world.source = to;
        source.retarget(to);
        source.reset();
      });
      await world.signIn();
    });
  }

  /** Inserts so many rows in one transaction. */
  insert(rows: number): Promise<void> {
    return this.oneByOne('source', async () => {
      const first = FIRST_LARGE_ID + this.#largeRows;
      this.#largeRows += rows;
      await this.world.sql.run(`SET SESSION cte_max_recursion_depth = ${rows};
        INSERT INTO shop.hot_item (id, version, name, price)
          WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows - 1})
          SELECT ${first} + i, 1, REPEAT('large ', 20), 1 FROM n`);
      for (let i = 0; i < rows; i++) this.load.committed.versions.add(`${first + i}/1`);
    });
  }

  async close(): Promise<void> {
    const { kafka, source, load, world } = this;
    const machines = [...this.#machines.values()];
    for (const proxy of [kafka, source, ...machines.flatMap(({ zookeeper }) => zookeeper)]) proxy.resume();
    const stopped = load.stop().catch(() => undefined);
    await world
      .close()
      .finally(() => Promise.all([kafka.close(), source.close(), ...machines.map((one) => one.close())]));
    await stopped;
  }
}

/** Whether an instance leads with a term after `past`, and its pipeline runs. */
function runs(task: TaskOverview, past: number): boolean {
  const { progress } = task;
  if (progress.kind !== 'present' || progress.value.phase !== 'RUNNING') return false;
  const { term } = progress.value;
  return term > past && instances(task).some((one) => one.state === 'RUNNING' && one.term === term);
}

/** Lets time pass: in a fault the length is the point, and nothing is awaited. */
export async function pass(ms: number): Promise<void> {
  await sleep(ms);
}
