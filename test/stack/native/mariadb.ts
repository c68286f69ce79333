import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MYSQL_OPTIONS } from '../mysql-options.js';
import { MysqlServer } from '../mysql-server.js';
import { runCommand } from '../run-command.js';
import type { MysqlPlan, WayContext } from '../way.js';
import { copyFolder } from './copy-folder.js';
import { debianPrefix, prefixCommand, type PrefixPlan } from './debian-prefix.js';
import { GuardedProcess } from './guarded-process.js';
import { installOnce } from './install-once.js';
import { serverProcessEnv } from './process-environment.js';

/** `mariadb-client` brings mariadb-binlog; what else it depends on (Perl) is not needed. */
const MARIADB: PrefixPlan = {
  name: 'mariadb-10.11',
  suite: 'bookworm',
  packages: ['mariadb-server-core', 'mariadb-client-core'],
  alone: ['mariadb-client'],
};

/** The server's own scripts for an empty database, in the order of its installer (a shell script that knows no private loader). */
const SYSTEM_TABLES = [
  'mysql_system_tables.sql',
  'mysql_performance_tables.sql',
  'mysql_system_tables_data.sql',
  'fill_help_tables.sql',
  'maria_add_gis_sp_bootstrap.sql',
  'mysql_sys_schema.sql',
];

/** 127.0.0.1 is `localhost` only where names are resolved; these work anyhow. The server listens on 127.0.0.1 only. */
const ACCOUNTS = ['localhost', '%']
  .map((host) => `CREATE OR REPLACE USER 'root'@'${host}';\nGRANT ALL ON *.* TO 'root'@'${host}' WITH GRANT OPTION;\n`)
  .join('');

/** A MariaDB server as a local process, not started yet. */
export async function nativeMariadb(plan: MysqlPlan, context: WayContext): Promise<MysqlServer> {
  const { environment, signal } = context;
  const prefix = await debianPrefix(MARIADB, context);
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
  const files = ['--socket=mysql.sock', '--pid-file=mysql.pid'];
  const body = new GuardedProcess({
    command: [...serverCommand(prefix), ...own, ...files, ...MYSQL_OPTIONS.mariadb, ...plan.args],
    cwd: dataDir,
    env: serverProcessEnv(environment),
    logFile,
    removeAtEnd: plan.keepData ? undefined : plan.folder,
  });
  const { name, port, serverId } = plan;
  const connection = ['--no-defaults', '--host=127.0.0.1', `--port=${port}`, '--user=root'];
  const mysqlbinlog = [...prefixCommand(prefix, 'usr/bin/mariadb-binlog'), ...connection];
  const parts = { name, port, serverId, dataDir, logFile, body, reportedDataDir: dataDir, mysqlbinlog };
  return new MysqlServer({ ...parts, flavour: 'mariadb' });
}

function serverCommand(prefix: string): string[] {
  const places = [`--basedir=${prefix}/usr`, `--lc-messages-dir=${prefix}/usr/share/mysql`];
  const user = process.getuid?.() === 0 ? ['--user=root'] : [];
  return [...prefixCommand(prefix, 'usr/sbin/mariadbd'), '--no-defaults', ...user, ...places];
}

/** An initialised data folder, made once and copied for each server. */
async function emptyDatabase(prefix: string, context: WayContext): Promise<string> {
  const { environment, onProgress, signal } = context;
  const template = await installOnce({
    cacheDir: environment.cacheDir,
    name: `${MARIADB.name}-data`,
    recipe: `1 ${prefix} ${ACCOUNTS} ${SYSTEM_TABLES.join()}`,
    onProgress,
    signal,
    build: async (building) => {
      onProgress(`${MARIADB.name}: initialising an empty database`);
      const dataDir = join(building, 'data');
      await mkdir(join(dataDir, 'mysql'), { recursive: true });
      const scripts = SYSTEM_TABLES.map((file) => readFile(join(prefix, 'usr/share/mysql', file), 'utf8'));
      const input = ['USE mysql;', ...(await Promise.all(scripts)), 'FLUSH PRIVILEGES;', ACCOUNTS];
      const bootstrap = [
        '--bootstrap',
        `--datadir=${dataDir}`,
        '--innodb-use-native-aio=OFF',
        '--innodb-log-file-size=8M',
      ];
      const small = ['--max-allowed-packet=8M', '--net-buffer-length=16K', '--skip-log-bin'];
      const env = serverProcessEnv(environment);
      await runCommand([...serverCommand(prefix), ...bootstrap, ...small], { env, signal, input: input.join('\n') });
    },
  });
  return join(template, 'data');
}
