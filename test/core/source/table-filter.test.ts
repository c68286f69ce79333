import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tableFilter } from '../../../core/source/table-filter.js';

const filter = (...patterns: string[]) => tableFilter(patterns, { lowerCaseTableNames: 0 });

test('the last pattern that matches decides', () => {
  const included = filter('shop.*', '!shop.tmp_*', 'shop.tmp_keep');
  assert.equal(included('shop', 'orders'), true);
  assert.equal(included('shop', 'tmp_1'), false);
  assert.equal(included('shop', 'tmp_keep'), true);
  assert.equal(included('other', 'orders'), false);
});

test('a first pattern that excludes includes nothing by itself', () => {
  const included = filter('!shop.secret', 'crm.*');
  assert.equal(included('shop', 'orders'), false);
  assert.equal(included('crm', 'people'), true);
});

test('wildcards match whole names, and everything else stands for itself', () => {
  assert.equal(filter('shop.order?')('shop', 'orders'), true);
  assert.equal(filter('shop.order?')('shop', 'order'), false);
  assert.equal(filter('shop.*')('shopping', 'x'), false);
  assert.equal(filter('s+p.a$b[1]')('s+p', 'a$b[1]'), true);
  assert.equal(filter('s+p.*')('ssp', 'x'), false);
  assert.equal(filter('*.?')('x', '😀'), true);
});

test('the server’s own schemas only when named', () => {
  assert.equal(filter('*.*')('mysql', 'user'), false);
  assert.equal(filter('*.*')('performance_schema', 'threads'), false);
  assert.equal(filter('mysq?.*')('mysql', 'user'), false);
  assert.equal(filter('mysql.*')('mysql', 'user'), true);
  assert.equal(filter('mysql.*', '!*.user')('mysql', 'user'), false);
});

test('case counts as it does on the server', () => {
  assert.equal(filter('Shop.Orders')('shop', 'orders'), false);
  assert.equal(tableFilter(['Shop.Orders'], { lowerCaseTableNames: 1 })('shop', 'orders'), true);
  assert.equal(tableFilter(['shop.orders'], { lowerCaseTableNames: 2 })('Shop', 'ORDERS'), true);
});

test('what is not a pattern is refused', () => {
  assert.throws(() => filter('orders'), /not a table pattern: "orders"/);
});
