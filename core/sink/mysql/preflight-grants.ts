import type { MysqlSink } from '../../../coordination/schema/task-spec.js';
import type { Finding } from '../../source/preflight.js';
import type { TableName } from './table-names.js';
import type { TargetConnection } from './target-connection.js';

const ROWS = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];
const SCHEMA = ['CREATE', 'ALTER', 'DROP', 'INDEX', 'REFERENCES'];

interface Grant {
  readonly privileges: ReadonlySet<string>;
  /** Matches `database.table`. */
  readonly on: RegExp;
}

/** Which privileges the account lacks. What it has by roles is counted where the server lists it. */
export async function grantFindings(
  target: TargetConnection,
  sink: MysqlSink,
  tables: readonly TableName[],
): Promise<Finding[]> {
  const rows = await target.rows('SHOW GRANTS');
  const grants = rows.flatMap((row) => parseGrant(String(Object.values(row)[0])));
  const wanted = sink.ddl === 'apply' || sink.create ? [...ROWS, ...SCHEMA] : ROWS;
  const databases = [...new Set(tables.map(({ database }) => database))];
  const needs: [string, readonly string[], readonly TableName[]][] = [
    ...databases.map((database): [string, readonly string[], readonly TableName[]] => [
      database,
      wanted,
      tables.filter((table) => table.database === database),
    ]),
    [sink.bookkeeping, [...ROWS, 'CREATE'], [{ database: sink.bookkeeping, name: 'positions' }]],
  ];
  const findings = needs.flatMap(([database, privileges, of]): Finding[] => {
    const lacks = privileges.filter((privilege) => !of.every((table) => has(grants, privilege, table)));
    if (lacks.length === 0) return [];
    return [
      {
        level: 'error',
        check: 'target_privileges',
        what: `${sink.user} lacks ${lacks.join(', ')} on ${database}`,
        why: database === sink.bookkeeping ? 'the position is kept there' : 'the task changes tables there',
        mend: `on the target: GRANT ${lacks.join(', ')} ON \`${database}\`.* TO '${sink.user}'`,
      },
    ];
  });
  if (findings.length > 0) return findings;
  return [
    {
      level: 'ok',
      check: 'target_privileges',
      what: `${sink.user} may write`,
      why: 'the task writes with this account',
    },
  ];
}

function has(grants: readonly Grant[], privilege: string, { database, name }: TableName): boolean {
  return grants.some(
    ({ privileges, on }) =>
      (privileges.has(privilege) || privileges.has('ALL PRIVILEGES')) && on.test(`${database}.${name}`),
  );
}

/** `GRANT SELECT, INSERT ON `shop`.* TO …`; columns and roles are left out. */
function parseGrant(text: string): Grant[] {
  const match = /^GRANT (.+?) ON (?:TABLE )?(`(?:[^`]|``)*`|\*)\.(`(?:[^`]|``)*`|\*) TO /.exec(text);
  if (!match) return [];
  const [, list = '', database = '', table = ''] = match;
  const privileges = new Set(list.split(',').map((one) => one.trim().toUpperCase()));
  return [{ privileges, on: new RegExp(`^${pattern(database)}\\.${pattern(table)}$`, 'su') }];
}

/** A database's name in a grant is a pattern, where `_` and `%` may be escaped. */
function pattern(name: string): string {
  if (name === '*') return '.*';
  const plain = name.slice(1, -1).replaceAll('``', '`');
  return plain.replace(/\\[_%]|[_%]|[$()*+.?[\\\]^{|}/-]/g, (c) => {
    if (c === '%') return '.*';
    if (c === '_') return '.';
    return c.length === 2 ? c[1]! : `\\${c}`;
  });
}
