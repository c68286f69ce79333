export interface KafkaNode {
  readonly id: number;
  readonly logDir: string;
  /** Where it listens, as `address:port`. */
  readonly client: string;
  readonly behindProxy: string;
  readonly controller: string;
  /** What clients are told. */
  readonly advertisedClient: string;
  readonly advertisedProxy: string;
  /** Where brokers reach each other when it is not where clients come in: listening and advertised address. */
  readonly internal?: { readonly listen: string; readonly advertised: string };
  /** `id@address:port` of every controller. */
  readonly voters: readonly string[];
  readonly overrides: Readonly<Record<string, string>>;
}

/** `server.properties` of a KRaft broker and controller in one, small and quick for tests; sizes and limits stay Kafka's own. */
export function kafkaSettings(node: KafkaNode): string {
  const nodes = node.voters.length;
  const replicas = Math.min(3, nodes);
  const inSync = Math.max(1, replicas - 1);
  const { internal } = node;
  const settings: Record<string, string | number> = {
    'process.roles': 'broker,controller',
    'node.id': node.id,
    'controller.quorum.voters': node.voters.join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': internal ? 'INTERNAL' : 'CLIENT',
    listeners: listenerList({
      CLIENT: node.client,
      PROXIED: node.behindProxy,
      CONTROLLER: node.controller,
      INTERNAL: internal?.listen,
    }),
    'advertised.listeners': listenerList({
      CLIENT: node.advertisedClient,
      PROXIED: node.advertisedProxy,
      INTERNAL: internal?.advertised,
    }),
    'listener.security.protocol.map': 'CLIENT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT,INTERNAL:PLAINTEXT',
    'log.dirs': node.logDir,
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
    'group.initial.rebalance.delay.ms': 0,
    // A killed broker may come back at once instead of waiting for its old registration to expire.
    'broker.session.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 500,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'log.cleaner.dedupe.buffer.size': 16_777_216,
    ...node.overrides,
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

export const KAFKA_JVM = ['-Xmx512m', '-XX:+UseSerialGC', '-Djava.awt.headless=true'];

function listenerList(listeners: Record<string, string | undefined>): string {
  const named = Object.entries(listeners).filter(([, address]) => address !== undefined);
  return named.map(([name, address]) => `${name}://${address}`).join(',');
}
