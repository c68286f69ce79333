import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MysqlServer } from '../mysql-server.js';
import { MYSQL_OPTIONS } from '../mysql-options.js';
import { runCommand } from '../run-command.js';
import type { MysqlPlan, WayContext } from '../way.js';
import { copyFolder } from './copy-folder.js';
import { debianPrefix, prefixCommand, type PrefixPlan } from './debian-prefix.js';
import { GuardedProcess } from './guarded-process.js';
import { installOnce } from './install-once.js';
import { serverProcessEnv } from './process-environment.js';

/** Debian's stable releases have MariaDB only; unstable has the real one. */
const MYSQL: PrefixPlan = { name: 'mysql-9', suite: 'sid', packages: ['mysql-server-core', 'mysql-client-core'] };

/** 127.0.0.1 is `localhost` only where names are resolved; this root is there anyhow. The server listens on 127.0.0.1 only. */
const ACCOUNTS = `CREATE USER 'root'@'%' IDENTIFIED BY '';\nGRANT ALL ON *.* TO 'root'@'%' WITH GRANT OPTION;\n`;

/** A MySQL server as a local process, not started yet. */
export async function nativeMysql(plan: MysqlPlan, context: WayContext): Promise<MysqlServer> {
  const { environment, signal } = context;
  const prefix = await debianPrefix(MYSQL, context);
  const dataDir = join(plan.folder, 'data');
  const logFile = join(plan.folder, 'server.log');
  await mkdir(plan.folder, { recursive: true });
  if (!existsSync(dataDir)) await copyFolder(await emptyDatabase(prefix, context), dataDir, signal);
  const own = [
    `--datadir=${dataDir}`,
    `--port=${plan.port}`,
    `--server-id=${plan.serverId}`,
    '--bind-address=127.0.0.1',
  ];
  const socket = '--socket=mysql.sock'; // inside the data folder: a full path may be longer than sockets allow
  const body = new GuardedProcess({
    command: [...serverCommand(prefix), ...own, socket, ...MYSQL_OPTIONS.mysql, ...plan.args],
    cwd: dataDir,
    env: serverProcessEnv(environment),
    logFile,
    removeAtEnd: plan.keepData ? undefined : plan.folder,
  });
  const { name, port, serverId } = plan;
  const connection = ['--no-defaults', '--host=127.0.0.1', `--port=${port}`, '--user=root'];
  const mysqlbinlog = [...prefixCommand(prefix, 'usr/bin/mysqlbinlog'), ...connection];
  const parts = { name, port, serverId, dataDir, logFile, body, reportedDataDir: dataDir, mysqlbinlog };
  return new MysqlServer({ ...parts, flavour: 'mysql' });
}

function serverCommand(prefix: string): string[] {
  const places = [`--basedir=${prefix}/usr`, `--lc-messages-dir=${prefix}/usr/share/mysql`];
  const plugins = `--plugin-dir=${prefix}/usr/lib/mysql/plugin`;
  const user = process.getuid?.() === 0 ? ['--user=root'] : [];
  return [
    ...prefixCommand(prefix, 'usr/sbin/mysqld'),
    '--no-defaults',
    ...user,
    ...places,
    plugins,
    '--secure-file-priv=',
  ];
}

/** An initialised data folder, made once and copied for each server. */
async function emptyDatabase(prefix: string, context: WayContext): Promise<string> {
  const { environment, onProgress, signal } = context;
  const template = await installOnce({
    cacheDir: environment.cacheDir,
    name: `${MYSQL.name}-data`,
    recipe: `2 ${prefix} ${ACCOUNTS}`,
    onProgress,
    signal,
    build: async (building) => {
      onProgress(`${MYSQL.name}: initialising an empty database`);
      const accounts = join(building, 'accounts.sql');
      const dataDir = join(building, 'data');
      await writeFile(accounts, ACCOUNTS);
      const initialise = ['--initialize-insecure', `--datadir=${dataDir}`, `--init-file=${accounts}`, '--skip-log-bin'];
      const small = ['--innodb-redo-log-capacity=8M', '--innodb-use-native-aio=OFF'];
      const env = serverProcessEnv(environment);
      await runCommand([...serverCommand(prefix), ...initialise, ...small], { env, signal });
      await rm(join(dataDir, 'auto.cnf'), { force: true }); // else all servers would have one UUID
    },
  });
  return join(template, 'data');
}
