import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KafkaBroker } from '../kafka-broker.js';
import { KAFKA_JVM, kafkaSettings } from '../kafka-settings.js';
import { runCommand } from '../run-command.js';
import type { KafkaMember, KafkaPlan, Place, WayContext } from '../way.js';
import { copyFolder } from './copy-folder.js';
import { GuardedProcess } from './guarded-process.js';
import { installOnce } from './install-once.js';
import { classPath, KAFKA_JARS } from './java-jars.js';
import { serverProcessEnv } from './process-environment.js';

const LOGGING = [
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
  '-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaConfig=warn', // hundreds of lines of settings at each start
];

/** Kafka brokers as local JVMs, not started yet. */
export async function nativeKafka(plan: KafkaPlan, context: WayContext): Promise<KafkaBroker[]> {
  const jars = await classPath(KAFKA_JARS, context);
  const { members } = plan;
  const brokers = members.map((member) => `127.0.0.1:${member.port}`);
  const clusterId = (await clusterIdOf(members[0])) ?? newClusterId();
  const broker = async (member: KafkaMember): Promise<KafkaBroker> => {
    const { folder, name, id, port, keepData } = member;
    const dataDir = join(folder, 'data');
    const logFile = join(folder, 'server.log');
    const config = join(folder, 'server.properties');
    await mkdir(folder, { recursive: true });
    await writeFile(config, settingsOf(member, dataDir, plan));
    if (!existsSync(dataDir)) await formatted(dataDir, id, clusterId, jars, context);
    const body = new GuardedProcess({
      command: ['java', ...KAFKA_JVM, ...LOGGING, ...plan.javaOptions, '-cp', jars, 'kafka.Kafka', config],
      cwd: folder,
      env: serverProcessEnv(context.environment),
      logFile,
      removeAtEnd: keepData ? undefined : folder,
    });
    const behindProxy = {
      target: { host: '127.0.0.1', port: member.behindProxyPort },
      listen: { host: '127.0.0.1', port: member.proxyPort },
    };
    return new KafkaBroker({ name, id, port, dataDir, logFile, body, clusterId, brokers, behindProxy });
  };
  return Promise.all(members.map(broker));
}

type Member = Omit<KafkaMember, keyof Place>;

function settingsOf(
  member: Member,
  logDir: string,
  plan: { readonly members: readonly Member[]; readonly settings: KafkaPlan['settings'] },
): string {
  return kafkaSettings({
    id: member.id,
    logDir,
    client: `127.0.0.1:${member.port}`,
    behindProxy: `127.0.0.1:${member.behindProxyPort}`,
    controller: `127.0.0.1:${member.controllerPort}`,
    advertisedClient: `127.0.0.1:${member.port}`,
    advertisedProxy: `127.0.0.1:${member.proxyPort}`,
    voters: plan.members.map((m) => `${m.id}@127.0.0.1:${m.controllerPort}`),
    overrides: plan.settings,
  });
}

/** Formatting is a JVM of its own (about a second): done once per node number, then copied and given the cluster's name. */
async function formatted(
  dataDir: string,
  id: number,
  clusterId: string,
  jars: string,
  context: WayContext,
): Promise<void> {
  const { environment, onProgress, signal } = context;
  const template = await installOnce({
    cacheDir: environment.cacheDir,
    name: `${KAFKA_JARS.name}-node-${id}`,
    recipe: `1 ${jars}`,
    onProgress,
    signal,
    build: async (building) => {
      const config = join(building, 'format.properties');
      const member = { id, port: 1, controllerPort: 2, behindProxyPort: 3, proxyPort: 4 };
      await writeFile(config, settingsOf(member, join(building, 'data'), { members: [member], settings: {} }));
      const format = ['kafka.tools.StorageTool', 'format', '-t', newClusterId(), '-c', config];
      await runCommand(['java', '-XX:TieredStopAtLevel=1', '-cp', jars, ...format], {
        env: serverProcessEnv(environment),
        signal,
      });
    },
  });
  await copyFolder(join(template, 'data'), dataDir, signal);
  const meta = join(dataDir, 'meta.properties');
  await writeFile(meta, (await readFile(meta, 'utf8')).replace(/^cluster\.id=.*$/m, `cluster.id=${clusterId}`));
}

/** The cluster that kept data belong to. */
async function clusterIdOf(member: KafkaMember | undefined): Promise<string | undefined> {
  if (member === undefined) return undefined;
  const meta = await readFile(join(member.folder, 'data', 'meta.properties'), 'utf8').catch(() => '');
  return /^cluster\.id=(.+)$/m.exec(meta)?.[1];
}

/** 16 random bytes in Kafka's alphabet; never with a leading dash, which its tools take for an option. */
function newClusterId(): string {
  return Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url').replace(/^-/, 'A');
}
