import { Kafka, logLevel } from 'kafkajs';
import { Service, type ServiceParts } from './service.js';

export interface KafkaParts extends Omit<ServiceParts, 'answers'> {
  readonly id: number;
  readonly clusterId: string;
  /** `host:port` of all brokers of the cluster. */
  readonly brokers: readonly string[];
  readonly behindProxy: BehindProxy;
}

/** Clients that come in by `target` are told to come back by `listen`, so a proxy from there to `target` sees all they do. */
export interface BehindProxy {
  readonly target: { readonly host: string; readonly port: number };
  readonly listen: { readonly host: string; readonly port: number };
}

/**
 * A Kafka 4 broker and controller in one. Settings are overridden for a start by
 * `extraArgs: ['--override', 'message.max.bytes=1000']`.
 */
export class KafkaBroker extends Service {
  readonly id: number;
  readonly clusterId: string;
  readonly brokers: readonly string[];
  readonly behindProxy: BehindProxy;

  constructor(parts: KafkaParts) {
    super({ ...parts, answers: () => answers(parts) });
    this.id = parts.id;
    this.clusterId = parts.clusterId;
    this.brokers = parts.brokers;
    this.behindProxy = parts.behindProxy;
  }
}

/** Metadata that name this cluster, a controller and this broker. */
async function answers({ port, id, clusterId }: KafkaParts): Promise<void> {
  const admin = new Kafka({
    clientId: 'stack',
    brokers: [`127.0.0.1:${port}`],
    connectionTimeout: 1_000,
    requestTimeout: 2_000,
    enforceRequestTimeout: true,
    retry: { retries: 0 },
    logLevel: logLevel.NOTHING,
  }).admin();
  try {
    await admin.connect();
    const cluster = await admin.describeCluster();
    if (cluster.clusterId !== clusterId) throw new Error(`another cluster has port ${port}: ${cluster.clusterId}`);
    if (cluster.controller === null) throw new Error('the cluster has no controller yet');
    if (!cluster.brokers.some((broker) => broker.nodeId === id)) throw new Error('the broker is not registered yet');
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
