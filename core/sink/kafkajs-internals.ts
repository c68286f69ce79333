import type { Socket } from 'node:net';

/** What is used of kafkajs 2.2.4's inner modules, which have no types. */
export interface ClusterOptions {
  readonly logger: KafkajsLogger;
  readonly socketFactory: unknown;
  readonly brokers: readonly string[];
  readonly ssl: object | undefined;
  readonly sasl: object | undefined;
  readonly clientId: string;
  readonly connectionTimeout: number;
  readonly authenticationTimeout: number;
  readonly requestTimeout: number;
  readonly enforceRequestTimeout: boolean;
  readonly metadataMaxAge: number;
  readonly allowAutoTopicCreation: boolean;
  readonly maxInFlightRequests: number | null;
  readonly retry: { readonly initialRetryTime: number; readonly maxRetryTime: number; readonly retries: number };
}

export type ClusterConstructor = new (options: ClusterOptions) => Cluster;

export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  refreshMetadata(): Promise<void>;
  /** Of all topics, asked now and not kept. */
  metadata(): Promise<{
    readonly clusterId: string | null;
    readonly controllerId: number | null;
    readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[];
    readonly topicMetadata: readonly { readonly topic: string }[];
  }>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  findTopicPartitionMetadata(topic: string): readonly PartitionMetadata[];
  findControllerBroker(): Promise<Broker>;
  findBroker(of: { nodeId: number }): Promise<Broker>;
  /** Asks for a group's coordinator, or (type 1) a transactional id's. */
  findGroupCoordinator(of: { groupId: string; coordinatorType: number }): Promise<Broker>;
  getNodeIds(): readonly string[];
}

export interface PartitionMetadata {
  readonly partitionId: number;
  readonly leader: number | null;
}

export interface Broker {
  readonly brokerAddress: string;
  readonly versions: Readonly<Record<number, { readonly maxVersion: number } | undefined>> | null;
  readonly connectionPool: ConnectionPool;
  initProducerId(request: {
    transactionalId?: string;
    transactionTimeout: number;
  }): Promise<{ producerId: unknown; producerEpoch: number }>;
  addPartitionsToTxn(request: {
    transactionalId: string;
    producerId: string;
    producerEpoch: number;
    topics: readonly { topic: string; partitions: readonly number[] }[];
  }): Promise<unknown>;
  endTxn(request: {
    transactionalId: string;
    producerId: string;
    producerEpoch: number;
    transactionResult: boolean;
  }): Promise<unknown>;
  listOffsets(request: {
    replicaId: number;
    isolationLevel: number;
    topics: readonly { topic: string; partitions: readonly { partition: number; timestamp: number }[] }[];
  }): Promise<{ responses: readonly { partitions: readonly { offset: unknown }[] }[] }>;
  createTopics(request: {
    topics: readonly {
      topic: string;
      numPartitions: number;
      replicationFactor: number;
      configEntries?: readonly { name: string; value: string }[];
    }[];
    validateOnly: boolean;
    timeout: number;
  }): Promise<unknown>;
  describeConfigs(request: {
    resources: readonly { type: number; name: string; configNames: readonly string[] }[];
    includeSynonyms: boolean;
  }): Promise<{
    resources: readonly { configEntries: readonly { configName: string; configValue: string | null }[] }[];
  }>;
}

export interface ConnectionPool {
  readonly host: string;
  readonly port: number;
  /** Connects when needed. */
  getConnection(): Promise<Connection>;
}

export interface Connection {
  readonly clientId: string;
  readonly socket: Socket;
  readonly requestQueue: RequestQueue;
  isAuthenticated(): boolean;
  /** Does nothing where there is no sign-in. */
  authenticate(): Promise<void>;
  nextCorrelationId(): number;
}

export interface RequestQueue {
  push(request: {
    readonly entry: {
      readonly apiKey: number;
      readonly apiName: string;
      readonly apiVersion: number;
      readonly correlationId: number;
      readonly resolve: (answer: { payload: Buffer }) => void;
      readonly reject: (error: unknown) => void;
    };
    readonly expectResponse: boolean;
    /** Milliseconds; the client's own timeout where that is longer. */
    readonly requestTimeout: number;
    readonly sendRequest: () => void;
  }): void;
  maybeThrottle(millis: number): void;
}

export interface RequestQueueConstructor {
  readonly prototype: WaitingRequests;
}

interface WaitingRequests {
  /** Requests that wait for one in flight, or for the end of a throttling. */
  readonly pending: readonly unknown[];
  /** Sees to it that `pending` is looked at again. */
  scheduleCheckPendingRequests: (this: WaitingRequests) => void;
}

type LogFunction = (message: string, extra?: Readonly<Record<string, unknown>>) => void;

export interface KafkajsLogger {
  namespace(name: string): KafkajsLogger;
  setLogLevel(level: number): void;
  debug: LogFunction;
  info: LogFunction;
  warn: LogFunction;
  error: LogFunction;
}
