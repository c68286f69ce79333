/** Whether a table is replicated. */
export type TableFilter = (database: string, table: string) => boolean;

interface Pattern {
  readonly include: boolean;
  readonly database: RegExp;
  readonly table: RegExp;
  /** The schema when it is named without wildcards. */
  readonly literal: string | undefined;
}

const SYSTEM_SCHEMAS = new Set(['mysql', 'sys', 'information_schema', 'performance_schema']);

/**
 * Makes the filter of a task's `tables`: `database.table` with `*` and `?`, `!` in front excludes, the last pattern that
 * matches decides, what none matches is not replicated. MySQL's own schemas are replicated only where a pattern names the
 * schema without wildcards. Names are compared as the server does: without case unless `lower_case_table_names` is 0.
 *
 * The answer is kept per table, since it is asked for every event.
 * @throws RangeError for a pattern that is not of this form
 */
export function tableFilter(patterns: readonly string[], options: { lowerCaseTableNames: number }): TableFilter {
  const fold = options.lowerCaseTableNames === 0 ? '' : 'i';
  const compiled = patterns.map((pattern) => compile(pattern, fold));
  const known = new Map<string, Map<string, boolean>>();
  return (database, table) => {
    let tables = known.get(database);
    if (!tables) known.set(database, (tables = new Map<string, boolean>()));
    let included = tables.get(table);
    if (included === undefined) tables.set(table, (included = decide(compiled, database, table)));
    return included;
  };
}

/** MySQL's own schemas, which hold no user data. */
export function isSystemSchema(database: string): boolean {
  return SYSTEM_SCHEMAS.has(database.toLowerCase());
}

function decide(patterns: readonly Pattern[], database: string, table: string): boolean {
  const system = isSystemSchema(database);
  for (const pattern of patterns.toReversed()) {
    if (system && pattern.include && pattern.literal === undefined) continue;
    if (pattern.database.test(database) && pattern.table.test(table)) return pattern.include;
  }
  return false;
}

function compile(pattern: string, fold: string): Pattern {
  const match = /^(!?)([^.\s]+)\.([^.\s]+)$/.exec(pattern);
  if (!match) throw new RangeError(`not a table pattern: ${JSON.stringify(pattern)} (expected database.table)`);
  const [, exclude, database, table] = match;
  return {
    include: exclude === '',
    database: wildcards(database!, fold),
    table: wildcards(table!, fold),
    literal: /[*?]/.test(database!) ? undefined : database!,
  };
}

function wildcards(pattern: string, fold: string): RegExp {
  const source = pattern.replace(/[^*?]/gu, (c) => c.replace(/[\\^$.|+()[\]{}]/, '\\$&'));
  return new RegExp(`^${source.replaceAll('*', '.*').replaceAll('?', '.')}$`, `us${fold}`);
}
