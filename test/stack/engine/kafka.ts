import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { KafkaBroker } from '../kafka-broker.js';
import { KAFKA_JVM, kafkaSettings } from '../kafka-settings.js';
import type { KafkaMember, KafkaPlan } from '../way.js';
import { ContainerBody } from './container-body.js';
import type { Engine } from './way.js';

const DATA = '/var/lib/kafka/data';
const SETTINGS = '/tmp/stack-server.properties';
const CONTROLLER_PORT = 9093;
const INTERNAL_PORT = 9094;

/** Formats an empty data folder, then becomes the broker; `$@` are the start's extra arguments. */
const FORMAT_AND_START = `
cluster=$1; shift
[ -f ${DATA}/meta.properties ] || /opt/kafka/bin/kafka-storage.sh format -t "$cluster" -c ${SETTINGS} || exit
exec /opt/kafka/bin/kafka-server-start.sh ${SETTINGS} "$@"
`;

/** Kafka brokers in containers, not started yet. Clients come in by ports of 127.0.0.1, brokers know each other by name. */
export async function containerKafka(plan: KafkaPlan, engine: Engine): Promise<KafkaBroker[]> {
  const { members } = plan;
  const network = await engine.network();
  const brokers = members.map((member) => `127.0.0.1:${member.port}`);
  const clusterId = clusterIdFor(members[0]);
  return members.map((member) => {
    const { name, id, port } = member;
    const logFile = join(member.folder, 'server.log');
    const body = new ContainerBody({
      image: engine.context.environment.images.kafka,
      name: engine.containerName(name),
      alias: name,
      command: ['/bin/sh', '-c', FORMAT_AND_START, 'sh', clusterId],
      env: {
        KAFKA_HEAP_OPTS: ' ',
        KAFKA_JVM_PERFORMANCE_OPTS: [...KAFKA_JVM, ...plan.javaOptions].join(' '),
      },
      ports: new Map([port, member.behindProxyPort].map((both) => [both, both])),
      files: { [SETTINGS]: settingsOf(member, plan) },
      network,
      ...engine.storage(member, DATA),
      logFile,
      guard: engine.guard,
    });
    const behindProxy = {
      target: { host: '127.0.0.1', port: member.behindProxyPort },
      listen: { host: '127.0.0.1', port: member.proxyPort },
    };
    return new KafkaBroker({ name, id, port, dataDir: DATA, logFile, body, clusterId, brokers, behindProxy });
  });
}

function settingsOf(member: KafkaMember, plan: KafkaPlan): string {
  return kafkaSettings({
    id: member.id,
    logDir: DATA,
    client: `0.0.0.0:${member.port}`,
    behindProxy: `0.0.0.0:${member.behindProxyPort}`,
    controller: `0.0.0.0:${CONTROLLER_PORT}`,
    advertisedClient: `127.0.0.1:${member.port}`,
    advertisedProxy: `127.0.0.1:${member.proxyPort}`,
    internal: { listen: `0.0.0.0:${INTERNAL_PORT}`, advertised: `${member.name}:${INTERNAL_PORT}` },
    voters: plan.members.map((m) => `${m.id}@${m.name}:${CONTROLLER_PORT}`),
    overrides: plan.settings,
  });
}

/** Data that were kept must meet the same cluster again: its name then follows from their place. */
function clusterIdFor(member: KafkaMember | undefined): string {
  const seed = member?.named ? member.folder : randomUUID();
  return createHash('sha256').update(seed).digest().subarray(0, 16).toString('base64url').replace(/^-/, 'A');
}
