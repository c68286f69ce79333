import { join } from 'node:path';
import { MYSQL_OPTIONS } from '../mysql-options.js';
import { MysqlServer } from '../mysql-server.js';
import type { MysqlPlan } from '../way.js';
import { ContainerBody } from './container-body.js';
import type { Engine } from './way.js';

const DATA = '/var/lib/mysql';
const PORT = 3306;

/** What the official images are asked for: a root without password from everywhere (the port is bound on 127.0.0.1 only). */
const FLAVOURS = {
  mysql: {
    program: 'mysqld',
    binlog: 'mysqlbinlog',
    env: { MYSQL_ALLOW_EMPTY_PASSWORD: 'yes', MYSQL_ROOT_HOST: '%', MYSQL_INITDB_SKIP_TZINFO: '1' },
  },
  mariadb: {
    program: 'mariadbd',
    binlog: 'mariadb-binlog',
    env: { MARIADB_ALLOW_EMPTY_ROOT_PASSWORD: 'yes', MARIADB_ROOT_HOST: '%', MARIADB_INITDB_SKIP_TZINFO: '1' },
  },
} as const;

/**
 * A MySQL or MariaDB server in a container, not started yet.
 * `mysqlbinlog` runs inside the container; the official MySQL image does not hold that program.
 */
export async function containerDatabase(plan: MysqlPlan, engine: Engine): Promise<MysqlServer> {
  const { flavour, name, port, serverId } = plan;
  const { program, binlog, env } = FLAVOURS[flavour];
  const logFile = join(plan.folder, 'server.log');
  const containerName = engine.containerName(name);
  const body = new ContainerBody({
    image: engine.context.environment.images[flavour],
    name: containerName,
    command: ['docker-entrypoint.sh', program, `--server-id=${serverId}`, ...MYSQL_OPTIONS[flavour], ...plan.args],
    env,
    ports: new Map([[PORT, port]]),
    files: {},
    ...engine.storage(plan, DATA),
    logFile,
    guard: engine.guard,
  });
  const inside = ['--no-defaults', '--host=127.0.0.1', `--port=${PORT}`, '--user=root'];
  const mysqlbinlog = ['docker', 'exec', '-i', containerName, binlog, ...inside];
  return new MysqlServer({
    name,
    port,
    serverId,
    flavour,
    dataDir: DATA,
    logFile,
    body,
    reportedDataDir: DATA,
    mysqlbinlog,
  });
}
