import { Failure } from '../../coordination/failure.js';
import type { Logger } from '../../coordination/log.js';
import { createKafkaSink } from '../sink/kafka-sink.js';
import { createMysqlSink } from '../sink/mysql/mysql-sink.js';
import { sourceSide } from '../sink/mysql/source-side.js';
import type { Sink } from '../sink/sink.js';
import type { PipelineSetup } from './messages.js';

/** The sink that a task names. Connects only when asked to. */
export function createSink(
  { spec, sourcePassword, sinkPassword: password, version }: PipelineSetup,
  log: Logger,
): Sink {
  const task = spec.name;
  const { kafka, mysql } = spec.sink;
  if (kafka) return createKafkaSink({ task, spec: kafka, password, log, version });
  if (mysql) {
    const source = sourceSide(spec.source.mysql, sourcePassword);
    return createMysqlSink({ task, spec: mysql, password, log, source, selected: spec.source.tables });
  }
  throw new Failure('configuration-invalid', 'the task names no sink', { place: 'sink' });
}
