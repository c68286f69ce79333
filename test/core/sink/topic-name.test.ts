import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../../coordination/failure.js';
import { TopicNames } from '../../../core/sink/topic-name.js';
import { table } from './fixtures.js';

const at = (database: string, name: string) => ({ ...table(name), database });

function refusal(run: () => unknown): Failure {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof Failure);
    return error;
  }
  return assert.fail('it was not refused');
}

test('the template is filled in, and what Kafka does not allow becomes an underscore', () => {
  const names = new TopicNames('copy', '{task}.{database}.{table}');
  assert.equal(names.of(at('shop', 'orders')), 'copy.shop.orders');
  assert.equal(names.of(at('shop', 'order lines$')), 'copy.shop.order_lines_');
  assert.equal(names.of(at('shop', 'größe😀')), 'copy.shop.gr__e_');
});

test('two tables that would share a topic by accident are refused, both named', () => {
  const names = new TopicNames('copy', '{database}.{table}');
  names.of(at('shop', 'a$b'));
  const failure = refusal(() => names.of(at('shop', 'a b')));
  assert.equal(failure.kind, 'sink-misconfigured');
  assert.match(failure.message, /shop\.a\$b and shop\.a b .*shop\.a_b/);
  const dots = new TopicNames('copy', '{database}.{table}');
  dots.of(at('a.b', 'c'));
  assert.match(refusal(() => dots.of(at('a', 'b.c'))).message, /a\.b\.c/);
});

test('tables share a topic where the template says so, and a new definition of a table is the same table', () => {
  const merged = new TopicNames('copy', 'all.{table}');
  assert.equal(merged.of(at('shard1', 'orders')), merged.of(at('shard2', 'orders')));
  const one = new TopicNames('copy', 'everything');
  assert.equal(one.of(at('a', 'b')), one.of(at('c', 'd')));
  const names = new TopicNames('copy', '{database}.{table}');
  assert.equal(names.of(at('a', 'b')), names.of(at('a', 'b')));
});

test('a name that Kafka finds too long is refused', () => {
  const names = new TopicNames('copy', '{database}.{table}');
  assert.equal(names.of(at('d'.repeat(64), 't'.repeat(64))).length, 129);
  const failure = refusal(() => names.of(at('d'.repeat(64), 't'.repeat(185))));
  assert.equal(failure.kind, 'sink-misconfigured');
  assert.match(failure.message, /250 characters; Kafka allows 249/);
});
