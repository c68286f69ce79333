import type { Stage } from './schedule.js';
import { statementsFor, type Statement } from './statements.js';
import { STRICT_MODE, type TargetConnection } from './target-connection.js';

/** So much SQL goes in one round trip, in characters; one row alone may be more. */
const SEND_LENGTH = 512 * 1024;

/** A statement met other rows than the source's change says. What it was is found by looking row by row. */
export class UnexpectedRows extends Error {
  constructor() {
    super('a statement matched another number of rows than the source changed');
    this.name = 'UnexpectedRows';
  }
}

export interface ApplyOptions {
  /** Resolves when the group of this index is committed. */
  readonly committed: (group: number) => Promise<void>;
  /** SQL that goes out first, with the first rows. */
  readonly begin?: string;
  /** Asked when the last statements go out: SQL for the same round trip, which must match one row. */
  readonly last?: () => string | undefined;
}

export interface AppliedRows {
  /** What `last` gave: the rows that it matched; undefined when it gave nothing. */
  readonly last: number | undefined;
}

/** Writes the rows of stages in one open transaction, in as few round trips as they allow. @throws UnexpectedRows, TargetError */
export async function applyStages(
  connection: TargetConnection,
  stages: readonly Stage[],
  { committed, begin, last }: ApplyOptions,
): Promise<AppliedRows> {
  let sql: string[] = begin === undefined ? [] : [begin];
  let expected: (number | undefined)[] = begin === undefined ? [] : [undefined];
  let length = 0;
  const send = async (more?: string): Promise<number | undefined> => {
    if (sql.length === 0 && more === undefined) return undefined;
    const all = more === undefined ? sql : [...sql, more];
    const matched = await connection.run(all.join(';'));
    const wrong = expected.some((rows, i) => rows !== undefined && rows !== matched[i]);
    const answer = more === undefined ? undefined : matched[expected.length];
    sql = [];
    expected = [];
    length = 0;
    if (wrong) throw new UnexpectedRows();
    return answer;
  };
  const add = (statement: Statement): void => {
    sql.push(statement.sql);
    expected.push(...statement.expected);
    length += statement.sql.length;
  };
  for (const { after, ops } of stages) {
    if (after >= 0) {
      // What does not depend on the group before need not wait for it.
      if (length > 0) await send();
      await committed(after);
    }
    for (const statement of statementsFor(ops, SEND_LENGTH)) {
      if (length > 0 && length + statement.sql.length > SEND_LENGTH) await send();
      add(statement);
    }
  }
  return { last: await send(last?.()) };
}

/** Leaves no open transaction and no lenient mode behind. @throws TargetError */
export async function rollBack(connection: TargetConnection): Promise<void> {
  await connection.run(`ROLLBACK;SET SESSION sql_mode='${STRICT_MODE}'`);
}
