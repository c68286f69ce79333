import type { Failure } from '../../coordination/failure.js';
import { kafkaFailure } from './kafka-failure.js';
import { encodeProduce, type PartitionRecords, type PartitionResult } from './produce-request.js';

/** What the sender needs of a Kafka client. */
export interface ProduceClient {
  initProducerId(): Promise<{ producerId: bigint; producerEpoch: number }>;
  /** Undefined: there is no such topic. Its partitions' leaders are known afterwards. */
  findTopic(topic: string): Promise<object | undefined>;
  refreshMetadata(): Promise<void>;
  leaderOf(topic: string, partition: number): number | undefined;
  /** Rejects when it is not known what became of the request. */
  produce(nodeId: number, body: readonly Buffer[], timeoutMs: number): Promise<PartitionResult[]>;
  /** The next request to this broker takes a new connection. */
  dropBroker(nodeId: number): void;
}

/** A batch ready for the wire. */
export interface Stamped {
  readonly topic: string;
  readonly partition: number;
  readonly bytes: Buffer;
}

/** Why something is not known to be stored yet. */
export interface Trouble {
  readonly text: string;
  readonly failure?: Failure;
}

export interface Outcomes {
  /** Error code by `topic/partition`, of those that were answered. */
  readonly codes: Map<string, number>;
  /** Offset of the first record, of those that the broker told. */
  readonly offsets: Map<string, number>;
  readonly trouble: Trouble[];
}

/** How long the brokers may wait for replicas; less than this client waits for the brokers. */
const ACK_SHARE = 0.75;

/** Sends one request to each leader, whichever there are. Never rejects. */
export async function attemptRound(
  client: ProduceClient,
  round: readonly Stamped[],
  options: { readonly requestMs: number; readonly transactionalId: string | null },
): Promise<Outcomes> {
  const { requestMs, transactionalId } = options;
  const outcomes: Outcomes = { codes: new Map(), offsets: new Map(), trouble: [] };
  const perLeader = new Map<number, Stamped[]>();
  for (const shipment of round) {
    const leader = client.leaderOf(shipment.topic, shipment.partition);
    if (leader === undefined) {
      outcomes.trouble.push({ text: `${shipment.topic}/${shipment.partition} has no leader` });
      continue;
    }
    const shipments = perLeader.get(leader);
    if (shipments) shipments.push(shipment);
    else perLeader.set(leader, [shipment]);
  }
  const ask = async (leader: number, shipments: readonly Stamped[]): Promise<void> => {
    const records = shipments.map((one): PartitionRecords => ({ ...one, batch: one.bytes }));
    try {
      const body = encodeProduce(records, Math.ceil(requestMs * ACK_SHARE), transactionalId);
      for (const { topic, partition, errorCode, baseOffset } of await client.produce(leader, body, requestMs)) {
        outcomes.codes.set(`${topic}/${partition}`, errorCode);
        if (baseOffset !== undefined && baseOffset >= 0) outcomes.offsets.set(`${topic}/${partition}`, baseOffset);
      }
    } catch (error) {
      const failure = kafkaFailure(error, 'sending', `broker ${leader}`);
      outcomes.trouble.push({ text: failure.message, failure });
      client.dropBroker(leader);
    }
  };
  await Promise.all([...perLeader].map(([leader, shipments]) => ask(leader, shipments)));
  return outcomes;
}
