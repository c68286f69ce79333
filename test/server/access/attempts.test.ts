import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Attempts } from '../../../server/access/attempts.js';

const NOW = 1_000_000;

function fail(attempts: Attempts, times: number, user: string, address: string, now = NOW): void {
  for (let i = 0; i < times; i++) attempts.attempted(user, address, now);
}

test('five failures of a user from an address are free, then the wait doubles up to a quarter of an hour', () => {
  const attempts = new Attempts();
  const waits: number[] = [];
  for (let i = 0; i < 17; i++) {
    attempts.attempted('mary', '10.0.0.1', NOW);
    waits.push(attempts.waitMs('mary', '10.0.0.1', NOW) / 1000);
  }
  assert.deepEqual(waits, [0, 0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900]);
  assert.equal(attempts.waitMs('MARY', '10.0.0.1', NOW), 900_000, 'however the name is written');
  assert.equal(attempts.waitMs('mary', '10.0.0.1', NOW + 900_000), 0);
  assert.equal(attempts.waitMs('mary', '10.0.0.2', NOW), 0, 'elsewhere the right one is let in');
});

test('success forgets the failures, and so does an hour', () => {
  const attempts = new Attempts();
  fail(attempts, 6, 'mary', '10.0.0.1');
  attempts.succeeded('mary', '10.0.0.1', NOW);
  assert.equal(attempts.waitMs('mary', '10.0.0.1', NOW), 0);
  fail(attempts, 6, 'mary', '10.0.0.1');
  fail(attempts, 1, 'mary', '10.0.0.1', NOW + 61 * 60_000);
  assert.equal(attempts.waitMs('mary', '10.0.0.1', NOW + 61 * 60_000), 0);
});

test('one address that tries many names waits, and so do the neighbours of one IPv6 network', () => {
  const attempts = new Attempts();
  for (let i = 0; i < 21; i++) attempts.attempted(`user-${i}`, '2001:db8::1', NOW);
  assert.ok(attempts.waitMs('another', '2001:db8::ffff:1', NOW) > 0);
  assert.equal(attempts.waitMs('another', '2001:db8:0:1::1', NOW), 0);
  for (let i = 0; i < 21; i++) attempts.attempted(`user-${i}`, '::ffff:10.0.0.9', NOW);
  assert.ok(attempts.waitMs('another', '10.0.0.9', NOW) > 0, 'the same address in both notations');
});

test('many addresses that try one name are slowed down; who was here before is not locked out', () => {
  const attempts = new Attempts();
  attempts.succeeded('mary', '10.0.0.1', NOW);
  for (let i = 0; i < 60; i++) fail(attempts, 2, 'mary', `203.0.${i}.7`);
  assert.ok(attempts.waitMs('mary', '203.0.1.7', NOW) > 0, 'the second from there');
  assert.ok(attempts.waitMs('mary', '203.0.1.7', NOW) <= 10_000);
  assert.equal(attempts.waitMs('mary', '10.0.0.1', NOW), 0);
});
