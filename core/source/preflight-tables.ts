import { Failure } from '../../coordination/failure.js';
import type { Finding } from './preflight.js';
import type { Asked } from './preflight-privileges.js';
import { isSystemSchema, tableFilter } from './table-filter.js';
import { UNREADABLE_CHARSETS } from './text-reader.js';

interface FoundTable {
  readonly database: string;
  readonly name: string;
  readonly keyed: boolean;
  /** Has text in a character set that cannot be read. */
  readonly foreign: boolean;
}

const NAMED_AT_MOST = 20;
const TRIED_AT_MOST = 500;

/** Looks at the tables that the task's patterns match now. */
export async function tableFindings(asked: Asked): Promise<Finding[]> {
  const { spec, facts } = asked;
  const filter = tableFilter(spec.tables, facts);
  const tables = (await allTables(asked)).filter(({ database, name }) => filter(database, name));
  const check = 'tables';
  const why = 'only these are replicated';
  if (tables.length === 0) {
    return [
      {
        level: 'warning',
        check,
        what: `no table that ${spec.mysql.user} can see matches ${spec.tables.join(', ')}`,
        why: 'nothing is replicated until there is one; tables without SELECT cannot be seen',
        mend: `correct source.tables, or GRANT SELECT ON *.* TO ${spec.mysql.user}`,
      },
    ];
  }
  return [
    { level: 'ok', check, what: `${tables.length} match: ${named(tables)}`, why },
    await readable(asked, tables),
    keys(tables),
    charsets(tables),
  ];
}

async function allTables({ connection }: Asked): Promise<FoundTable[]> {
  const rows = await connection.query(
    `SELECT t.TABLE_SCHEMA AS d, t.TABLE_NAME AS n,
       EXISTS (SELECT 1 FROM information_schema.STATISTICS s
         WHERE s.TABLE_SCHEMA = t.TABLE_SCHEMA AND s.TABLE_NAME = t.TABLE_NAME AND s.INDEX_NAME = 'PRIMARY') AS k,
       EXISTS (SELECT 1 FROM information_schema.COLUMNS c
         WHERE c.TABLE_SCHEMA = t.TABLE_SCHEMA AND c.TABLE_NAME = t.TABLE_NAME
           AND c.CHARACTER_SET_NAME IN (${UNREADABLE_CHARSETS.map((name) => `'${name}'`).join(', ')})) AS f
     FROM information_schema.TABLES t WHERE t.TABLE_TYPE = 'BASE TABLE' ORDER BY 1, 2`,
  );
  return rows.map((row) => ({
    database: String(row['d']),
    name: String(row['n']),
    keyed: Number(row['k']) === 1,
    foreign: Number(row['f']) === 1,
  }));
}

async function readable({ connection, spec }: Asked, tables: readonly FoundTable[]): Promise<Finding> {
  const refused: FoundTable[] = [];
  for (const table of tables.filter(({ database }) => !isSystemSchema(database)).slice(0, TRIED_AT_MOST)) {
    try {
      await connection.query('SELECT 1 FROM ??.?? LIMIT 0', [table.database, table.name]);
    } catch (thrown) {
      if (!(thrown instanceof Failure) || thrown.kind !== 'source-access-denied') throw thrown;
      refused.push(table);
    }
  }
  const why = 'a table’s rows can be compared and copied only with SELECT';
  if (refused.length === 0) return { level: 'ok', check: 'select', what: `${spec.mysql.user} has SELECT on them`, why };
  const mend = refused.slice(0, NAMED_AT_MOST).map((table) => `GRANT SELECT ON ${quoted(table)} TO ${spec.mysql.user}`);
  return { level: 'error', check: 'select', what: `no SELECT on ${named(refused)}`, why, mend: mend.join('; ') };
}

function keys(tables: readonly FoundTable[]): Finding {
  const check = 'primary_key';
  const without = tables.filter(({ keyed }) => !keyed);
  const why = 'changes of one row stay in order, and can be compacted, by its primary key';
  if (without.length === 0) return { level: 'ok', check, what: 'every table has a primary key', why };
  return {
    level: 'warning',
    check,
    what: `without a primary key: ${named(without)}`,
    why,
    mend: `ALTER TABLE ${quoted(without[0]!)} ADD PRIMARY KEY (…)`,
  };
}

function charsets(tables: readonly FoundTable[]): Finding {
  const check = 'character_set';
  const having = tables.filter(({ foreign }) => foreign);
  const why = `this version cannot read text in ${UNREADABLE_CHARSETS.join(', ')}`;
  if (having.length === 0) return { level: 'ok', check, what: 'all text is in character sets that can be read', why };
  const mend = `ALTER TABLE ${quoted(having[0]!)} CONVERT TO CHARACTER SET utf8mb4`;
  return { level: 'error', check, what: `in such a character set: ${named(having)}`, why, mend };
}

function named(tables: readonly FoundTable[]): string {
  const names = tables.slice(0, NAMED_AT_MOST).map(({ database, name }) => `${database}.${name}`);
  const more = tables.length - names.length;
  return names.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function quoted({ database, name }: FoundTable): string {
  return [database, name].map((part) => `\`${part.replaceAll('`', '``')}\``).join('.');
}
