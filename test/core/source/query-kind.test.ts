import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { QueryKind } from '../../../core/source/query-kind.js';
import { queryKind } from '../../../core/source/query-kind.js';

const cases: [string, QueryKind][] = [
  ['BEGIN', 'begin'],
  ['START TRANSACTION', 'begin'],
  ['COMMIT', 'commit'],
  ['ROLLBACK', 'rollback'],
  ['ROLLBACK TO `a`', 'rollback-to'],
  ['SAVEPOINT `a`', 'inner'],
  ["XA START X'61',X'',1", 'xa-begin'],
  ["XA END X'61',X'',1", 'inner'],
  ["XA COMMIT X'61',X'',1", 'xa-commit'],
  ['insert into t values (1)', 'statement'],
  ['/* by app */ -- note\n  UPDATE t SET a = 1', 'statement'],
  ['DELETE FROM `shop`.`t`', 'statement'],
  ['INSERT INTO mysql.rds_heartbeat2(id, value) values (1,1)', 'inner'],
  ['delete from `mysql`.`t`', 'inner'],
  ['delete from mysql_copy', 'statement'],
  ['CREATE TABLE t (a INT)', 'other'],
  ['/*!40000 ALTER TABLE t DISABLE KEYS */', 'other'],
  ['TRUNCATE TABLE t', 'other'],
  ['', 'other'],
];

for (const [sql, kind] of cases) {
  test(`${JSON.stringify(sql)} is ${kind}`, () => {
    assert.equal(queryKind(sql), kind);
  });
}
