/**
 * What a partition's error code in a produce answer means for the batch, by the Kafka protocol documentation's table of error codes.
 *
 * `stored`   – the log has it (46: under this sequence number it already had).
 * `again`    – not stored for now; the very same bytes may be sent again.
 * `split`    – the batch is larger than the partition takes.
 * `fenced`   – a later producer has taken this one's transactional id.
 * `restart`  – the broker and this producer disagree about what was sent; only a new producer id helps.
 * `refused`  – will never be taken.
 */
export type Verdict = 'stored' | 'again' | 'split' | 'fenced' | 'restart' | 'refused';

const CODES: Readonly<Record<number, readonly [verdict: Verdict, type: string]>> = {
  0: ['stored', 'NONE'],
  2: ['again', 'CORRUPT_MESSAGE'],
  3: ['again', 'UNKNOWN_TOPIC_OR_PARTITION'],
  5: ['again', 'LEADER_NOT_AVAILABLE'],
  6: ['again', 'NOT_LEADER_OR_FOLLOWER'],
  7: ['again', 'REQUEST_TIMED_OUT'],
  8: ['again', 'BROKER_NOT_AVAILABLE'],
  9: ['again', 'REPLICA_NOT_AVAILABLE'],
  10: ['split', 'MESSAGE_TOO_LARGE'],
  13: ['again', 'NETWORK_EXCEPTION'],
  17: ['refused', 'INVALID_TOPIC_EXCEPTION'],
  18: ['split', 'RECORD_LIST_TOO_LARGE'],
  19: ['again', 'NOT_ENOUGH_REPLICAS'],
  20: ['again', 'NOT_ENOUGH_REPLICAS_AFTER_APPEND'],
  29: ['refused', 'TOPIC_AUTHORIZATION_FAILED'],
  31: ['refused', 'CLUSTER_AUTHORIZATION_FAILED'],
  32: ['refused', 'INVALID_TIMESTAMP'],
  43: ['refused', 'UNSUPPORTED_FOR_MESSAGE_FORMAT'],
  44: ['refused', 'POLICY_VIOLATION'],
  45: ['restart', 'OUT_OF_ORDER_SEQUENCE_NUMBER'],
  46: ['stored', 'DUPLICATE_SEQUENCE_NUMBER'],
  47: ['fenced', 'INVALID_PRODUCER_EPOCH'],
  48: ['restart', 'INVALID_TXN_STATE'],
  49: ['restart', 'INVALID_PRODUCER_ID_MAPPING'],
  51: ['again', 'CONCURRENT_TRANSACTIONS'],
  53: ['refused', 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED'],
  56: ['again', 'KAFKA_STORAGE_ERROR'],
  59: ['restart', 'UNKNOWN_PRODUCER_ID'],
  74: ['again', 'FENCED_LEADER_EPOCH'],
  75: ['again', 'UNKNOWN_LEADER_EPOCH'],
  76: ['refused', 'UNSUPPORTED_COMPRESSION_TYPE'],
  87: ['refused', 'INVALID_RECORD'],
  89: ['again', 'THROTTLING_QUOTA_EXCEEDED'],
  90: ['fenced', 'PRODUCER_FENCED'],
  100: ['again', 'UNKNOWN_TOPIC_ID'],
};

export function verdictOf(errorCode: number): { readonly verdict: Verdict; readonly type: string } {
  const [verdict, type] = CODES[errorCode] ?? ['refused', `error code ${errorCode}`];
  return { verdict, type };
}
