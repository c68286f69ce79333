import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { FailureKind } from '../../../coordination/failure.js';
import { Failure } from '../../../coordination/failure.js';
import type { Stack } from '../../stack/stack.js';
import { startStack } from '../../stack/stack.js';
import { Reading, signal, testSource } from './reading.js';
import type { Sql } from './sql.js';
import { connectSql } from './sql.js';

let stack: Stack;
let sql: Sql;

before(async () => {
  stack = await startStack({ mysql: 1 });
  sql = await connectSql(stack.mysql[0]!);
  await sql.run('CREATE DATABASE x; USE x; CREATE TABLE good (id INT PRIMARY KEY, v TEXT)');
});
after(async () => {
  await sql.close();
  await stack.stop();
});

interface Refusal {
  readonly what: string;
  readonly setup: string;
  /** One transaction that cannot be delivered. */
  readonly bad: string;
  readonly undo?: string;
  readonly kind: FailureKind;
  readonly message: RegExp;
  readonly remedy?: RegExp;
  /** Names the table in its place. */
  readonly named?: boolean;
  /** Left out without a failure when the table is not replicated. */
  readonly harmlessElsewhere?: boolean;
}

const refusals: Refusal[] = [
  {
    what: 'a statement instead of rows',
    setup: 'CREATE TABLE bad (id INT)',
    bad: 'SET binlog_format = STATEMENT; INSERT INTO bad VALUES (1)',
    undo: 'SET binlog_format = ROW',
    kind: 'source-misconfigured',
    message: /a statement instead of the rows/,
    remedy: /binlog_format = ROW/,
  },
  {
    what: 'a table map without column names that does not fit the table any more',
    setup: 'CREATE TABLE bad (id INT, v INT)',
    bad: 'SET GLOBAL binlog_row_metadata = MINIMAL; INSERT INTO bad VALUES (1, 1); ALTER TABLE bad MODIFY v BIGINT',
    undo: 'SET GLOBAL binlog_row_metadata = FULL',
    kind: 'source-misconfigured',
    message: /no column names for x\.bad.*column 2 is v bigint now/,
    remedy: /binlog_row_metadata = FULL/,
    named: true,
    harmlessElsewhere: true,
  },
  {
    what: 'a partial update of JSON without the value before',
    setup: `CREATE TABLE bad (id INT PRIMARY KEY, v JSON); INSERT INTO bad VALUES (1, '{"a": "${'x'.repeat(100)}", "b": 1}')`,
    bad: "SET binlog_row_image = MINIMAL, binlog_row_value_options = PARTIAL_JSON; UPDATE bad SET v = JSON_SET(v, '$.b', 2)",
    undo: "SET binlog_row_image = FULL, binlog_row_value_options = ''",
    kind: 'source-misconfigured',
    message: /partial update of JSON/,
    remedy: /binlog_row_image = FULL/,
    named: true,
    harmlessElsewhere: true,
  },
  {
    what: 'a commit of an XA transaction that was prepared before the start',
    setup:
      "CREATE TABLE bad (id INT); XA START 'q'; INSERT INTO bad VALUES (1); XA END 'q'; XA PREPARE 'q'; FLUSH BINARY LOGS",
    bad: "XA COMMIT 'q'",
    kind: 'source-unreadable',
    message: /XA COMMIT of X'71',X'',1, which was prepared before/,
    remedy: /before its XA PREPARE/,
  },
];

for (const refusal of refusals) {
  test(`${refusal.what} stops at its place, with everything before delivered`, async () => {
    await sql.run(`DELETE FROM good; DROP TABLE IF EXISTS bad; ${refusal.setup}`);
    const source = testSource(stack.mysql[0]!, ['x.*']);
    const from = await source.start(signal());
    await sql.run("INSERT INTO good VALUES (1, 'before'); INSERT INTO good VALUES (2, 'before')");
    const file = await sql.one('SHOW BINARY LOG STATUS');
    const offset = Number((await sql.cells('SHOW BINARY LOG STATUS'))[0]![1]!.toString());
    await sql.run(refusal.bad);
    if (refusal.undo) await sql.run(refusal.undo);
    await sql.run("INSERT INTO good VALUES (3, 'behind')");

    // The second reading begins at the place where the first stopped, and stops there again.
    for (const [start, lines] of [
      [from, ['insert good: 1,before', 'insert good: 2,before']],
      [{ ...from, file, offset }, []],
    ] as const) {
      const { gtidSet: _, ...byFile } = start;
      const reading = new Reading(source, lines.length > 0 ? start : byFile);
      const failure = await reading.ended;
      assert.ok(failure instanceof Failure, String(failure));
      assert.equal(failure.kind, refusal.kind, failure.message);
      assert.equal(failure.then, 'stop');
      assert.match(failure.message, refusal.message);
      assert.match(failure.place ?? '', new RegExp(`^${file}:\\d+${refusal.named ? ' x\\.bad' : ''}$`));
      assert.ok(Number(/:(\d+)/.exec(failure.place!)![1]) >= offset);
      if (refusal.remedy) assert.match(failure.remedy ?? '', refusal.remedy);
      assert.deepEqual(reading.lines, lines);
      if (lines.length > 0)
        assert.deepEqual([reading.end.file, reading.end.offset, reading.end.events], [file, offset, 0]);
    }
    await source.close();

    if (!refusal.harmlessElsewhere) return;
    const narrower = testSource(stack.mysql[0]!, ['x.*', '!x.bad']);
    const reading = new Reading(narrower, from);
    assert.deepEqual(await reading.untilLines(3), [
      'insert good: 1,before',
      'insert good: 2,before',
      'insert good: 3,behind',
    ]);
    await reading.stop();
    await narrower.close();
  });
}

test('an account without the privilege, and a wrong password, are access denied', async () => {
  await sql.run("CREATE USER nobody; CREATE USER locked IDENTIFIED BY 'secret'");
  const from = await testSource(stack.mysql[0]!, ['x.*']).start(signal());
  for (const user of ['nobody', 'locked']) {
    const source = testSource(stack.mysql[0]!, ['x.*'], { user });
    const reading = new Reading(source, from);
    const failure = await reading.ended;
    await source.close();
    assert.ok(failure instanceof Failure && failure.kind === 'source-access-denied', String(failure));
    assert.doesNotMatch(failure.message, /secret/);
  }
});
