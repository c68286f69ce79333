import { Failure } from '../../../coordination/failure.js';
import type { SourceSide } from './source-side.js';
import { identifier } from './literal.js';
import { rewriteDdl } from './ddl-rewrite.js';
import type { TableName, TableNames } from './table-names.js';
import type { TargetConnection } from './target-connection.js';

/** Collations of MySQL that MariaDB has under another name; the order of some letters may differ, equality hardly. */
const COLLATIONS: readonly (readonly [RegExp, string])[] = [
  [/utf8mb4_0900_ai_ci/g, 'utf8mb4_uca1400_nopad_ai_ci'],
  [/utf8mb4_0900_as_ci/g, 'utf8mb4_uca1400_nopad_as_ci'],
  [/utf8mb4_0900_as_cs/g, 'utf8mb4_uca1400_nopad_as_cs'],
  [/utf8mb4_0900_bin/g, 'utf8mb4_nopad_bin'],
];

/**
 * Makes a table of the source in the target, in the database that the task maps it to, which is made, too.
 * @throws Failure sink-schema when the source has it no longer; TargetError when the target does not take it
 */
export async function createTable(
  connection: TargetConnection,
  source: SourceSide,
  names: TableNames,
  { from, signal }: { from: TableName; signal: AbortSignal },
): Promise<void> {
  const to = names.of(from);
  const definition = await source.definition(from, signal);
  if (definition === undefined) {
    throw new Failure(
      'sink-schema',
      `the source no longer has ${from.database}.${from.name}, so it cannot be made in the target`,
      {
        place: `${to.database}.${to.name}`,
        remedy: 'make it in the target by hand, with the columns that it had, then resume',
      },
    );
  }
  const [row] = await connection.rows('SELECT VERSION() AS version');
  const mariadb = /mariadb/i.test(String(row?.['version']));
  const { sql } = rewriteDdl(mariadb ? forMariadb(definition) : definition, {
    database: from.database,
    rename: (name) => names.of(name),
  });
  await connection.run(`CREATE DATABASE IF NOT EXISTS ${identifier(to.database)}`);
  // Its parents may come later.
  await connection.run('SET SESSION foreign_key_checks = 0');
  const made = sql.replace(/^CREATE TABLE /, 'CREATE TABLE IF NOT EXISTS ').replace(/ AUTO_INCREMENT=\d+/, '');
  await connection.run(made, 0);
}

function forMariadb(definition: string): string {
  const renamed = COLLATIONS.reduce((text, [pattern, name]) => text.replace(pattern, name), definition);
  return renamed.replace(/\/\*!80023 INVISIBLE \*\//g, 'INVISIBLE').replace(/\/\*!80003 SRID \d+ \*\//g, '');
}
