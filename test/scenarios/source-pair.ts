import { connectSql, type Sql } from '../core/source/sql.js';
import type { MysqlServer } from '../stack/mysql-server.js';

const CAUGHT_UP_SECONDS = 60;
/** MySQL's own replication, and impatient: a primary that was restarted is asked again after a second, for ever. */
const CONNECTION = `SOURCE_USER = 'root', SOURCE_PASSWORD = '', GET_SOURCE_PUBLIC_KEY = 1, SOURCE_AUTO_POSITION = 1,
  SOURCE_CONNECT_RETRY = 1, SOURCE_RETRY_COUNT = 0, SOURCE_HEARTBEAT_PERIOD = 1`;

/** What a server has executed when its replica takes its place. */
export interface Promotion {
  /** `server_uuid` of the one that took writes until now. */
  readonly former: string;
  /** The number of its last transaction. */
  readonly last: number;
  /** `server_uuid` of the one that takes them from now on. */
  readonly now: string;
}

/** Two MySQL servers: one takes writes, the other follows it by MySQL's own replication with GTIDs. */
export class SourcePair {
  #primary: MysqlServer;
  #replica: MysqlServer;

  private constructor(primary: MysqlServer, replica: MysqlServer) {
    this.#primary = primary;
    this.#replica = replica;
  }

  static async join(primary: MysqlServer, replica: MysqlServer): Promise<SourcePair> {
    const pair = new SourcePair(primary, replica);
    await pair.#followPrimary();
    return pair;
  }

  get primary(): MysqlServer {
    return this.#primary;
  }

  /**
   * Promotes the replica once it has everything: the primary takes no more writes, the replica catches up, the primary ends
   * (SIGKILL) or stays, clients are moved, the replica takes writes, and the former primary follows it.
   * @param move called when the replica has everything and takes no writes yet
   */
  async failOver(how: 'in order' | 'killed', move: (to: MysqlServer, promotion: Promotion) => void): Promise<void> {
    const [former, next] = [this.#primary, this.#replica];
    const promotion = await withSql(former, async (old) => {
      await old.run('SET GLOBAL super_read_only = ON');
      const executed = await old.one('SELECT @@gtid_executed');
      const uuid = await old.one('SELECT @@server_uuid');
      return withSql(next, async (sql) => {
        const late = await sql.one(`SELECT WAIT_FOR_EXECUTED_GTID_SET('${executed}', ${CAUGHT_UP_SECONDS})`);
        if (late !== '0') throw new Error(`the replica has not caught up:\n${await replicaState(sql)}`);
        return { former: uuid, last: lastOf(uuid, executed), now: await sql.one('SELECT @@server_uuid') };
      });
    });
    if (how === 'killed') await former.kill();
    [this.#primary, this.#replica] = [next, former];
    await withSql(next, async (sql) => {
      await sql.run('STOP REPLICA; RESET REPLICA ALL');
      move(next, promotion);
      await sql.run('SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF');
    });
    if (how === 'killed') await former.start();
    await this.#followPrimary();
  }

  async #followPrimary(): Promise<void> {
    const { host, port } = this.#primary;
    await withSql(this.#replica, async (sql) => {
      await sql.run(`SET GLOBAL super_read_only = ON;
        CHANGE REPLICATION SOURCE TO SOURCE_HOST = '${host}', SOURCE_PORT = ${port}, ${CONNECTION};
        START REPLICA`);
    });
  }
}

/** The last number of a server's own transactions in a GTID set without tags. */
function lastOf(uuid: string, executed: string): number {
  const own = executed.replace(/\s/g, '').split(',').find((block) => block.startsWith(uuid)); // prettier-ignore
  return Number(/(\d+)$/.exec(own ?? '')?.[1] ?? 0);
}

async function replicaState(sql: Sql): Promise<string> {
  return (await sql.cells('SHOW REPLICA STATUS')).map((row) => row.map(String).join(' | ')).join('\n');
}

async function withSql<T>(server: MysqlServer, use: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = await connectSql(server);
  try {
    return await use(sql);
  } finally {
    await sql.close().catch(() => undefined);
  }
}
