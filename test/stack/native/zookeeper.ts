import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WayContext, ZooKeeperMember, ZooKeeperPlan } from '../way.js';
import { ZooKeeperServer } from '../zookeeper-server.js';
import { ZOOKEEPER_JVM, zookeeperSettings } from '../zookeeper-settings.js';
import { GuardedProcess } from './guarded-process.js';
import { classPath, ZOOKEEPER_JARS } from './java-jars.js';
import { serverProcessEnv } from './process-environment.js';

const LOGGING = ['-Dorg.slf4j.simpleLogger.showDateTime=true', '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS'];

/** ZooKeeper servers as local JVMs, not started yet. */
export async function nativeZooKeeper(plan: ZooKeeperPlan, context: WayContext): Promise<ZooKeeperServer[]> {
  const jars = await classPath(ZOOKEEPER_JARS, context);
  const { members } = plan;
  const ensemble = members.map((m) => `server.${m.id}=127.0.0.1:${m.quorumPort}:${m.electionPort}`);
  const server = async (member: ZooKeeperMember): Promise<ZooKeeperServer> => {
    const { folder, name, id, clientPort, keepData } = member;
    const dataDir = join(folder, 'data');
    const logFile = join(folder, 'server.log');
    const config = join(folder, 'zoo.cfg');
    await mkdir(dataDir, { recursive: true });
    await writeFile(join(dataDir, 'myid'), `${id}\n`);
    const settings = zookeeperSettings({
      dataDir,
      clientAddress: '127.0.0.1',
      clientPort,
      ensemble: members.length > 1 ? ensemble : [],
      overrides: plan.settings,
    });
    await writeFile(config, settings);
    const main = 'org.apache.zookeeper.server.quorum.QuorumPeerMain';
    const body = new GuardedProcess({
      command: ['java', ...ZOOKEEPER_JVM, ...LOGGING, ...plan.javaOptions, '-cp', jars, main, config],
      cwd: folder,
      env: serverProcessEnv(context.environment),
      logFile,
      removeAtEnd: keepData ? undefined : folder,
    });
    return new ZooKeeperServer({ name, id, port: clientPort, dataDir, logFile, body, reportedDataDir: dataDir });
  };
  return Promise.all(members.map(server));
}
