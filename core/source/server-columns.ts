import type { MysqlConnection } from './mysql-connection.js';
import { dataTypesOf } from './column-types.js';
import type { RawTableMap, TableMap } from './table-map.js';
import { compileTable, faulty } from './table-map.js';
import type { ColumnLayout } from './value-reader.js';

/** A column as the server has it now. */
export interface ServerColumn {
  readonly name: string;
  /** `varchar`, `int`, … */
  readonly dataType: string;
  /** `int(10) unsigned`, `enum('a','b')`, … */
  readonly columnType: string;
  readonly charset: string | undefined;
  readonly octets: number | undefined;
  readonly decimals: number | undefined;
  /** Place in the primary key, from 1 on; 0 for none. */
  readonly keyPlace: number;
}

/** Asks the server for a table's columns; undefined when it has no such table (any more). @throws Failure */
export async function serverColumns(
  connection: MysqlConnection,
  database: string,
  table: string,
): Promise<ServerColumn[] | undefined> {
  const rows = await connection.query(
    `SELECT c.COLUMN_NAME AS name, c.DATA_TYPE AS dataType, c.COLUMN_TYPE AS columnType, c.CHARACTER_SET_NAME AS charset,
       c.CHARACTER_OCTET_LENGTH AS octets, c.DATETIME_PRECISION AS decimals,
       (SELECT s.SEQ_IN_INDEX FROM information_schema.STATISTICS s WHERE s.TABLE_SCHEMA = c.TABLE_SCHEMA
         AND s.TABLE_NAME = c.TABLE_NAME AND s.INDEX_NAME = 'PRIMARY' AND s.COLUMN_NAME = c.COLUMN_NAME) AS keyPlace
     FROM information_schema.COLUMNS c WHERE c.TABLE_SCHEMA = ? AND c.TABLE_NAME = ? ORDER BY c.ORDINAL_POSITION`,
    [database, table],
  );
  if (rows.length === 0) return undefined;
  return rows.map((row) => ({
    name: String(row['name']),
    dataType: String(row['dataType']).toLowerCase(),
    columnType: String(row['columnType']),
    charset: row['charset'] === null ? undefined : String(row['charset']).replace(/^utf8$/, 'utf8mb3'),
    octets: row['octets'] === null ? undefined : Number(row['octets']),
    decimals: row['decimals'] === null ? undefined : Number(row['decimals']),
    keyPlace: Number(row['keyPlace'] ?? 0),
  }));
}

/** Types of which MariaDB's binlog does not say everything. */
const OLD_TEMPORAL = [7, 11, 12];
const FIXED_BYTES: Readonly<Record<string, number>> = { inet4: 4, inet6: 16, uuid: 16 };

function mayBePlain({ type, charset, metadata }: ColumnLayout): boolean {
  return type === 254 && charset === 'binary' && Object.values(FIXED_BYTES).includes(metadata[0]);
}

/**
 * Whether a table's rows can only be read with what the server says of it: without column names (binlog_row_metadata is not FULL), and in MariaDB
 * where a column may be of a type that looks like another in its binlog.
 */
export function needsServer({ facts, layouts }: RawTableMap, mariadb: boolean): boolean {
  if (!facts.names) return true;
  return mariadb && layouts.some((layout) => OLD_TEMPORAL.includes(layout.type) || mayBePlain(layout));
}

/** Adds what the server says now, as far as it fits what the binlog said when the rows were written; else the table has a fault. */
export function withServerColumns(
  raw: RawTableMap,
  columns: readonly ServerColumn[] | undefined,
  mariadb: boolean,
): TableMap {
  const { facts } = raw;
  if (facts.names) {
    const layouts = raw.layouts.map((layout, i) => special(raw, layout, i, columns));
    const known = layouts.flatMap((layout) => layout ?? []);
    return known.length === layouts.length ? compileTable({ ...raw, layouts: known }) : withoutFractions(raw);
  }
  const misfit = columns ? misfitOf(raw, columns) : 'the server has no such table any more';
  if (misfit !== undefined || !columns) return withoutNames(raw, misfit ?? '', mariadb);
  const key = columns
    .flatMap(({ keyPlace }, i) => (keyPlace > 0 ? [{ keyPlace, i }] : []))
    .sort((a, b) => a.keyPlace - b.keyPlace)
    .map(({ i }) => i);
  const layouts = raw.layouts.map((layout, i) => completed(layout, columns[i]!, facts.any, mariadb));
  return compileTable({ ...raw, layouts, facts: { ...facts, names: columns.map(({ name }) => name), key } });
}

/** Names are known: the server is only asked which of MariaDB's look-alikes a column is. */
function special(
  { facts }: RawTableMap,
  layout: ColumnLayout,
  i: number,
  columns: readonly ServerColumn[] | undefined,
): ColumnLayout | undefined {
  const column = columns?.find(({ name }) => name === facts.names![i]);
  return column && dataTypesOf(layout.type).includes(column.dataType)
    ? { ...layout, ...plain(layout, column) }
    : layout;
}

function plain(layout: ColumnLayout, { dataType, decimals }: ServerColumn): Pick<ColumnLayout, 'plain'> {
  if (OLD_TEMPORAL.includes(layout.type)) return { plain: { decimals: decimals ?? 0 } };
  if (mayBePlain({ ...layout, charset: 'binary' }) && FIXED_BYTES[dataType] === layout.metadata[0]) {
    return { plain: { name: dataType as 'inet4' | 'inet6' | 'uuid' } };
  }
  return {};
}

/** @param any whether the table map says charsets and signs itself, which then count */
function completed(layout: ColumnLayout, column: ServerColumn, any: boolean, mariadb: boolean): ColumnLayout {
  const { dataType, columnType } = column;
  const binary = /binary|blob|inet|uuid/.test(dataType);
  return {
    ...layout,
    unsigned: any ? layout.unsigned : /\bunsigned\b/i.test(columnType),
    charset: layout.charset ?? (binary ? 'binary' : column.charset),
    members: layout.members ?? (/^(enum|set)$/.test(dataType) ? membersOf(columnType) : undefined),
    ...(mariadb ? plain(layout, column) : {}),
  };
}

/** The members in `enum('a','it''s')`. */
function membersOf(columnType: string): string[] {
  return [...columnType.matchAll(/'((?:[^']|'')*)'/g)].map(([, member]) => member!.replaceAll("''", "'"));
}

/** What of the server's columns cannot be what the table map describes; undefined when all fits. */
function misfitOf({ layouts, facts }: RawTableMap, columns: readonly ServerColumn[]): string | undefined {
  if (columns.length !== layouts.length) return `it had ${layouts.length} columns then and has ${columns.length} now`;
  for (const [i, layout] of layouts.entries()) {
    const column = columns[i]!;
    const now = `column ${i + 1} is ${column.name} ${column.columnType} now`;
    if (!dataTypesOf(layout.type).includes(column.dataType)) return `${now}, and was of type ${layout.type}`;
    const unsigned = /\bunsigned\b/i.test(column.columnType);
    if (facts.any && facts.unsigned[i] !== undefined && facts.unsigned[i] !== unsigned && column.dataType !== 'year') {
      return `${now}, and was ${unsigned ? 'signed' : 'unsigned'}`;
    }
    if ([15, 17, 18, 19, 246].includes(layout.type) && !sameSize(layout, column)) return `${now}, and had another size`;
    const charset = layout.charset === 'binary' ? undefined : layout.charset;
    if (facts.any && charset !== undefined && column.charset !== undefined && charset !== column.charset) {
      return `${now}, and was in ${charset}`;
    }
  }
  return undefined;
}

function sameSize({ type, metadata }: ColumnLayout, column: ServerColumn): boolean {
  if (type === 246) return new RegExp(`^decimal\\(${metadata[0]},${metadata[1]}\\)`).test(column.columnType);
  return metadata[0] === (type === 15 ? column.octets : column.decimals);
}

function withoutFractions(raw: RawTableMap): TableMap {
  return faulty(raw, {
    kind: 'source-misconfigured',
    message: `${raw.database}.${raw.name} had a temporal column of before MySQL 5.6, whose width only the table itself tells, and has it no more`,
    remedy: `exclude the table from the task ("!${raw.database}.${raw.name}"), or start the task behind the rows written before`,
  });
}

function withoutNames(raw: RawTableMap, misfit: string, mariadb: boolean): TableMap {
  return faulty(raw, {
    kind: 'source-misconfigured',
    message: `the binlog has no column names for ${raw.database}.${raw.name}, and those of the server do not fit: ${misfit}`,
    remedy: `SET ${mariadb ? 'GLOBAL' : 'PERSIST'} binlog_row_metadata = FULL${mariadb ? ' (and in my.cnf)' : ''}; then start the task behind the rows written before`,
  });
}
