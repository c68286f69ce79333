import { appendFileSync, createWriteStream, mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { GenericContainer, getContainerRuntimeClient, Network, StartupCheckStrategy } from 'testcontainers';
import type { ContainerRuntimeClient, StartedNetwork, StartedTestContainer, StartupStatus } from 'testcontainers';
import { tailOf } from '../log-tail.js';
import type { Body } from '../service.js';

export interface ContainerPlan {
  readonly image: string;
  readonly name: string;
  /** Its name for the other containers of its network. */
  readonly alias?: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Container port to port of 127.0.0.1. */
  readonly ports: ReadonlyMap<number, number>;
  /** Files put into the container before it starts. */
  readonly files: Readonly<Record<string, string>>;
  readonly network?: EngineNetwork | undefined;
  /** A named volume that outlives the container, and where it is mounted; without it the data go with the container. */
  readonly volume?: { readonly name: string; readonly path: string; readonly keep: boolean } | undefined;
  /** A folder of ours (the log) that goes with it. */
  readonly removeAtEnd?: string | undefined;
  readonly logFile: string;
  readonly guard: Guard;
}

/** Takes care that something of the engine's is removed even when we are killed; the result ends the care. */
export type Guard = (removal: readonly string[]) => () => void;

export type EngineNetwork = StartedNetwork;

/** Extra arguments are lines of a file, so that one container, with its data, serves all starts. */
const EXTRA_ARGS = '/tmp/stack-extra-args';
const WITH_EXTRA_ARGS = `while IFS= read -r arg; do set -- "$@" "$arg"; done < ${EXTRA_ARGS}; exec "$@"`;

type Docker = ReturnType<ContainerRuntimeClient['container']['getById']>;

/** A server in a container of its own. Signals go to its first process, so every verb means the same as for a local process. */
export class ContainerBody implements Body {
  readonly #plan: ContainerPlan;
  #container: Docker | undefined;
  #started: StartedTestContainer | undefined;
  readonly #releases: (() => void)[] = [];
  #alive = false;
  #ended: Promise<string> = Promise.resolve('not started');

  constructor(plan: ContainerPlan) {
    this.#plan = plan;
  }

  async launch(extraArgs: readonly string[]): Promise<void> {
    const file = { target: EXTRA_ARGS, mode: 0o644, content: extraArgs.map((arg) => `${arg}\n`).join('') };
    mkdirSync(dirname(this.#plan.logFile), { recursive: true });
    if (this.#container === undefined) {
      await this.#create(file);
    } else {
      await this.#started?.copyContentToContainer([file]);
      await this.#container.start();
    }
    await this.#follow();
  }

  ended(): Promise<string> {
    return this.#ended;
  }

  alive(): boolean {
    return this.#alive;
  }

  terminate = (): Promise<void> => this.#signal('SIGTERM');
  kill = (): Promise<void> => this.#signal('SIGKILL');
  freeze = (): Promise<void> => this.#signal('SIGSTOP');
  thaw = (): Promise<void> => this.#signal('SIGCONT');

  logTail(): Promise<string> {
    return tailOf(this.#plan.logFile);
  }

  async dispose(): Promise<void> {
    const { volume, removeAtEnd } = this.#plan;
    const container = this.#container;
    this.#container = undefined;
    if (container) {
      await container.remove({ force: true, v: true });
      if (volume && !volume.keep) {
        const { container: engine } = await getContainerRuntimeClient();
        await engine.dockerode.getVolume(volume.name).remove();
      }
    }
    for (const release of this.#releases.splice(0)) release();
    if (removeAtEnd !== undefined) await rm(removeAtEnd, { recursive: true, force: true });
  }

  async #create(extraArgs: { target: string; mode: number; content: string }): Promise<void> {
    const { image, name, alias, command, env, ports, files, network, volume, guard, logFile } = this.#plan;
    const { container: engine } = await getContainerRuntimeClient();
    const container = new LocalContainer(image, (id) => {
      this.#container = engine.getById(id);
      this.#releases.push(guard(['rm', '-f', '-v', id]));
      if (volume && !volume.keep) this.#releases.push(guard(['volume', 'rm', volume.name]));
    })
      .withName(name)
      .withEntrypoint(['/bin/sh', '-c', WITH_EXTRA_ARGS, 'sh'])
      .withCommand([...command])
      .withEnvironment({ ...env })
      .withExposedPorts(...[...ports].map(([inside, outside]) => ({ container: inside, host: outside })))
      .withCopyContentToContainer([
        extraArgs,
        ...Object.entries(files).map(([target, content]) => ({ target, content, mode: 0o644 })),
      ])
      .withWaitStrategy(new Exists());
    if (network && alias) container.withNetwork(network).withNetworkAliases(alias);
    if (volume) container.withBindMounts([{ source: volume.name, target: volume.path, mode: 'rw' }]);
    try {
      this.#started = await container.start();
    } catch (error) {
      const log = await this.#container?.logs({ stdout: true, stderr: true, tail: 50 }).catch(() => undefined);
      if (log) appendFileSync(logFile, log);
      throw error;
    }
  }

  /** Writes what this incarnation prints to the log file, and waits for its end. */
  async #follow(): Promise<void> {
    const container = this.#container;
    if (container === undefined) return;
    const { container: engine } = await getContainerRuntimeClient();
    const since = Math.floor(Date.now() / 1000) - 1;
    const log = await engine.logs(container, { since });
    log.pipe(createWriteStream(this.#plan.logFile, { flags: 'a' }));
    this.#alive = true;
    this.#ended = (container.wait() as Promise<{ StatusCode: number }>).then(
      ({ StatusCode }) => `code ${StatusCode}`,
      (error: Error) => error.message,
    );
    void this.#ended.then(() => (this.#alive = false));
  }

  async #signal(signal: NodeJS.Signals): Promise<void> {
    if (this.#alive) await this.#container?.kill({ signal });
  }
}

/** Ports are bound on 127.0.0.1 only: the servers' accounts need no password. Tells its id before it starts. */
class LocalContainer extends GenericContainer {
  readonly #onCreated: (id: string) => void;

  constructor(image: string, onCreated: (id: string) => void) {
    super(image);
    this.#onCreated = onCreated;
  }

  protected override async beforeContainerCreated(): Promise<void> {
    const bindings = (this.hostConfig.PortBindings ?? {}) as Record<string, { HostIp?: string }[]>;
    for (const binding of Object.values(bindings).flat()) binding.HostIp = '127.0.0.1';
  }

  protected override async containerCreated(id: string): Promise<void> {
    this.#onCreated(id);
  }
}

/** Started is enough here: whether the server answers is asked by its own protocol. */
class Exists extends StartupCheckStrategy {
  override async checkStartupState(): Promise<StartupStatus> {
    return 'SUCCESS';
  }
}

/** A network in which containers know each other by name, and what removes it. */
export async function startNetwork(guard: Guard): Promise<{ network: EngineNetwork; remove: () => Promise<void> }> {
  const network = await new Network().start();
  const release = guard(['network', 'rm', network.getId()]);
  return {
    network,
    remove: async () => {
      await network.stop();
      release();
    },
  };
}

/** Why no container engine can be used; undefined when one answers. */
export async function whyNoEngine(): Promise<string | undefined> {
  return getContainerRuntimeClient().then(
    () => undefined,
    (error: Error) => error.message,
  );
}
