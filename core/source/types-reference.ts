import type { ColumnType } from './column-types.js';
import { COLUMN_TYPES } from './column-types.js';

/** docs/types.md, made of the table of column types. */
export function typesReference(): string {
  return [
    '# Types',
    '',
    '<!-- Made from core/source/column-types.ts: `npm run build && node dist/bin/types-reference.js`. -->',
    '',
    'What becomes of a value of each type of MySQL and MariaDB. NULL is `null` everywhere; a column that a row image does not have',
    '(binlog_row_image MINIMAL or NOBLOB) is `undefined` in the change model and left out of the JSON. The code is that of the binlog’s table map.',
    'A type with a code that is not here stops the task at the first row of its table, with the name of the column.',
    '',
    '| type | in | code | change model (`core/change.ts`) | Debezium’s JSON | example | to another MySQL | |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...COLUMN_TYPES.map(line),
    '',
    'Generated columns are columns like others. Invisible columns come, functional indexes do not: they are no columns of the row image.',
    'MariaDB’s system-versioned tables write each version of a row as a row of its own. Text that is no text of its character set (broken UTF-8),',
    'and text in a character set that cannot be read, stop the task. Half of a surrogate pair in utf8mb3, utf8mb4 or ucs2 text is kept.',
    '',
  ].join('\n');
}

function line({ sql, in: where, codes, value, debezium, example, mysql, note = '' }: ColumnType): string {
  return `| ${[sql, where, codes.join(', '), value, debezium, example, mysql, note].join(' | ')} |`;
}
