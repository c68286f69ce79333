import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../../coordination/failure.js';
import type { Logger } from '../../coordination/log.js';
import { Sockets, type SocketTls } from './sockets.js';
import { kafkajsLogger } from './kafkajs-log.js';
import type { Broker, Cluster, ClusterConstructor, Connection, PartitionMetadata } from './kafkajs-internals.js';
import type { RequestQueueConstructor } from './kafkajs-internals.js';
import { decodeFetch, encodeFetch, FETCH, type Fetched } from './fetch-request.js';
import { TransactionCoordinator } from './kafkajs-transactions.js';
import { decodeProduce, PRODUCE, requestHeader, type Api, type PartitionResult } from './produce-request.js';

/**
 * kafkajs as transport: connections, TLS, sign-in, metadata, administration. This is its only importer.
 *
 * Its producer is not used: it builds several objects per record, groups in quadratic time, takes its sequence numbers
 * back when an answer is missing (so that two sends at once lose records), and reports only the first partition's
 * error. `IdempotentSender` does that part. For this, kafkajs's inner modules are loaded (the package has no `exports` map), which
 * is why exactly one version is accepted.
 */
const KAFKAJS_VERSION = '2.2.4';

export interface KafkaClientOptions {
  readonly clientId: string;
  readonly brokers: readonly string[];
  readonly tls?: SocketTls | undefined;
  readonly sasl?: { readonly mechanism: string; readonly username: string; readonly password: string } | undefined;
  readonly connectTimeoutMs: number;
  /** For everything but produce requests, which say their own. */
  readonly requestTimeoutMs: number;
  readonly log: Logger;
}

export interface NewTopic {
  readonly partitions: number;
  /** -1: as the brokers do by default. */
  readonly replicas: number;
  readonly settings?: Readonly<Record<string, string>> | undefined;
}

export interface TopicDescription {
  readonly partitions: number;
}

/** A cluster as one of its brokers describes it. */
export interface ClusterDescription {
  readonly clusterId: string | undefined;
  readonly controller: number | undefined;
  readonly brokers: readonly { readonly id: number; readonly host: string; readonly port: number }[];
  /** Names of all topics that the account may see. */
  readonly topics: readonly string[];
}

const LEAST_RETRIES = 2;
/** Answers of a broker that has not loaded its producer ids yet. */
const STARTING = new Set(['GROUP_LOAD_IN_PROGRESS', 'GROUP_COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR_FOR_GROUP']);
const STARTING_PAUSE_MS = 20;
const NEWEST = -1;
const OLDEST = -2;
const READ_UNCOMMITTED = 0;
const TOPIC_CONFIG = 2;
const BROKER_CONFIG = 4;

export class KafkaClient {
  readonly #cluster: Cluster;
  readonly #sockets: Sockets;
  readonly #requestTimeoutMs: number;
  /** Brokers that answer, by node. */
  readonly #hosts = new Map<number, Broker>();

  /** @throws Failure when another kafkajs than the one this was written for is installed. */
  constructor(options: KafkaClientOptions) {
    const Cluster = loadCluster();
    this.#requestTimeoutMs = options.requestTimeoutMs;
    this.#sockets = new Sockets(options.tls);
    this.#cluster = new Cluster({
      logger: kafkajsLogger(options.log),
      socketFactory: this.#sockets.factory,
      brokers: this.#sockets.aliases(options.brokers),
      ssl: options.tls === undefined ? undefined : {},
      sasl: options.sasl,
      clientId: options.clientId,
      connectionTimeout: options.connectTimeoutMs,
      authenticationTimeout: options.requestTimeoutMs,
      requestTimeout: options.requestTimeoutMs,
      enforceRequestTimeout: true,
      metadataMaxAge: 300_000,
      allowAutoTopicCreation: false,
      maxInFlightRequests: null,
      // Only what is transient within a moment; waiting for a broker is the sender's, which knows how long it may.
      retry: { initialRetryTime: 20, maxRetryTime: 200, retries: Math.max(options.brokers.length, LEAST_RETRIES) },
    });
  }

  async connect(): Promise<void> {
    await this.#cluster.connect();
    await this.#cluster.refreshMetadata();
  }

  /** A new producer id, which no other producer has. Waits while a broker is only just starting. */
  async initProducerId(): Promise<{ producerId: bigint; producerEpoch: number }> {
    for (;;) {
      try {
        const broker = await this.#cluster.findControllerBroker();
        const answer = await broker.initProducerId({ transactionTimeout: 60_000 });
        return { producerId: BigInt(String(answer.producerId)), producerEpoch: answer.producerEpoch };
      } catch (error) {
        if (!STARTING.has((error as { type?: string }).type ?? '')) throw error;
        await delay(STARTING_PAUSE_MS);
        this.#sockets.throwIfClosed();
      }
    }
  }

  /** What is asked of the coordinator of one transactional id. */
  transactionCoordinator(): TransactionCoordinator {
    return new TransactionCoordinator(this.#cluster);
  }

  async refreshMetadata(): Promise<void> {
    await this.#cluster.refreshMetadata();
  }

  async describe(): Promise<ClusterDescription> {
    const { clusterId, controllerId, brokers, topicMetadata } = await this.#cluster.metadata();
    return {
      clusterId: clusterId ?? undefined,
      controller: controllerId ?? undefined,
      brokers: brokers.map(({ nodeId, host, port }) => ({ id: nodeId, host, port })),
      topics: topicMetadata.map(({ topic }) => topic),
    };
  }

  /** The topic's partitions, or undefined when there is no such topic. */
  async findTopic(topic: string): Promise<TopicDescription | undefined> {
    try {
      await this.#cluster.addMultipleTargetTopics([topic]);
    } catch (error) {
      if ((error as { type?: string }).type === 'UNKNOWN_TOPIC_OR_PARTITION') return undefined;
      throw error;
    }
    const { length } = this.#partitions(topic);
    return length === 0 ? undefined : { partitions: length };
  }

  /** Asks for a topic; returns when the controller has agreed, which is before it has leaders. */
  async createTopic(topic: string, wishes: NewTopic, timeoutMs: number): Promise<void> {
    const controller = await this.#cluster.findControllerBroker();
    const configEntries = Object.entries(wishes.settings ?? {}).map(([name, value]) => ({ name, value }));
    await controller.createTopics({
      topics: [{ topic, numPartitions: wishes.partitions, replicationFactor: wishes.replicas, configEntries }],
      validateOnly: false,
      timeout: timeoutMs,
    });
  }

  /** A setting of a topic or (with its id) of a broker, as it applies. */
  async setting(of: { topic: string } | { nodeId: number }, name: string): Promise<string | undefined> {
    const [type, resource] = 'topic' in of ? [TOPIC_CONFIG, of.topic] : [BROKER_CONFIG, String(of.nodeId)];
    const broker = 'topic' in of ? await this.#cluster.findControllerBroker() : await this.#cluster.findBroker(of);
    const answer = await broker.describeConfigs({
      resources: [{ type, name: resource, configNames: [name] }],
      includeSynonyms: false,
    });
    return answer.resources[0]?.configEntries.find((entry) => entry.configName === name)?.configValue ?? undefined;
  }

  /** Node ids of the brokers known. */
  get nodeIds(): number[] {
    return this.#cluster.getNodeIds().map(Number);
  }

  /** The partition's leader by the metadata at hand; undefined when it has none. */
  leaderOf(topic: string, partition: number): number | undefined {
    const leader = this.#partitions(topic).find((one) => one.partitionId === partition)?.leader;
    return leader === undefined || leader === null || leader < 0 ? undefined : leader;
  }

  /** Sends a produce request's body to a broker. @throws kafkajs's errors, when nothing is known about what became of it. */
  async produce(nodeId: number, body: readonly Buffer[], timeoutMs: number): Promise<PartitionResult[]> {
    const { payload, connection } = await this.#request(nodeId, PRODUCE, body, timeoutMs);
    const { results, throttleMs } = decodeProduce(payload);
    connection.requestQueue.maybeThrottle(throttleMs);
    return results;
  }

  /** What of a partition's log begins at an offset, open and aborted transactions and their markers included; perhaps nothing yet. */
  async fetch(topic: string, partition: number, offset: number): Promise<Fetched> {
    const nodeId = this.leaderOf(topic, partition);
    if (nodeId === undefined) throw new Failure('sink-unreachable', 'no leader', { place: `${topic}/${partition}` });
    const body = encodeFetch({ topic, partition, offset });
    const { payload, connection } = await this.#request(nodeId, FETCH, [body], this.#requestTimeoutMs);
    const fetched = decodeFetch(payload);
    connection.requestQueue.maybeThrottle(fetched.throttleMs);
    return fetched;
  }

  /**
   * Where a partition's log begins, or the offset after its last record that all in-sync replicas have. The latter by this request
   * and not by a fetch's answer, whose bound may be stale after a change of leader.
   */
  async logBound(topic: string, partition: number, bound: 'start' | 'end'): Promise<number> {
    const nodeId = this.leaderOf(topic, partition);
    if (nodeId === undefined) throw new Failure('sink-unreachable', 'no leader', { place: `${topic}/${partition}` });
    const broker = await this.#cluster.findBroker({ nodeId });
    const { responses } = await broker.listOffsets({
      replicaId: -1,
      isolationLevel: READ_UNCOMMITTED,
      topics: [{ topic, partitions: [{ partition, timestamp: bound === 'start' ? OLDEST : NEWEST }] }],
    });
    return Number(String(responses[0]?.partitions[0]?.offset));
  }

  async #request(
    nodeId: number,
    api: Api,
    body: readonly Buffer[],
    timeoutMs: number,
  ): Promise<{ payload: Buffer; connection: Connection }> {
    const broker = await this.#cluster.findBroker({ nodeId });
    this.#hosts.set(nodeId, broker);
    if ((broker.versions?.[api.key]?.maxVersion ?? 0) < api.version) {
      throw new Failure('sink-misconfigured', 'The broker is older than Kafka 2.1 and does not take our requests.', {
        place: broker.brokerAddress,
      });
    }
    const connection = await broker.connectionPool.getConnection();
    if (!connection.isAuthenticated()) await connection.authenticate();
    const { payload } = await new Promise<{ payload: Buffer }>((resolve, reject) => {
      const correlationId = connection.nextCorrelationId();
      const pieces = [requestHeader(api, correlationId, connection.clientId, body), ...body];
      connection.requestQueue.push({
        entry: {
          apiKey: api.key,
          apiName: api.name,
          apiVersion: api.version,
          correlationId,
          resolve,
          reject,
        },
        expectResponse: true,
        requestTimeout: timeoutMs,
        sendRequest: () => {
          // kafkajs's own way copies a request twice; this one writes the batches as they are.
          const { socket } = connection;
          socket.cork();
          for (const piece of pieces) socket.write(piece);
          socket.uncork();
        },
      });
    });
    return { payload, connection };
  }

  /** Gives up the connection to a broker that does not answer, so that the next request takes a new one. */
  dropBroker(nodeId: number): void {
    const pool = this.#hosts.get(nodeId)?.connectionPool;
    if (pool) this.#sockets.destroy(pool.host, pool.port);
  }

  /** Ends all connections now: nothing needs to be said to a broker. */
  async close(): Promise<void> {
    this.#sockets.destroyAll();
    await this.#cluster.disconnect();
  }

  #partitions(topic: string): readonly PartitionMetadata[] {
    return this.#cluster.findTopicPartitionMetadata(topic);
  }
}

function loadCluster(): ClusterConstructor {
  const require = createRequire(import.meta.url);
  const { version } = require('kafkajs/package.json') as { version: string };
  if (version !== KAFKAJS_VERSION) {
    throw new Failure(
      'sink-misconfigured',
      `kafkajs ${version} is installed; only ${KAFKAJS_VERSION} is known to work.`,
      {
        place: 'kafkajs',
        remedy: 'Install the dependencies as the lock file says: npm ci',
      },
    );
  }
  scheduleOnlyWhatWaits(require('kafkajs/src/network/requestQueue') as RequestQueueConstructor);
  return require('kafkajs/src/cluster') as ClusterConstructor;
}

const mended = new WeakSet<RequestQueueConstructor>();

/**
 * After the first answer of a connection kafkajs sets a timer for requests that wait, also when none does, and that timer sets the
 * next: every connection wakes the process each millisecond, and their negative times make Node 24 print a warning.
 */
function scheduleOnlyWhatWaits(queues: RequestQueueConstructor): void {
  if (mended.has(queues)) return;
  mended.add(queues);
  const { prototype } = queues;
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function () {
    if (this.pending.length > 0) schedule.call(this);
  };
}
