import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FIRST_TEXT, listAt, readDraft, textAt, withValue } from '../../web/pages/register/draft-text.js';
import { isChosen, withDatabase, withTable } from '../../web/pages/register/table-choice.js';

test('a field that is filled in changes its line and nothing else', () => {
  const commented = `# ours\n${FIRST_TEXT}`;
  const text = withValue(
    withValue(commented, ['name'], 'shop_orders'),
    ['source', 'tables'],
    ['shop.*', '!shop.tmp_*'],
  );
  assert.ok(text.startsWith('# ours\nname: shop_orders\n'));
  const { draft } = readDraft(text);
  assert.equal(textAt(draft, ['name']), 'shop_orders');
  assert.deepEqual(listAt(draft, ['source', 'tables']), ['shop.*', '!shop.tmp_*']);
  assert.equal(textAt(draft, ['source', 'mysql', 'port']), '3306');
});

test('sections that are missing are made, and those left empty go', () => {
  const made = withValue('name: x\n', ['sink', 'kafka', 'topic'], 't');
  assert.deepEqual(readDraft(made).draft, { name: 'x', sink: { kafka: { topic: 't' } } });
  assert.deepEqual(readDraft(withValue(made, ['sink', 'kafka', 'topic'], '')).draft, { name: 'x' });
  assert.deepEqual(readDraft(withValue('', ['name'], 'x')).draft, { name: 'x' });
  assert.deepEqual(readDraft(withValue('source: latest\n', ['source', 'mysql', 'host'], 'h')).draft, {
    source: { mysql: { host: 'h' } },
  });
});

test('a text that cannot be read tells the line', () => {
  const { fault } = readDraft('name: x\ntables: [a\nsink: 1\n');
  assert.ok(fault !== undefined && fault.line >= 2);
});

test('ticking tables keeps the patterns short and true', () => {
  let patterns = withDatabase([], 'shop', true);
  assert.deepEqual(patterns, ['shop.*']);
  patterns = withTable(patterns, 'shop', 'log', false);
  assert.deepEqual(patterns, ['shop.*', '!shop.log']);
  assert.equal(isChosen(patterns, 'shop', 'log'), false);
  assert.deepEqual(withTable(patterns, 'shop', 'log', true), ['shop.*']);
  assert.deepEqual(withDatabase(patterns, 'shop', false), []);
  assert.deepEqual(withDatabase(['*.*'], 'shop', false), ['*.*', '!shop.*']);
  assert.deepEqual(withTable(['*.orders'], 'shop', 'orders', false), ['*.orders', '!shop.orders']);
});
