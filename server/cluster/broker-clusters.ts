import { asFailure } from '../../coordination/failure.js';
import { inParallel } from '../../coordination/in-parallel.js';
import type { KafkaSink } from '../../coordination/schema/task-spec.js';
import type { BrokerCluster } from '../api/schema/cluster.js';
import type { Ports } from '../ports.js';
import type { TreeView } from '../view/tree-view.js';

const TIMEOUT_MS = 5_000;
const AT_A_TIME = 4;
const CLUSTERS_AT_MOST = 50;

/** The Kafka clusters that tasks write to, each asked once however many tasks name it. */
export async function askBrokers(view: TreeView, ports: Ports): Promise<BrokerCluster[]> {
  const clusters = new Map<string, { sink: KafkaSink; tasks: string[] }>();
  for (const { name, spec } of view.tasks) {
    if (spec.kind !== 'present') continue;
    const sink = spec.value.sink.kafka;
    const key = JSON.stringify([[...sink.brokers].sort(), sink.tls, sink.sasl]);
    const known = clusters.get(key);
    if (known === undefined) clusters.set(key, { sink, tasks: [name] });
    else known.tasks.push(name);
  }
  return inParallel([...clusters.values()].slice(0, CLUSTERS_AT_MOST), AT_A_TIME, async ({ sink, tasks }) => {
    const about = { cluster: sink.brokers, tasks: tasks.sort(), askedAt: Date.now() };
    try {
      const { clusterId, controller, brokers } = await ports.describeBrokers(sink, AbortSignal.timeout(TIMEOUT_MS));
      return {
        ...about,
        ok: true,
        ...(clusterId !== undefined && { clusterId }),
        ...(controller !== undefined && { controller }),
        brokers: brokers.map((broker) => ({ ...broker })),
      };
    } catch (error) {
      return { ...about, ok: false, brokers: [], detail: asFailure(error).message };
    }
  });
}
