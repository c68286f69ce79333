import type { Failure } from '../../coordination/failure.js';
import { asFailure } from '../../coordination/failure.js';
import type { Position } from '../../coordination/position.js';
import type { MysqlSource } from '../../coordination/schema/task-spec.js';
import { MysqlConnection } from './mysql-connection.js';
import { privilegeFindings } from './preflight-privileges.js';
import { positionFindings, serverIdFindings } from './preflight-position.js';
import { settingFindings } from './preflight-settings.js';
import { tableFindings } from './preflight-tables.js';
import { replicaIdentity } from './replica-identity.js';
import { serverFacts } from './server-facts.js';

/** One thing that was looked at before a task runs. */
export interface Finding {
  /** `error`: the task would stop, or could not be exact. `warning`: it runs, with a risk. */
  readonly level: 'error' | 'warning' | 'ok';
  /** Short name of the check, e.g. `binlog_row_image`; stable, for scripts. */
  readonly check: string;
  readonly what: string;
  readonly why: string;
  /** A SQL statement, a line of my.cnf, or a setting of the task that mends it. */
  readonly mend?: string;
}

export interface PreflightOptions {
  readonly password?: string | undefined;
  readonly signal: AbortSignal;
  /** Name of the task, from which its server id is made where the task sets none. */
  readonly task?: string;
  /** Where the task would go on; without it the task's `from` is looked at. */
  readonly position?: Position | undefined;
}

/**
 * Looks at everything about a source that would keep a task from replicating exactly, and says of each finding what it is, why it
 * matters and what mends it. Changes nothing. What cannot be asked for lack of a privilege is a finding, too.
 * @throws the signal's reason only
 */
export async function preflight(spec: MysqlSource, options: PreflightOptions): Promise<Finding[]> {
  const { signal } = options;
  let connection: MysqlConnection;
  try {
    connection = await MysqlConnection.open({ spec: spec.mysql, password: options.password }, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    return [unconnected(asFailure(thrown), spec)];
  }
  const abort = (): void => void connection.close();
  signal.addEventListener('abort', abort, { once: true });
  try {
    const at = `${spec.mysql.host}:${spec.mysql.port}`;
    const facts = await serverFacts(connection);
    const identity = replicaIdentity(options.task ?? '', spec.mysql.serverId);
    const chosenId = spec.mysql.serverId ?? (options.task === undefined ? undefined : identity.serverId);
    const asked = { connection, facts, spec };
    return [
      {
        level: 'ok',
        check: 'reachable',
        what: `${at} answers (${facts.version})`,
        why: 'the binlog is read from there',
      },
      { level: 'ok', check: 'credentials', what: `${spec.mysql.user} may sign in`, why: 'the task signs in with it' },
      ...settingFindings(facts),
      ...(await orFailed('privileges', () => privilegeFindings(asked))),
      ...(await orFailed('server_id', () => serverIdFindings(asked, chosenId))),
      ...(await orFailed('position', () => positionFindings(asked, options.task ?? 'TASK', options.position))),
      ...(await orFailed('tables', () => tableFindings(asked))),
    ];
  } catch (thrown) {
    signal.throwIfAborted();
    return [unconnected(asFailure(thrown), spec)];
  } finally {
    signal.removeEventListener('abort', abort);
    await connection.close();
  }
}

/** A check that is refused for want of a privilege is a finding; the others go on. */
async function orFailed(check: string, look: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await look();
  } catch (thrown) {
    const failure = asFailure(thrown);
    if (failure.kind === 'source-unreachable') throw failure;
    return [
      {
        level: 'error',
        check,
        what: `it could not be looked at: ${failure.message}`,
        why: 'the task would meet the same',
        ...(failure.remedy === undefined ? {} : { mend: failure.remedy }),
      },
    ];
  }
}

function unconnected(failure: Failure, spec: MysqlSource): Finding {
  const denied = failure.kind === 'source-access-denied';
  const mend = denied
    ? `check source.mysql.user and source.mysql.password; or on the source: CREATE USER ${spec.mysql.user} IDENTIFIED BY '…'; GRANT REPLICATION SLAVE, REPLICATION CLIENT, SELECT ON *.* TO ${spec.mysql.user}`
    : (failure.remedy ??
      'check source.mysql.host and source.mysql.port, that the server runs, and that no firewall is between');
  return {
    level: 'error',
    check: denied ? 'credentials' : 'reachable',
    what: failure.message,
    why: denied ? 'the task signs in with this account' : 'the task reads the binlog from there',
    mend,
  };
}
