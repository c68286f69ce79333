import type { MysqlSink } from '../../../coordination/schema/task-spec.js';
import type { MysqlConnection } from '../../source/mysql-connection.js';
import type { Finding } from '../../source/preflight.js';
import { rewriteDdl } from './ddl-rewrite.js';
import { identifier, quoted } from './literal.js';
import type { TableName, TableNames } from './table-names.js';
import type { TargetConnection } from './target-connection.js';
import { columnKey, readTargetTable, type TargetTable } from './target-table.js';

export interface FitOptions {
  readonly source: MysqlConnection;
  readonly target: TargetConnection;
  readonly sink: MysqlSink;
  readonly names: TableNames;
  /** Tables of the source. */
  readonly selected: readonly TableName[];
}

/** Of so many tables each is looked at; with more, the first. */
const TABLES = 500;

/** Whether each table has its place in the target, and what about that is not well. */
export async function tableFindings(options: FitOptions): Promise<Finding[]> {
  const { target, selected, names } = options;
  const findings: Finding[] = [];
  for (const from of selected.slice(0, TABLES)) {
    const to = names.of(from);
    const there = await readTargetTable(target, to);
    findings.push(...(there ? await fitFindings(options, from, there) : [await missing(options, from, to)]));
  }
  if (findings.length > 0) return findings;
  const what = selected.length === 1 ? 'the table fits' : `all ${selected.length} tables fit`;
  return [{ level: 'ok', check: 'target_tables', what, why: 'rows are written by their columns’ names' }];
}

const label = ({ database, name }: TableName): string => `${database}.${name}`;
const sqlName = ({ database, name }: TableName): string => `${identifier(database)}.${identifier(name)}`;

async function definition(source: MysqlConnection, from: TableName): Promise<string> {
  const [row] = await source.query(`SHOW CREATE TABLE ${sqlName(from)}`);
  return String(Object.values(row ?? {})[1]);
}

async function missing({ source, sink, names }: FitOptions, from: TableName, to: TableName): Promise<Finding> {
  const check = 'target_table_missing';
  if (sink.create) {
    return {
      level: 'ok',
      check,
      what: `${label(to)} will be made like ${label(from)}`,
      why: 'sink.mysql.create is true',
    };
  }
  const rename = (name: TableName): TableName => names.of(name);
  const { sql } = rewriteDdl(await definition(source, from), { database: from.database, rename });
  const mend = `set sink.mysql.create: true; or on the target: CREATE DATABASE IF NOT EXISTS ${identifier(to.database)}; ${sql.replace(/\s+/g, ' ')}`;
  return {
    level: 'error',
    check,
    what: `the target has no ${label(to)}`,
    why: `rows of ${label(from)} go there`,
    mend,
  };
}

async function fitFindings(
  { source, target, names }: FitOptions,
  from: TableName,
  there: TargetTable,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const to = names.of(from);
  const columns = await source.query(
    `SELECT COLUMN_NAME AS name, COLUMN_TYPE AS type, COLLATION_NAME AS collation, COLUMN_KEY AS k FROM information_schema.COLUMNS
     WHERE TABLE_SCHEMA = ${quoted(from.database)} AND TABLE_NAME = ${quoted(from.name)} ORDER BY ORDINAL_POSITION`,
  );
  const absent = columns.filter((row) => !there.columns.has(columnKey(String(row['name']))));
  if (absent.length > 0) {
    const lines = (await definition(source, from)).split('\n').map((line) => line.trim().replace(/,$/, ''));
    const adds = absent.map(
      (row) => `ADD COLUMN ${lines.find((line) => line.startsWith(`${identifier(String(row['name']))} `)) ?? '…'}`,
    );
    findings.push({
      level: 'error',
      check: 'target_columns',
      what: `${label(to)} lacks ${absent.map((row) => String(row['name'])).join(', ')}`,
      why: 'its values would be lost',
      mend: `on the target: ALTER TABLE ${sqlName(to)} ${adds.join(', ')}`,
    });
  }
  const has = new Set(columns.map((row) => columnKey(String(row['name']))));
  const demanded = [...there.columns.values()].filter(
    (column) => !column.hasDefault && !has.has(columnKey(column.name)),
  );
  if (demanded.length > 0) {
    findings.push({
      level: 'error',
      check: 'target_columns',
      what: `${label(to)} wants values for ${demanded.map(({ name }) => name).join(', ')}, which ${label(from)} does not have`,
      why: 'inserts would be refused',
      mend: `on the target: ALTER TABLE ${sqlName(to)} ${demanded.map(({ name }) => `ALTER COLUMN ${identifier(name)} SET DEFAULT …`).join(', ')}`,
    });
  }
  for (const row of columns) {
    const column = there.columns.get(columnKey(String(row['name'])));
    if (!column || row['k'] === '' || row['collation'] === null || column.collation === undefined) continue;
    if (
      column.collation === row['collation'] ||
      !/_ci$/.test(column.collation) ||
      /_ci$/.test(String(row['collation']))
    )
      continue;
    findings.push({
      level: 'warning',
      check: 'target_collation',
      what: `${label(to)}.${column.name} is ${column.collation}, at the source ${String(row['collation'])}`,
      why: 'keys that the source tells apart are one at the target, which is a conflict then',
      mend: `on the target: ALTER TABLE ${sqlName(to)} MODIFY ${identifier(column.name)} ${String(row['type'])} COLLATE ${String(row['collation'])}`,
    });
  }
  if (!there.keys.some(({ unique }) => unique)) {
    findings.push({
      level: 'warning',
      check: 'target_key_missing',
      what: `${label(to)} has no primary or unique key`,
      why: 'each update and delete reads the whole table, and nothing of it is applied in parallel',
      mend: `on the target: ALTER TABLE ${sqlName(to)} ADD PRIMARY KEY (…)`,
    });
  }
  for (const trigger of there.triggers) {
    findings.push({
      level: 'warning',
      check: 'target_trigger',
      what: `${label(to)} has the trigger ${trigger}`,
      why: 'what the same trigger did at the source is in its binlog; here it would be done once more',
      mend: `on the target: DROP TRIGGER ${identifier(to.database)}.${identifier(trigger)}`,
    });
  }
  const [engine] = await target.rows(
    `SELECT ENGINE AS engine FROM information_schema.TABLES WHERE TABLE_SCHEMA = ${quoted(to.database)} AND TABLE_NAME = ${quoted(to.name)}`,
  );
  if (engine?.['engine'] !== 'InnoDB') {
    findings.push({
      level: 'error',
      check: 'target_engine',
      what: `${label(to)} is a table of ${String(engine?.['engine'])}`,
      why: 'only transactional tables can have rows and position in one transaction',
      mend: `on the target: ALTER TABLE ${sqlName(to)} ENGINE=InnoDB`,
    });
  }
  return findings;
}
