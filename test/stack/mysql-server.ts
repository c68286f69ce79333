import { createConnection } from 'mysql2/promise';
import { Service, type ServiceParts } from './service.js';

export interface MysqlParts extends Omit<ServiceParts, 'answers'> {
  readonly flavour: 'mysql' | 'mariadb';
  readonly serverId: number;
  /** Makes sure that an answer comes from this server: what its `@@datadir` is. */
  readonly reportedDataDir: string;
  readonly mysqlbinlog: readonly string[];
}

/** A MySQL or MariaDB server whose root needs no password on this machine. */
export class MysqlServer extends Service {
  readonly flavour: 'mysql' | 'mariadb';
  readonly user = 'root';
  readonly password = '';
  readonly serverId: number;
  /** The server's own `mysqlbinlog` with the connection's options; append `--read-from-remote-server` and what else is wanted. */
  readonly mysqlbinlog: readonly string[];

  constructor(parts: MysqlParts) {
    super({ ...parts, answers: () => answers(parts) });
    this.flavour = parts.flavour;
    this.serverId = parts.serverId;
    this.mysqlbinlog = parts.mysqlbinlog;
  }
}

const ANSWER_LIMIT_MS = 3_000;

/** Asks by TCP, as a client would; the folder in the answer tells whether another server has the port. */
async function answers({ port, reportedDataDir }: MysqlParts): Promise<void> {
  const connection = await createConnection({ host: '127.0.0.1', port, user: 'root', connectTimeout: ANSWER_LIMIT_MS });
  connection.on('error', () => undefined);
  const late = setTimeout(() => connection.destroy(), ANSWER_LIMIT_MS);
  try {
    const [rows] = await connection.query({ sql: 'SELECT @@datadir', rowsAsArray: true });
    const dir = (rows as unknown as string[][])[0]?.[0]?.replace(/\/$/, '');
    if (dir !== reportedDataDir) throw new Error(`another server has port ${port}: its data are in ${dir}`);
  } finally {
    clearTimeout(late);
    connection.destroy();
  }
}
