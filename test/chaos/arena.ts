import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskOverview } from '../../coordination/task-list.js';
import { startProxy, type TcpProxy } from '../stack/proxy.js';
import { instances, World, type CoreHandle } from '../scenarios/world.js';

const TAKE_OVER_LIMIT_MS = 90_000;

export interface Runner {
  readonly core: CoreHandle;
  readonly term: number;
}

/** A world whose every connection passes a proxy: the source's and Kafka's are shared, ZooKeeper's are each Core's own. */
export class Arena {
  readonly world: World;
  readonly source: TcpProxy;
  readonly kafka: TcpProxy;
  readonly #lines = new Map<CoreHandle, TcpProxy[]>();
  /** Milliseconds from a fault that ends a lead to the next RUNNING, by what ended it. */
  readonly takeOvers = new Map<string, number[]>();
  #started = 0;

  private constructor(world: World, source: TcpProxy, kafka: TcpProxy) {
    this.world = world;
    this.source = source;
    this.kafka = kafka;
  }

  static async open(): Promise<Arena> {
    const world = await World.open({ zookeeper: 3 });
    const source = await startProxy(world.stack.mysql[0]!);
    const { target, listen } = world.stack.kafka[0]!.behindProxy;
    const kafka = await startProxy(target, { port: listen.port });
    const arena = new Arena(world, source, kafka);
    const brokers = [`${kafka.host}:${kafka.port}`];
    await world.register(world.spec({ mysql: { host: source.host, port: source.port }, sink: { brokers } }));
    for (let i = 0; i < 3; i++) await arena.startCore();
    await arena.runner();
    return arena;
  }

  async startCore(): Promise<void> {
    const { world } = this;
    const lines = await Promise.all(world.stack.zookeeper.servers.map((server) => startProxy(server)));
    const servers = lines.map(({ host, port }) => `${host}:${port}`).join(',');
    this.#lines.set(world.core(`core-${++this.#started}`, servers), lines);
  }

  /** A Core's ways to the ZooKeeper servers. */
  zookeeperOf(core: CoreHandle): readonly TcpProxy[] {
    return this.#lines.get(core) ?? [];
  }

  /** Who runs the task; waits for somebody. */
  async runner(): Promise<Runner> {
    const seen = await this.world.until('RUNNING', (task) => runs(task, 0), TAKE_OVER_LIMIT_MS);
    return this.#runnerIn(seen);
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

  /** A Core that stands by; undefined while there is none. */
  standby(): CoreHandle | undefined {
    return [...this.#lines.keys()].findLast(({ child }) => child.exitCode === null && child.signalCode === null);
  }

  async close(): Promise<void> {
    const { kafka, source } = this;
    const lines = [...this.#lines.values()].flat();
    for (const proxy of [kafka, source, ...lines]) proxy.resume();
    await this.world.close().finally(() => Promise.all([kafka, source, ...lines].map((proxy) => proxy.close())));
  }

  #runnerIn(seen: TaskOverview): Runner {
    const leader = instances(seen).find(({ state }) => state === 'RUNNING')!;
    const core = [...this.#lines.keys()].find(({ name }) => name === leader.core)!;
    return { core, term: leader.term! };
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
