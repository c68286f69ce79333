import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decide } from '../../coordination/election.js';

/**
 * Scripts: the children in the order in which ZooKeeper happened to list them, whose node is mine, and what to do then.
 */
function script(children: string, mine: string | undefined): string {
  const { decision, foreign } = decide(children.split(' ').filter(Boolean), mine);
  const what = decision.do === 'watch' ? `watch ${decision.node}` : decision.do;
  return foreign.length === 0 ? what : `${what}, ignoring ${foreign.join(' ')}`;
}

const A = 'alpha-0000000001';
const B = 'beta-0000000002';
const C = 'gamma-0000000003';

test('whoever has no node joins', () => {
  assert.equal(script('', undefined), 'join');
  assert.equal(script(`${A} ${B}`, undefined), 'join');
});

test('the lowest sequence leads, whatever the host is called and however the list is sorted', () => {
  assert.equal(script(A, A), 'lead');
  assert.equal(script(`${C} ${B} ${A}`, A), 'lead');
  assert.equal(script('zulu-0000000001 alpha-0000000002', 'zulu-0000000001'), 'lead');
});

test('each standby watches only the one just before it', () => {
  assert.equal(script(`${C} ${A} ${B}`, B), `watch ${A}`);
  assert.equal(script(`${C} ${A} ${B}`, C), `watch ${B}`);
});

test('three instances: the middle one goes', () => {
  assert.equal(script(`${A} ${C}`, C), `watch ${A}`);
  assert.equal(script(`${A} ${C}`, A), 'lead');
  assert.equal(script(`${A} ${C}`, B), 'join');
});

test('the first goes: the second leads, the third goes on watching the second', () => {
  assert.equal(script(`${B} ${C}`, B), 'lead');
  assert.equal(script(`${B} ${C}`, C), `watch ${B}`);
});

test("the runner's node is deleted by hand", () => {
  assert.equal(script(`${B} ${C}`, A), 'join');
  assert.equal(script(`${B} ${C} alpha-0000000004`, 'alpha-0000000004'), `watch ${C}`);
});

test('the instances node is deleted and made again: sequences begin anew', () => {
  assert.equal(script('', A), 'join');
  assert.equal(script('beta-0000000000', A), 'join');
  assert.equal(script('beta-0000000000 alpha-0000000001', 'alpha-0000000001'), 'watch beta-0000000000');
});

test('a foreign child is neither watched nor lets itself be led', () => {
  assert.equal(script(`lock ${A}`, A), 'lead, ignoring lock');
  assert.equal(script(`alpha-1 ${A} 0000000000 ${B}`, B), `watch ${A}, ignoring 0000000000 alpha-1`);
  assert.equal(script('lock', undefined), 'join, ignoring lock');
});

test('hosts with dashes and digits, two instances of one host', () => {
  assert.equal(script('db-1.eu-0000000007 db-1.eu-0000000012', 'db-1.eu-0000000012'), 'watch db-1.eu-0000000007');
});
