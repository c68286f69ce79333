import type { MysqlSink } from '../../../coordination/schema/task-spec.js';
import { tableFilter, type TableFilter } from '../../source/table-filter.js';

export interface TableName {
  readonly database: string;
  readonly name: string;
}

/** Where a table of the source goes, by the task's `sink.mysql.tables`. */
export class TableNames {
  readonly #rules: { readonly matches: TableFilter; readonly to: TableName }[];

  constructor(tables: MysqlSink['tables']) {
    const rules = Object.entries(tables).map(([pattern, to]) => {
      const [database, name] = to.split('.') as [string, string];
      return { pattern, matches: tableFilter([pattern], { lowerCaseTableNames: 0 }), to: { database, name } };
    });
    const exact = (pattern: string): boolean => !/[*?]/.test(pattern);
    this.#rules = [...rules.filter(({ pattern }) => exact(pattern)), ...rules.filter(({ pattern }) => !exact(pattern))];
  }

  of({ database, name }: TableName): TableName {
    const rule = this.#rules.find(({ matches }) => matches(database, name));
    if (!rule) return { database, name };
    return {
      database: rule.to.database.replaceAll('*', () => database),
      name: rule.to.name.replaceAll('*', () => name),
    };
  }
}
