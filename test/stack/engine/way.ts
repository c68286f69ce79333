import { createHash, randomUUID } from 'node:crypto';
import type { Place, Way, WayContext } from '../way.js';
import { startNetwork, whyNoEngine, type ContainerPlan, type EngineNetwork } from './container-body.js';
import { containerDatabase } from './database.js';
import { containerKafka } from './kafka.js';
import { ownerGuard } from './owner-guard.js';
import { containerZooKeeper } from './zookeeper.js';

/** What all containers of a stack share. */
export interface Engine {
  readonly context: WayContext;
  readonly guard: ContainerPlan['guard'];
  /** A container's name is the engine's own space: several stacks may live in it. */
  readonly containerName: (name: string) => string;
  /** Made when first asked for. */
  readonly network: () => Promise<EngineNetwork>;
  /** Data that may be kept live in a volume named after their folder; others go with the container. */
  readonly storage: (place: Place, path: string) => Pick<ContainerPlan, 'volume' | 'removeAtEnd'>;
}

/** Servers in containers of a Docker-compatible engine on this machine. */
export function engineWay(context: WayContext): Way {
  const guard = ownerGuard(context.environment);
  const own = randomUUID().slice(0, 8);
  let shared: ReturnType<typeof startNetwork> | undefined;
  const engine: Engine = {
    context,
    guard,
    containerName: (name) => `mysql-replicator-${own}-${name}`,
    network: async () => (await (shared ??= startNetwork(guard))).network,
    storage: ({ named, keepData, folder }, path) => {
      const digest = createHash('sha256').update(folder).digest('hex').slice(0, 16);
      const volume = named ? { name: `mysql-replicator-${digest}`, path, keep: keepData } : undefined;
      return { volume, removeAtEnd: keepData ? undefined : folder };
    },
  };
  return {
    name: 'engine',
    mysql: (plan) => containerDatabase(plan, engine),
    zookeeper: (plan) => containerZooKeeper(plan, engine),
    kafka: (plan) => containerKafka(plan, engine),
    close: async () => {
      await (await shared)?.remove();
      shared = undefined;
    },
  };
}

export { whyNoEngine };
