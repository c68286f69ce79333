import { join } from 'node:path';
import type { ZooKeeperMember, ZooKeeperPlan } from '../way.js';
import { ZooKeeperServer } from '../zookeeper-server.js';
import { ZOOKEEPER_JVM, zookeeperSettings } from '../zookeeper-settings.js';
import { ContainerBody } from './container-body.js';
import type { Engine } from './way.js';

const DATA = '/data';
const PORT = 2181;

/** ZooKeeper servers in containers, not started yet. They find each other by name in a network of their own. */
export async function containerZooKeeper(plan: ZooKeeperPlan, engine: Engine): Promise<ZooKeeperServer[]> {
  const { members } = plan;
  const network = members.length > 1 ? await engine.network() : undefined;
  const ensemble = members.map((m) => `server.${m.id}=${m.name}:2888:3888`);
  return members.map((member: ZooKeeperMember) => {
    const { name, id, clientPort } = member;
    const logFile = join(member.folder, 'server.log');
    const settings = zookeeperSettings({
      dataDir: DATA,
      clientAddress: '0.0.0.0',
      clientPort: PORT,
      ensemble: members.length > 1 ? ensemble : [],
      overrides: plan.settings,
    });
    const body = new ContainerBody({
      image: engine.context.environment.images.zookeeper,
      name: engine.containerName(name),
      alias: name,
      command: ['/docker-entrypoint.sh', 'zkServer.sh', 'start-foreground'],
      env: { ZOO_MY_ID: String(id), SERVER_JVMFLAGS: [...ZOOKEEPER_JVM, ...plan.javaOptions].join(' ') },
      ports: new Map([[PORT, clientPort]]),
      files: { '/conf/zoo.cfg': settings },
      network,
      ...engine.storage(member, DATA),
      logFile,
      guard: engine.guard,
    });
    return new ZooKeeperServer({ name, id, port: clientPort, dataDir: DATA, logFile, body, reportedDataDir: DATA });
  });
}
