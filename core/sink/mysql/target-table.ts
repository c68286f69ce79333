import { quoted } from './literal.js';
import type { TableName } from './table-names.js';
import type { TargetConnection } from './target-connection.js';

export interface TargetColumn {
  readonly name: string;
  /** As `information_schema` has it: `varchar`, `bigint`, … */
  readonly dataType: string;
  /** With length, sign and members: `bigint unsigned`. */
  readonly columnType: string;
  readonly charset: string | undefined;
  readonly collation: string | undefined;
  readonly nullable: boolean;
  /** Whether an insert may leave it out. */
  readonly hasDefault: boolean;
  readonly generated: boolean;
}

export interface KeyPart {
  /** Undefined for an expression. */
  readonly column: string | undefined;
  /** Characters or bytes, when not the whole column counts. */
  readonly prefix: number | undefined;
}

export interface TargetKey {
  readonly name: string;
  readonly unique: boolean;
  readonly parts: readonly KeyPart[];
}

/** Columns of this table that must be found in another. */
export interface ForeignKey {
  readonly columns: readonly string[];
  readonly parent: TableName;
  readonly parentColumns: readonly string[];
}

/** A table as the target has it now. */
export interface TargetTable {
  readonly name: TableName;
  readonly columns: ReadonlyMap<string, TargetColumn>;
  readonly keys: readonly TargetKey[];
  readonly foreignKeys: readonly ForeignKey[];
  /** Sets of columns by which other tables refer to this one. */
  readonly referenced: readonly (readonly string[])[];
  readonly triggers: readonly string[];
}

/** Columns are compared without case, as MySQL does. */
export const columnKey = (name: string): string => name.toLowerCase();

/** Looks a table up; undefined when there is none of this name. @throws TargetError */
export async function readTargetTable(
  connection: TargetConnection,
  { database, name }: TableName,
): Promise<TargetTable | undefined> {
  const here = (prefix = ''): string =>
    `${prefix}TABLE_SCHEMA = ${quoted(database)} AND ${prefix}TABLE_NAME = ${quoted(name)}`;
  const columns = await connection.rows(
    `SELECT COLUMN_NAME AS name, DATA_TYPE AS dataType, COLUMN_TYPE AS columnType, CHARACTER_SET_NAME AS charset, COLLATION_NAME AS collation,
       IS_NULLABLE AS nullable, COLUMN_DEFAULT AS preset, EXTRA AS extra
     FROM information_schema.COLUMNS WHERE ${here()} ORDER BY ORDINAL_POSITION`,
  );
  if (columns.length === 0) return undefined;
  const indexes = await connection.rows(
    `SHOW INDEX FROM \`${name.replaceAll('`', '``')}\` FROM \`${database.replaceAll('`', '``')}\``,
  );
  const references = await connection.rows(
    `SELECT CONSTRAINT_NAME AS constraintName, TABLE_SCHEMA AS childSchema, TABLE_NAME AS childTable, COLUMN_NAME AS child,
       REFERENCED_TABLE_SCHEMA AS parentSchema, REFERENCED_TABLE_NAME AS parentTable, REFERENCED_COLUMN_NAME AS parent
     FROM information_schema.KEY_COLUMN_USAGE
     WHERE REFERENCED_TABLE_NAME IS NOT NULL AND (${here()} OR ${here('REFERENCED_')})
     ORDER BY TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION`,
  );
  const triggers = await connection.rows(
    `SELECT TRIGGER_NAME AS name FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = ${quoted(database)} AND EVENT_OBJECT_TABLE = ${quoted(name)}`,
  );
  const constraints = [
    ...grouped(references, (row) => [row['childSchema'], row['childTable'], row['constraintName']].join('\n')).values(),
  ];
  const text = (rows: readonly Record<string, unknown>[], field: string): string[] =>
    rows.map((row) => String(row[field]));
  return {
    name: { database, name },
    columns: new Map(
      columns.map((row) => {
        const extra = String(row['extra'] ?? '').toLowerCase();
        const generated = /\b(virtual|stored|persistent) generated\b|^(virtual|stored|persistent)/.test(extra);
        const column: TargetColumn = {
          name: String(row['name']),
          dataType: String(row['dataType']).toLowerCase(),
          columnType: String(row['columnType']).toLowerCase(),
          charset: row['charset'] === null ? undefined : String(row['charset']),
          collation: row['collation'] === null ? undefined : String(row['collation']),
          nullable: row['nullable'] === 'YES',
          hasDefault:
            row['preset'] !== null ||
            row['nullable'] === 'YES' ||
            /auto_increment|default_generated/.test(extra) ||
            generated,
          generated,
        };
        return [columnKey(column.name), column];
      }),
    ),
    keys: [...grouped(indexes, (row) => String(row['Key_name']))].map(([key, parts]) => ({
      name: key,
      unique: Number(parts[0]!['Non_unique']) === 0,
      parts: parts.map((part) => ({
        column: part['Column_name'] === null ? undefined : String(part['Column_name']),
        prefix: part['Sub_part'] === null ? undefined : Number(part['Sub_part']),
      })),
    })),
    foreignKeys: constraints
      .filter(([first]) => first!['childSchema'] === database && first!['childTable'] === name)
      .map((rows) => ({
        columns: text(rows, 'child'),
        parent: { database: String(rows[0]!['parentSchema']), name: String(rows[0]!['parentTable']) },
        parentColumns: text(rows, 'parent'),
      })),
    referenced: constraints
      .filter(([first]) => first!['parentSchema'] === database && first!['parentTable'] === name)
      .map((rows) => text(rows, 'parent')),
    triggers: text(triggers, 'name'),
  };
}

function grouped<T>(rows: readonly T[], by: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const key = by(row);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return groups;
}
