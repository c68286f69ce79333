import type { TLSSocket } from 'node:tls';
import type { MysqlSource } from '../../coordination/schema/task-spec.js';
import { MysqlConnection, type MysqlRow } from './mysql-connection.js';
import { binlogFiles, logEnd, serverFacts } from './server-facts.js';

/** What a light look at a source tells; changes nothing there. */
export interface ProbedSource {
  readonly serverUuid: string | undefined;
  readonly rowMetadata: string | undefined;
  readonly rowImage: string | undefined;
  /** The server's clock less this machine's, in ms, exact to half the time that the answer took. */
  readonly clockAheadMs: number;
  readonly end: { readonly file: string; readonly offset: number };
  /** Oldest first. */
  readonly files: readonly { readonly name: string; readonly size: number }[];
  /** 0: never purged by age. */
  readonly expireSeconds: number;
  readonly replica: { readonly running: boolean; readonly detail: string } | undefined;
  readonly certificateUntil: number | undefined;
}

const QUICK_MS = 500;

/** Looks at a source over one short connection, with a task's own account. @throws Failure, or the signal's reason */
export async function probeSource(
  spec: MysqlSource['mysql'],
  password: string | undefined,
  signal: AbortSignal,
): Promise<ProbedSource> {
  const connection = await MysqlConnection.open({ spec, password }, signal);
  const abort = (): void => void connection.close();
  signal.addEventListener('abort', abort, { once: true });
  try {
    const facts = await serverFacts(connection);
    const variable = (name: string): string | undefined => facts.variables.get(name);
    const seconds = variable('binlog_expire_logs_seconds');
    const days = Number(variable('expire_logs_days') ?? 0);
    const began = Date.now();
    const [clock] = await connection.query('SELECT UNIX_TIMESTAMP(NOW(6)) * 1000 AS now');
    const answered = Date.now();
    const { file, offset } = await logEnd(connection, facts);
    return {
      serverUuid: facts.uuid,
      rowMetadata: variable('binlog_row_metadata'),
      rowImage: variable('binlog_row_image'),
      // An answer that took long says little of the clock.
      clockAheadMs: answered - began > QUICK_MS ? 0 : Number(clock?.['now']) - (began + answered) / 2,
      end: { file, offset },
      files: await binlogFiles(connection),
      expireSeconds: seconds === undefined ? Math.round(days * 86_400) : Number(seconds),
      replica: await replicaState(connection, facts.mariadb),
      certificateUntil: certificateUntil(connection),
    };
  } finally {
    signal.removeEventListener('abort', abort);
    await connection.close();
  }
}

async function replicaState(connection: MysqlConnection, mariadb: boolean): Promise<ProbedSource['replica']> {
  const rows = await connection
    .query(mariadb ? 'SHOW SLAVE STATUS' : 'SHOW REPLICA STATUS')
    .catch((): MysqlRow[] => []);
  const [row] = rows;
  if (row === undefined) return undefined;
  const value = (...names: string[]): string =>
    String(names.map((name) => row[name]).find((found) => found !== undefined) ?? '');
  const io = value('Replica_IO_Running', 'Slave_IO_Running');
  const sql = value('Replica_SQL_Running', 'Slave_SQL_Running');
  const why = [value('Last_IO_Error'), value('Last_SQL_Error')].filter((text) => text !== '').join(' ');
  return { running: io !== 'No' && sql === 'Yes', detail: `IO thread ${io}, SQL thread ${sql}. ${why}`.trim() };
}

function certificateUntil(connection: MysqlConnection): number | undefined {
  const socket = connection.socket as Partial<TLSSocket>;
  const until = Date.parse(socket.getPeerCertificate?.()?.valid_to ?? '');
  return Number.isNaN(until) ? undefined : until;
}
