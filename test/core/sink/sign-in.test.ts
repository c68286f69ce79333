import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Failure } from '../../../coordination/failure.js';
import type { TcpProxy } from '../../stack/proxy.js';
import { startProxy } from '../../stack/proxy.js';
import type { Stack } from '../../stack/stack.js';
import { startStack } from '../../stack/stack.js';
import { end, insert, never, table, testSink } from './fixtures.js';
import { readTopic } from './read-topic.js';

const JAAS =
  'org.apache.kafka.common.security.plain.PlainLoginModule required username="admin" password="admin-secret" ' +
  'user_admin="admin-secret" user_writer="right" user_stranger="right";';

let stack: Stack;
let proxy: TcpProxy;
let brokers: string[];

before(async () => {
  stack = await startStack(
    { kafka: 1 },
    {
      kafkaSettings: {
        'listener.security.protocol.map': 'CLIENT:PLAINTEXT,PROXIED:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT',
        'sasl.enabled.mechanisms': 'PLAIN',
        'listener.name.proxied.plain.sasl.jaas.config': JAAS,
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'super.users': 'User:ANONYMOUS;User:writer',
      },
    },
  );
  const { target, listen } = stack.kafka[0]!.behindProxy;
  proxy = await startProxy(target, { port: listen.port });
  brokers = [`${listen.host}:${listen.port}`];
});
after(async () => {
  await proxy.close();
  await stack.stop();
});

function signedIn(user: string, password: string | undefined, patienceMs = 3_000) {
  const sasl = { mechanism: 'plain', user, password: 'env:X' } as const;
  return testSink(brokers, { sasl }, { password, patienceMs });
}

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const thrown: unknown = await promise.then(
    () => assert.fail('it did not fail'),
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof Failure, String(thrown));
  return thrown;
}

test('the right password writes', async () => {
  const sink = signedIn('writer', 'right');
  await sink.open(never);
  await sink.write({ changes: [insert(table('signed'), [1, 0, 'x'])], end }, never);
  await sink.close();
  assert.equal((await readTopic(stack.kafka[0]!.brokers, 'shop.signed')).length, 1);
});

test('a wrong password is sink-access-denied, and is in no text', async () => {
  const failure = await failureOf(signedIn('writer', 'wr0ng-word').open(never));
  assert.equal(failure.kind, 'sink-access-denied');
  assert.match(failure.remedy!, /sink\.kafka\.sasl/);
  assert.doesNotMatch(`${failure.message} ${failure.place} ${failure.remedy} ${String(failure.cause)}`, /wr0ng-word/);
});

test('no password is secret-missing', async () => {
  assert.equal((await failureOf(signedIn('writer', undefined).open(never))).kind, 'secret-missing');
});

test('an account without rights is sink-access-denied', async () => {
  const sink = signedIn('stranger', 'right');
  const failure = await failureOf(
    (async () => {
      await sink.open(never);
      await sink.write({ changes: [insert(table('signed'), [2, 0, 'x'])], end }, never);
    })(),
  );
  await sink.close();
  assert.equal(failure.kind, 'sink-access-denied');
});

test('no sign-in where it is asked for fails in bounded time', async () => {
  const failure = await failureOf(testSink(brokers, {}, { patienceMs: 1_000 }).open(never));
  assert.equal(failure.kind, 'sink-unreachable');
});
