import type { Column, Row, Table } from '../change.js';
import { columnJson, type ColumnJson } from './column-json.js';
import { jsonString } from './json-string.js';

/** A table's rows and keys as JSON, prepared once per table definition. */
export interface RowJson {
  /** `{"a":1,"b":"x"}`; a column that the row image does not have is not a member. */
  row(row: Row): string;
  /** `{"id":1}`; undefined for a table without a primary key. */
  readonly key: ((row: Row) => string) | undefined;
  readonly keyColumns: readonly number[];
  /** The names as JSON strings. */
  readonly database: string;
  readonly table: string;
}

export function rowJson(table: Table): RowJson {
  const all = table.columns.map((_, i) => i);
  return {
    row: objectJson(table.columns, all),
    key: table.key.length > 0 ? objectJson(table.columns, table.key) : undefined,
    keyColumns: table.key,
    database: jsonString(table.database),
    table: jsonString(table.name),
  };
}

function objectJson(columns: readonly Column[], indexes: readonly number[]): (row: Row) => string {
  const names: string[] = [];
  const values: ColumnJson[] = [];
  for (const index of indexes) {
    const column = columns[index]!;
    names.push(`${names.length === 0 ? '{' : ','}${jsonString(column.name)}:`);
    values.push(columnJson(column));
  }
  const count = indexes.length;
  if (count === 0) return () => '{}';
  const partialJson = (row: Row): string => {
    let text = '';
    for (let i = 0; i < count; i++) {
      const value = row[indexes[i]!];
      if (value !== undefined) text += (text === '' ? '{' : ',') + names[i]!.slice(1) + values[i]!(value);
    }
    return text === '' ? '{}' : text + '}';
  };
  return (row) => {
    let text = '';
    for (let i = 0; i < count; i++) {
      const value = row[indexes[i]!];
      if (value === undefined) return partialJson(row);
      text += names[i]! + values[i]!(value);
    }
    return text + '}';
  };
}
