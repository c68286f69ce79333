import { Failure, type FailureDetail, type FailureKind } from '../../coordination/failure.js';

/** What an answer or a lost connection means. Names and codes of kafkajs's errors are its contract; message texts are not looked at. */
export function kafkaFailure(thrown: unknown, doing: string, place: string): Failure {
  if (thrown instanceof Failure) return thrown;
  const errors = [...chain(thrown)];
  for (const error of errors) {
    const known = meaning(error);
    if (known) return new Failure(known.kind, `${doing}: ${error.message}`, { place, cause: thrown, ...known.detail });
  }
  if (errors.some((error) => error.name?.startsWith('KafkaJS') || error.code !== undefined)) {
    return new Failure('sink-unreachable', `${doing}: ${errors[0]?.message ?? ''}`, { place, cause: thrown });
  }
  return new Failure('internal', `${doing}: ${errors[0]?.message ?? String(thrown)}`, { place, cause: thrown });
}

interface KafkaError {
  readonly name?: string;
  readonly message?: string;
  readonly type?: string;
  readonly code?: string | number;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
}

/** The error, what it was wrapped around, and what it collects. */
function* chain(thrown: unknown, depth = 0): Generator<KafkaError> {
  if (typeof thrown !== 'object' || thrown === null || depth > 5) return;
  const error = thrown as KafkaError;
  yield error;
  for (const inner of error.errors ?? []) yield* chain(inner, depth + 1);
  yield* chain(error.cause, depth + 1);
}

function meaning(error: KafkaError): { kind: FailureKind; detail: FailureDetail } | undefined {
  if (error.name === 'KafkaJSSASLAuthenticationError') {
    return { kind: 'sink-access-denied', detail: { remedy: 'Check user, password and mechanism in sink.kafka.sasl.' } };
  }
  if (typeof error.code === 'string' && /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(error.code)) {
    return {
      kind: 'sink-misconfigured',
      detail: { remedy: 'Check sink.kafka.tls against the certificates of the brokers.' },
    };
  }
  return error.type === undefined ? undefined : ANSWERS[error.type];
}

type Answer = { kind: FailureKind; detail: FailureDetail };

const denied = (remedy: string): Answer => ({ kind: 'sink-access-denied', detail: { remedy } });
const misconfigured = (remedy: string): Answer => ({ kind: 'sink-misconfigured', detail: { remedy } });

const fenced: Answer = { kind: 'sink-fenced', detail: {} };

const ANSWERS: Readonly<Record<string, Answer>> = {
  SASL_AUTHENTICATION_FAILED: denied('Check user, password and mechanism in sink.kafka.sasl.'),
  UNSUPPORTED_SASL_MECHANISM: denied('Choose a mechanism in sink.kafka.sasl that the brokers offer.'),
  TOPIC_AUTHORIZATION_FAILED: denied(
    'Grant the account WRITE, DESCRIBE and CREATE on the topic, and READ too if it is sink.kafka.positionsTopic.',
  ),
  CLUSTER_AUTHORIZATION_FAILED: denied(
    'Grant the account CREATE and IDEMPOTENT_WRITE on the cluster, or create the topics by hand.',
  ),
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: denied(
    'Grant the account WRITE and DESCRIBE on the transactional id (sink.kafka.positionsTopic, a dot, the task), or choose sink.kafka.delivery: at-least-once.',
  ),
  INVALID_PRODUCER_EPOCH: fenced,
  PRODUCER_FENCED: fenced,
  INVALID_TRANSACTION_TIMEOUT: misconfigured('Raise transaction.max.timeout.ms of the brokers to a minute or more.'),
  INVALID_TOPIC_EXCEPTION: misconfigured(
    'Choose another sink.kafka.topic; names that differ in "." and "_" only collide in Kafka.',
  ),
  INVALID_PARTITIONS: misconfigured('Choose another sink.kafka.partitions.'),
  INVALID_REPLICATION_FACTOR: misconfigured('Choose a sink.kafka.replicationFactor that the cluster has brokers for.'),
  INVALID_CONFIG: misconfigured('Create the topic by hand with the settings that the cluster asks for.'),
  POLICY_VIOLATION: misconfigured('Create the topic by hand as the cluster’s policy asks for.'),
  INVALID_RECORD: misconfigured(
    'A compacted topic takes no record without a key: give the table a primary key, or the topic cleanup.policy=delete.',
  ),
  UNSUPPORTED_FOR_MESSAGE_FORMAT: misconfigured('Raise the message format of the topic.'),
  UNSUPPORTED_COMPRESSION_TYPE: misconfigured('Choose another sink.kafka.compression.'),
  INVALID_TIMESTAMP: {
    kind: 'clock-wrong',
    detail: {
      remedy: 'Set the clock of this machine; the brokers take times up to message.timestamp.after.max.ms ahead.',
    },
  },
};
