import { Failure } from '../../coordination/failure.js';
import type { MysqlSource } from '../../coordination/schema/task-spec.js';
import type { MysqlConnection, MysqlRow } from './mysql-connection.js';
import type { Finding } from './preflight.js';
import type { ServerFacts } from './server-facts.js';
import { logEnd } from './server-facts.js';

/** What the checks have to ask with. */
export interface Asked {
  readonly connection: MysqlConnection;
  readonly facts: ServerFacts;
  readonly spec: MysqlSource;
}

/** Tries what each privilege is for, which holds with roles and partial revokes where a reading of SHOW GRANTS would not. */
export async function privilegeFindings(asked: Asked): Promise<Finding[]> {
  const { connection, facts } = asked;
  return [
    await tried(asked, 'REPLICATION CLIENT', 'asks where the binlog ends and which files there are', () =>
      logEnd(connection, facts),
    ),
    await tried(asked, 'REPLICATION SLAVE', 'is what a reader of the binlog needs', () => replicas(connection, facts)),
  ];
}

/** The replicas that have registered with the source. @throws Failure without REPLICATION SLAVE */
export async function replicas(connection: MysqlConnection, facts: ServerFacts): Promise<MysqlRow[]> {
  if (!facts.mariadb) return connection.query(facts.version.startsWith('5.') ? 'SHOW SLAVE HOSTS' : 'SHOW REPLICAS');
  // MariaDB asks another privilege for the list than for reading, so here the grants themselves must do.
  const grants = (await connection.query('SHOW GRANTS')).map((row) => String(Object.values(row)[0]));
  if (grants.some((grant) => /(ALL PRIVILEGES|REPLICATION (SLAVE|REPLICA)\b(?! ADMIN)).* ON \*\.\*/i.test(grant)))
    return [];
  throw new Failure('source-access-denied', 'no grant of REPLICATION SLAVE');
}

async function tried(asked: Asked, privilege: string, why: string, use: () => Promise<unknown>): Promise<Finding> {
  const { user } = asked.spec.mysql;
  const finding = { check: privilege.toLowerCase().replace(' ', '_'), why: `${privilege} ${why}` };
  try {
    await use();
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    // Without a binlog there is nothing to show, but the privilege is there.
    if (thrown.kind === 'source-misconfigured') return { ...finding, level: 'ok', what: `${user} has ${privilege}` };
    if (thrown.kind !== 'source-access-denied') throw thrown;
    const mend = `GRANT ${privilege} ON *.* TO ${user}`;
    return { ...finding, level: 'error', what: `${user} does not have ${privilege}`, mend };
  }
  return { ...finding, level: 'ok', what: `${user} has ${privilege}` };
}
