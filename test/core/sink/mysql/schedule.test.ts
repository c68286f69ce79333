import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Row } from '../../../../core/change.js';
import { planTable, type TablePlan } from '../../../../core/sink/mysql/table-plan.js';
import type { TargetColumn, TargetTable } from '../../../../core/sink/mysql/target-table.js';
import type { RowOp } from '../../../../core/sink/mysql/row-op.js';
import { Schedule } from '../../../../core/sink/mysql/schedule.js';
import { place, table } from '../fixtures.js';

function targetColumn(name: string, dataType: string, collation?: string): TargetColumn {
  const charset = collation === undefined ? undefined : 'utf8mb4';
  return {
    name,
    dataType,
    columnType: dataType,
    charset,
    collation,
    nullable: false,
    hasDefault: true,
    generated: false,
  };
}

function plan(keys: Record<string, string[]>, more: Partial<TargetTable> = {}, name = 't'): TablePlan {
  const columns = [
    targetColumn('id', 'int'),
    targetColumn('version', 'int'),
    targetColumn('note', 'varchar', 'utf8mb4_0900_ai_ci'),
  ];
  return planTable(table(name), {
    name: { database: 'copy', name },
    columns: new Map(columns.map((one) => [one.name, one])),
    keys: Object.entries(keys).map(([key, parts]) => ({
      name: key,
      unique: true,
      parts: parts.map((part) => ({ column: part, prefix: undefined })),
    })),
    foreignKeys: [],
    referenced: [],
    triggers: [],
    ...more,
  });
}

function insert(of: TablePlan, after: Row): RowOp {
  return { kind: 'insert', plan: of, place: place(), index: 0, before: undefined, after };
}

function update(of: TablePlan, before: Row, after: Row): RowOp {
  return { kind: 'update', plan: of, place: place(), index: 0, before, after };
}

/** Per stage the group that it waits for and how many rows it has. */
function shape(schedule: Schedule, ops: readonly RowOp[]): string {
  return schedule.add(ops).map(({ after, ops: rows }) => `${after}:${rows.length}`).join(' '); // prettier-ignore
}

test('rows of different keys are one stage, the same key is one stage after the other', () => {
  const t = plan({ PRIMARY: ['id'] });
  const schedule = new Schedule();
  assert.equal(
    shape(schedule, [insert(t, [1, 1, 'a']), insert(t, [2, 1, 'a']), update(t, [1, 1, 'a'], [1, 2, 'a'])]),
    '-1:2 -1:1',
  );
});

test('a group waits only with the rows that an earlier one touches, and with what follows on them', () => {
  const t = plan({ PRIMARY: ['id'] });
  const schedule = new Schedule();
  assert.equal(shape(schedule, [insert(t, [1, 1, 'a'])]), '-1:1');
  assert.equal(shape(schedule, [insert(t, [2, 1, 'a'])]), '-1:1');
  const ops = [
    insert(t, [3, 1, 'a']),
    update(t, [1, 1, 'a'], [1, 2, 'a']),
    update(t, [1, 2, 'a'], [1, 3, 'a']),
    insert(t, [4, 1, 'a']),
  ];
  assert.equal(shape(schedule, ops), '-1:2 0:1 0:1');
});

test('a second unique key counts, by the target’s idea of equal', () => {
  const t = plan({ PRIMARY: ['id'], note: ['note'] });
  for (const [a, b] of [
    ['x', 'X'],
    ['x ', 'x'],
    ['jury', 'IURI'],
    ['é', 'e'],
    ['日', 'z'],
  ] as const) {
    // prettier-ignore
    const schedule = new Schedule();
    shape(schedule, [insert(t, [1, 1, a])]);
    assert.equal(shape(schedule, [insert(t, [2, 1, b])]), '0:1', `${a} and ${b}`);
  }
  const schedule = new Schedule();
  shape(schedule, [insert(t, [1, 1, 'a'])]);
  assert.equal(shape(schedule, [insert(t, [2, 1, 'b'])]), '-1:1');
});

test('a child waits for its parent, children of one parent not for each other', () => {
  const parents = plan({ PRIMARY: ['id'] }, {}, 'p');
  const references = {
    foreignKeys: [{ columns: ['version'], parent: { database: 'copy', name: 'p' }, parentColumns: ['id'] }],
  };
  const children = plan({ PRIMARY: ['id'] }, references, 'c');
  const schedule = new Schedule();
  assert.equal(shape(schedule, [insert(parents, [7, 0, 'p'])]), '-1:1');
  assert.equal(shape(schedule, [insert(children, [1, 7, 'c']), insert(children, [2, 7, 'c'])]), '0:2');
  assert.equal(shape(schedule, [insert(children, [3, 8, 'c'])]), '-1:1');
  assert.equal(
    shape(schedule, [{ ...insert(parents, [7, 0, 'p']), kind: 'delete', before: [7, 0, 'p'], after: undefined }]),
    '1:1',
  );
});

test('without a key only inserts are free', () => {
  const t = plan({});
  const schedule = new Schedule();
  assert.equal(shape(schedule, [insert(t, [1, 1, 'a']), insert(t, [1, 1, 'a'])]), '-1:2');
  assert.equal(shape(schedule, [update(t, [1, 1, 'a'], [1, 2, 'a']), insert(t, [1, 1, 'a'])]), '0:1 0:1');
});

test('a key that the target makes larger than the source sees touches all of its kind', () => {
  const t = plan({ PRIMARY: ['id'], expression: ['absent'] });
  const schedule = new Schedule();
  shape(schedule, [insert(t, [1, 1, 'a'])]);
  assert.equal(shape(schedule, [insert(t, [2, 1, 'b'])]), '0:1');
});
