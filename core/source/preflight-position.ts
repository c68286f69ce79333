import { Failure } from '../../coordination/failure.js';
import type { Position } from '../../coordination/position.js';
import { formatPosition } from '../../coordination/position.js';
import type { MysqlSource } from '../../coordination/schema/task-spec.js';
import type { Finding } from './preflight.js';
import type { Asked } from './preflight-privileges.js';
import { replicas } from './preflight-privileges.js';
import { planResume } from './resume-plan.js';
import { binlogFiles, gtidState } from './server-facts.js';
import { startPosition } from './start-position.js';

/** Whether the task's server id is its own; undefined when it is not known yet. */
export async function serverIdFindings(asked: Asked, id: number | undefined): Promise<Finding[]> {
  if (id === undefined) return [];
  const check = 'server_id';
  const why = 'the source ends the connection of a reader when another one comes with the same id';
  const mend = 'set source.mysql.serverId to a number that no server and no other replica has';
  if (id === asked.facts.serverId)
    return [{ level: 'error', check, what: `${id} is the source’s own server id`, why, mend }];
  const others = (await replicas(asked.connection, asked.facts)).filter(
    (row) => Number(row['Server_Id'] ?? row['Server_id']) === id,
  );
  if (others.length === 0) return [{ level: 'ok', check, what: `no registered replica has server id ${id}`, why }];
  const hosts = others.map((row) => `${String(row['Host']) || 'an unnamed host'}:${String(row['Port'])}`).join(', ');
  return [{ level: 'error', check, what: `server id ${id} belongs to a replica (${hosts})`, why, mend }];
}

/** Whether the source still has what the task must begin or go on with. */
export async function positionFindings(asked: Asked, task: string, position: Position | undefined): Promise<Finding[]> {
  const { connection, facts, spec } = asked;
  const check = 'position';
  const why = 'what the source has purged cannot be read any more';
  if (facts.variables.get('log_bin') !== 'ON') return [];
  try {
    const from = position ?? (await startPosition(spec.from, connection, facts));
    const gtids = facts.gtidOn ? await gtidState(connection) : undefined;
    planResume(task, from, { uuid: facts.uuid, gtids, mariadb: facts.mariadb, files: await binlogFiles(connection) });
    return [{ level: 'ok', check, what: `the task would begin at ${formatPosition(from)}`, why }];
  } catch (thrown) {
    if (!(thrown instanceof Failure) || !POSITION_FAULTS.has(thrown.kind)) throw thrown;
    return [{ level: 'error', check, what: thrown.message, why, ...mend(thrown, position, spec) }];
  }
}

const POSITION_FAULTS = new Set(['position-purged', 'source-changed', 'configuration-invalid', 'source-misconfigured']);

/** A task that has not begun needs another `from`, not another place to resume at. */
function mend(failure: Failure, position: Position | undefined, spec: MysqlSource): { mend?: string } {
  if (position === undefined && typeof spec.from === 'object') {
    return { mend: 'set source.from to earliest, latest, or a place that SHOW BINARY LOGS still lists' };
  }
  return failure.remedy === undefined ? {} : { mend: failure.remedy };
}
