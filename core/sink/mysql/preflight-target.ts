import { asFailure } from '../../../coordination/failure.js';
import type { MysqlSink, MysqlSource } from '../../../coordination/schema/task-spec.js';
import { MysqlConnection } from '../../source/mysql-connection.js';
import type { Finding } from '../../source/preflight.js';
import { serverFacts } from '../../source/server-facts.js';
import { tableFilter } from '../../source/table-filter.js';
import { Bookkeeping } from './bookkeeping.js';
import { grantFindings } from './preflight-grants.js';
import { tableFindings } from './preflight-fit.js';
import { TableNames, type TableName } from './table-names.js';
import { TargetConnection } from './target-connection.js';

export interface TargetPreflight {
  readonly task: string;
  readonly sink: MysqlSink;
  readonly source: MysqlSource;
  readonly sinkPassword: string | undefined;
  readonly sourcePassword: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Looks at everything about a target that would keep a task from arriving there exactly; changes nothing. Each finding has the statement that mends it.
 * @throws the signal's reason only
 */
export async function preflightTarget(options: TargetPreflight): Promise<Finding[]> {
  const { sink, signal, sinkPassword, task } = options;
  let target: TargetConnection;
  try {
    target = await TargetConnection.open({ spec: sink, password: sinkPassword }, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    const { kind, message, remedy } = asFailure(thrown);
    const check = kind === 'sink-access-denied' ? 'target_credentials' : 'target_reachable';
    const mend = remedy ?? 'check sink.mysql.host and port, that the server runs, and that no firewall is between';
    return [{ level: 'error', check, what: message, why: 'the task writes there', mend }];
  }
  const abort = (): void => void target.close();
  signal.addEventListener('abort', abort, { once: true });
  try {
    const at = `${sink.host}:${sink.port}`;
    return [
      { level: 'ok', check: 'target_reachable', what: `${at} answers`, why: 'the task writes there' },
      ...(await serverFindings(target, sink)),
      ...(await booksFindings(target, new Bookkeeping(sink.bookkeeping, task), sink)),
      ...(await besideSource(target, options)),
    ];
  } catch (thrown) {
    signal.throwIfAborted();
    return [
      {
        level: 'error',
        check: 'target',
        what: `it could not be looked at: ${asFailure(thrown).message}`,
        why: 'the task would meet the same',
      },
    ];
  } finally {
    signal.removeEventListener('abort', abort);
    await target.close();
  }
}

async function serverFindings(target: TargetConnection, { user }: MysqlSink): Promise<Finding[]> {
  const [row] = await target.rows('SELECT @@GLOBAL.read_only AS readOnly');
  if (Number(row?.['readOnly']) === 0) return [];
  const mend = 'on the target: SET GLOBAL read_only = OFF (or make the task write to the primary)';
  return [
    { level: 'error', check: 'target_read_only', what: 'the target is read-only', why: `${user} cannot write`, mend },
  ];
}

async function booksFindings(
  target: TargetConnection,
  books: Bookkeeping,
  { bookkeeping }: MysqlSink,
): Promise<Finding[]> {
  const check = 'target_bookkeeping';
  const why = 'the position is written in the same transaction as the rows';
  try {
    await target.rows(`SELECT task FROM ${books.name} LIMIT 0`);
    return [{ level: 'ok', check, what: `${books.name} is there`, why }];
  } catch {
    const mend = `nothing, if the account may; else on the target: CREATE DATABASE IF NOT EXISTS \`${bookkeeping}\`; ${books.definitions().join('; ')}`;
    return [{ level: 'ok', check, what: `${books.name} will be made`, why, mend }];
  }
}

/** What needs a look at both: whether they are one server, what fits, and what may be too large. */
async function besideSource(target: TargetConnection, options: TargetPreflight): Promise<Finding[]> {
  const { source: spec, sourcePassword, sink, signal } = options;
  const source = await MysqlConnection.open({ spec: spec.mysql, password: sourcePassword }, signal);
  try {
    const selects = tableFilter(spec.tables, await serverFacts(source));
    const tables = await source.query(
      "SELECT TABLE_SCHEMA AS d, TABLE_NAME AS t FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE'",
    );
    const selected = tables
      .map((row): TableName => ({ database: String(row['d']), name: String(row['t']) }))
      .filter(({ database, name }) => selects(database, name));
    const names = new TableNames(sink.tables);
    const loop = await loopFindings(source, target);
    // Its tables would be compared with themselves.
    if (loop.length > 0 && selected.every((name) => same(name, names.of(name)))) return loop;
    return [
      ...loop,
      ...(await packetFindings(source, target)),
      ...(await grantFindings(
        target,
        sink,
        selected.map((name) => names.of(name)),
      )),
      ...(await tableFindings({ source, target, sink, names, selected })),
    ];
  } finally {
    await source.close();
  }
}

const same = (a: TableName, b: TableName): boolean => a.database === b.database && a.name === b.name;

/** What only one server answers, of either flavour. */
const IDENTITY = "SELECT CONCAT_WS(' ', @@hostname, @@port, @@datadir) AS id";

async function loopFindings(source: MysqlConnection, target: TargetConnection): Promise<Finding[]> {
  const [[a], [b]] = await Promise.all([source.query(IDENTITY), target.rows(IDENTITY)]);
  if (a?.['id'] !== b?.['id']) return [];
  return [
    {
      level: 'error',
      check: 'target_loop',
      what: 'the target is the source',
      why: 'what the task writes would come back to it, unless its tables map to others that it does not read',
      mend: 'set sink.mysql.host and port to another server, or, on purpose, map every table to one that source.tables does not select',
    },
  ];
}

async function packetFindings(source: MysqlConnection, target: TargetConnection): Promise<Finding[]> {
  const question = 'SELECT @@GLOBAL.max_allowed_packet AS bytes';
  const [[a], [b]] = await Promise.all([source.query(question), target.rows(question)]);
  const [want, have] = [Number(a?.['bytes']), Number(b?.['bytes'])];
  if (have >= want) return [];
  return [
    {
      level: 'warning',
      check: 'target_max_allowed_packet',
      what: `the target takes statements of ${have} bytes, the source of ${want}`,
      why: 'a row that is larger stops the task (bytes take twice their size in a statement)',
      mend: `on the target: SET PERSIST max_allowed_packet = ${want} (SET GLOBAL and my.cnf on MariaDB)`,
    },
  ];
}
