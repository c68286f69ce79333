import { Failure } from '../../coordination/failure.js';
import type { Change } from '../change.js';
import type { Shipment } from './idempotent-sender.js';
import type { RecordTooLarge } from './outbox.js';

/** The failure for a record that its topic does not take, with its coordinates and without its values. */
export function recordTooLarge(
  record: RecordTooLarge,
  change: Change,
  where: { readonly task: string; readonly topic: string },
): Failure {
  const { place } = change;
  const table = change.kind === 'schema' ? { database: change.database, name: '(statement)' } : change.table;
  const key = change.kind === 'schema' ? '' : change.table.key.map((i) => change.table.columns[i]!.name).join(', ');
  const size = `${record.bytes} bytes, and the topic ${where.topic} takes ${record.limit}`;
  return new Failure('record-too-large', `a record of ${table.database}.${table.name} has ${size}`, {
    place:
      `task ${where.task}, ${place.file}:${place.offset}, row ${record.row} of the event, table ${table.database}.${table.name}, ` +
      (key === '' ? 'no primary key' : `primary key (${key})`),
    remedy: raiseLimit(where.topic, record.bytes),
  });
}

/** The same when the broker's limit turned out smaller than the one it had told. */
export function refusedAsTooLarge({ topic, partition, batch }: Shipment): Failure {
  return new Failure('record-too-large', `the broker finds a single record of ${batch.bytes.length} bytes too large`, {
    place: `topic ${topic}, partition ${partition}`,
    remedy: raiseLimit(topic, batch.bytes.length),
  });
}

function raiseLimit(topic: string, bytes: number): string {
  const enough = 2 ** Math.ceil(Math.log2(bytes + 1024));
  return (
    `Raise the limit of the topic, then resume the task: kafka-configs.sh --bootstrap-server <broker> --alter --entity-type topics ` +
    `--entity-name ${topic} --add-config max.message.bytes=${enough} (the brokers' replica.fetch.max.bytes, socket.request.max.bytes ` +
    `and the consumers' max.partition.fetch.bytes have to suit)`
  );
}
