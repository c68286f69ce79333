import { Failure } from '../coordination/failure.js';
import type { Logger } from '../coordination/log.js';
import type { RestartFrom } from '../coordination/orders.js';
import type { TaskSpec } from '../coordination/schema/task-spec.js';
import { mysqlPurpose } from '../coordination/task-secrets.js';
import { readTaskSecret, resolveSecret, type SecretSources } from '../core/secrets.js';
import { describeCluster } from '../core/sink/describe-cluster.js';
import { tailTopics } from '../core/sink/tail-topics.js';
import { listSourceTables } from '../core/source/list-tables.js';
import { previewPosition } from '../core/source/position-preview.js';
import type { StartFrom } from '../core/source/start-position.js';
import type { Ports } from '../server/ports.js';
import { lookAtTask } from './look-at-task.js';

const REQUEST_MS = 5_000;
/** Of a source that is not a task's yet: a sealed secret is of a task and cannot be used. */
const NO_TASK = '';

/** Fills what the Server needs of sources and sinks with core/'s functions, on this machine and with what tasks may refer to here. */
export function serverPorts(secrets: SecretSources, log: Logger): Ports {
  const kafkaTarget = async (spec: TaskSpec, clientId: string) => {
    const { kafka } = spec.sink;
    if (!kafka)
      throw new Failure('configuration-invalid', `task ${spec.name} does not write to Kafka`, { place: 'sink' });
    const password = await readTaskSecret(spec, 'sink.kafka.sasl.password', secrets);
    return { clientId, spec: kafka, password, requestTimeoutMs: REQUEST_MS, log };
  };
  return {
    check: (spec, signal) => lookAtTask(spec, secrets, signal),
    async listTables(source, database, signal) {
      const { password: reference } = source;
      const purpose = mysqlPurpose(NO_TASK, source);
      const isReference = reference !== undefined && /^(env|file|sealed):/.test(reference);
      // What a person has just typed is used as it is, and kept nowhere.
      const password = isReference
        ? await resolveSecret(reference, secrets, purpose)
        : reference?.replace(/^plain:/, '');
      return listSourceTables(source, password, database, signal);
    },
    async previewPosition(spec, to, current, signal) {
      const password = await readTaskSecret(spec, 'source.mysql.password', secrets);
      return previewPosition(spec, password, startFrom(to), current, signal);
    },
    async tailChanges(spec, onRecord, signal) {
      const target = await kafkaTarget(spec, `mysql-replicator-server-${spec.name}`);
      await tailTopics(target, spec.name, onRecord, signal);
    },
    async describeBrokers(spec, signal) {
      return describeCluster(await kafkaTarget(spec, 'mysql-replicator-server'), signal);
    },
  };
}

/** What an order names, as a source is asked for it. */
export function startFrom(to: RestartFrom): StartFrom {
  if (typeof to === 'string' || 'time' in to || 'gtid' in to) return to;
  return { file: to.file, position: to.offset };
}
