import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { MysqlSource } from '../../../coordination/schema/task-spec.js';
import type { Finding } from '../../../core/source/preflight.js';
import { preflight } from '../../../core/source/preflight.js';
import type { Stack } from '../../stack/stack.js';
import { startStack } from '../../stack/stack.js';
import { signal } from './reading.js';
import type { Sql } from './sql.js';
import { connectSql } from './sql.js';

let stack: Stack;
let sql: Sql;

before(async () => {
  stack = await startStack({ mysql: 2, mariadb: 1 });
  sql = await connectSql(stack.mysql[0]!);
  await sql.run(
    'CREATE DATABASE p; CREATE TABLE p.t (id INT PRIMARY KEY); CREATE DATABASE odd; CREATE TABLE odd.keyless (a INT)',
  );
});
after(async () => {
  await sql.close();
  await stack.stop();
});

interface Asked {
  readonly tables?: string[];
  readonly from?: MysqlSource['from'];
  readonly serverId?: number;
  readonly user?: string;
  readonly password?: string;
  readonly server?: { host: string; port: number };
}

async function findings(asked: Asked = {}): Promise<Map<string, Finding>> {
  const { tables = ['p.*'], from = 'latest', serverId, user = 'root', password, server = stack.mysql[0]! } = asked;
  const mysql = { host: server.host, port: server.port, user, ...(serverId === undefined ? {} : { serverId }) };
  const all = await preflight({ mysql, tables, from }, { task: 'p', signal: signal(), password });
  for (const { level, what, why, mend } of all) {
    assert.ok(what.length > 0 && why.length > 0);
    assert.ok(level === 'ok' || (mend ?? '').length > 0, what);
  }
  return new Map(all.map((finding) => [finding.check, finding]));
}

async function refused(check: string, asked: Asked = {}, level: Finding['level'] = 'error'): Promise<Finding> {
  const all = await findings(asked);
  const finding = all.get(check);
  assert.equal(finding?.level, level, JSON.stringify([...all.values()], null, 1));
  return finding;
}

test('a server that is set up right has nothing but ok', async () => {
  const all = await findings();
  assert.deepEqual(
    [...all.values()].filter(({ level }) => level !== 'ok'),
    [],
  );
  assert.ok(all.size >= 17, [...all.keys()].join());
});

test('unreachable, and a wrong password', async () => {
  await refused('reachable', { server: { host: '127.0.0.1', port: 1 } });
  const denied = await refused('credentials', { password: 'wrong-password' });
  assert.doesNotMatch(JSON.stringify(denied), /wrong-password/);
});

const settings: [check: string, set: string, undo: string, level?: Finding['level']][] = [
  ['binlog_format', 'SET GLOBAL binlog_format = STATEMENT', 'SET GLOBAL binlog_format = ROW'],
  ['binlog_row_image', 'SET GLOBAL binlog_row_image = NOBLOB', 'SET GLOBAL binlog_row_image = FULL', 'warning'],
  [
    'binlog_row_metadata',
    'SET GLOBAL binlog_row_metadata = MINIMAL',
    'SET GLOBAL binlog_row_metadata = FULL',
    'warning',
  ],
  ['gtid_mode', 'SET GLOBAL gtid_mode = ON_PERMISSIVE', 'SET GLOBAL gtid_mode = ON', 'warning'],
  [
    'retention',
    'SET GLOBAL binlog_expire_logs_seconds = 3600',
    'SET GLOBAL binlog_expire_logs_seconds = 2592000',
    'warning',
  ],
];
for (const [check, set, undo, level] of settings) {
  test(`${check}, and its mend mends it`, async () => {
    await sql.run(set);
    try {
      const { mend = '' } = await refused(check, {}, level);
      const statement = /^SET PERSIST (\w+ = ('.*?'|\w+))/.exec(mend);
      assert.ok(statement, mend);
      if (check !== 'gtid_mode') await sql.run(`SET GLOBAL ${statement[1]}`);
      else await sql.run(undo);
      assert.equal((await findings()).get(check)?.level, 'ok');
    } finally {
      await sql.run(undo);
    }
  });
}

test('each privilege', async () => {
  await sql.run("CREATE USER some IDENTIFIED BY 'some'");
  const asked = { user: 'some', password: 'some' };
  await refused('replication_client', asked);
  await refused('replication_slave', asked);
  await refused('tables', asked, 'warning');
  await sql.run('GRANT REPLICATION CLIENT, REPLICATION SLAVE ON *.* TO some; GRANT INSERT ON p.t TO some');
  assert.match((await refused('select', asked)).mend ?? '', /GRANT SELECT ON `p`.`t` TO some/);
  await sql.run('GRANT SELECT ON p.* TO some');
  const all = await findings(asked);
  assert.ok(
    [...all.values()].every(({ level }) => level === 'ok'),
    JSON.stringify([...all.values()]),
  );
});

test('tables: none matches, without a key, with what cannot be read', async () => {
  await refused('tables', { tables: ['nothing.*'] }, 'warning');
  assert.match((await refused('primary_key', { tables: ['odd.*'] }, 'warning')).what, /odd\.keyless/);
  await sql.run('CREATE TABLE odd.c (id INT PRIMARY KEY, v CHAR(1) CHARACTER SET sjis)');
  assert.match((await refused('character_set', { tables: ['odd.*'] })).what, /odd\.c/);
});

test('the server id of the source, or of a replica', async () => {
  await refused('server_id', { serverId: stack.mysql[0]!.serverId });
  const replica = await connectSql(stack.mysql[1]!);
  await replica.run(
    `CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = ${stack.mysql[0]!.port}, SOURCE_USER = 'root', SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1; START REPLICA`,
  );
  const executed = await sql.one('SELECT @@GLOBAL.gtid_executed');
  await replica.run(`SELECT WAIT_FOR_EXECUTED_GTID_SET('${executed}', 30)`);
  await refused('server_id', { serverId: stack.mysql[1]!.serverId });
  await replica.run('STOP REPLICA');
  await replica.close();
});

test('a start that is purged', async () => {
  const file = await sql.one('SHOW BINARY LOG STATUS');
  await sql.run('FLUSH BINARY LOGS');
  await sql.run(`PURGE BINARY LOGS TO '${await sql.one('SHOW BINARY LOG STATUS')}'`);
  await refused('position', { from: { file, position: 4 } });
  await refused('position', { from: { gtid: '3e11fa47-71ca-11e1-9e33-c80aa9429562:1' } });
  assert.equal((await findings({ from: 'earliest' })).get('position')?.level, 'ok');
});

test('a server without a binlog', async () => {
  await stack.mysql[1]!.restart({ extraArgs: ['--skip-log-bin', '--gtid-mode=OFF', '--enforce-gtid-consistency=OFF'] });
  await refused('log_bin', { server: stack.mysql[1]! });
});

test('MariaDB: its settings are found as they are', async () => {
  const mariadb = stack.mariadb[0]!;
  const client = await connectSql(mariadb);
  const all = await findings({ server: mariadb });
  for (const check of [
    'flavour',
    'log_bin',
    'binlog_format',
    'binlog_row_image',
    'binlog_row_metadata',
    'replication_client',
    'replication_slave',
  ]) {
    assert.equal(all.get(check)?.level, 'ok', JSON.stringify(all.get(check)));
  }
  await client.run('SET GLOBAL binlog_row_metadata = NO_LOG');
  await refused('binlog_row_metadata', { server: mariadb }, 'warning');
  await client.close();
});
