import { Failure } from '../../coordination/failure.js';
import type { Logger } from '../../coordination/log.js';
import type { KafkaSink } from '../../coordination/schema/task-spec.js';
import { KafkaClient } from './kafkajs-client.js';
import { kafkaTls } from './kafka-tls.js';

const CONNECT_TIMEOUT_MS = 3_000;

export interface KafkaTarget {
  readonly clientId: string;
  readonly spec: KafkaSink;
  /** Of `spec.sasl.user`, resolved on this machine. */
  readonly password: string | undefined;
  readonly requestTimeoutMs: number;
  readonly log: Logger;
}

/** A client of a sink's brokers, not connected yet. @throws Failure 'secret-missing' */
export function kafkaClient({ clientId, spec, password, requestTimeoutMs, log }: KafkaTarget): KafkaClient {
  if (spec.sasl && password === undefined) {
    throw new Failure('secret-missing', 'no password for the brokers', { place: 'sink.kafka.sasl.password' });
  }
  return new KafkaClient({
    clientId,
    brokers: spec.brokers,
    tls: kafkaTls(spec.tls),
    sasl: spec.sasl && { mechanism: spec.sasl.mechanism, username: spec.sasl.user, password: password! },
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    requestTimeoutMs,
    log,
  });
}
