import { createRequire } from 'node:module';
import type { Logger } from '../../../coordination/log.js';
import { kafkaSink, type KafkaSink } from '../../../coordination/schema/task-spec.js';
import type { Change, Column, Place, Row, Table } from '../../../core/change.js';
import { createKafkaSink, type KafkaSinkOptions } from '../../../core/sink/kafka-sink.js';
import type { Sink } from '../../../core/sink/sink.js';

export const quiet: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => quiet,
};

export const never = new AbortController().signal;

/** A module of kafkajs's inside, to compare with. */
export function insideKafkajs(path: string): unknown {
  return createRequire(import.meta.url)(`kafkajs/src/${path}`) as unknown;
}

export function spec(brokers: readonly string[], more: Partial<KafkaSink> = {}): KafkaSink {
  return kafkaSink.parse({ brokers: [...brokers], topic: '{database}.{table}', delivery: 'at-least-once', ...more });
}

export function testSink(
  brokers: readonly string[],
  more: Partial<KafkaSink> = {},
  options: Partial<KafkaSinkOptions> = {},
): Sink {
  return createKafkaSink({ task: 'test', spec: spec(brokers, more), log: quiet, ...options });
}

const INT = { type: 3, unsigned: false } as const;
const TEXT = { type: 15, unsigned: false, charset: 'utf8mb4' } as const;

export function column(name: string, more: Partial<Column> = {}): Column {
  return { name, ...TEXT, ...more };
}

/** A table with the columns id (its key), version and note. */
export function table(name: string, key: readonly number[] = [0]): Table {
  const columns = [column('id', INT), column('version', INT), column('note')];
  return { database: 'shop', name, columns, key };
}

export function place(offset = 4711): Place {
  return { file: 'binlog.000012', offset, serverId: 1, time: 1_760_000_000_123 };
}

export function insert(of: Table, ...rows: Row[]): Change {
  return { kind: 'insert', table: of, place: place(), rows };
}

export const end = { file: 'binlog.000012', offset: 5000, events: 0 };
