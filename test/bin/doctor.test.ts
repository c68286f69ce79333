import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { joinAsLeader, plantHealthy } from '../coordination/doctor-fixture.js';
import { newRoot, openSession } from '../coordination/zookeeper-fixture.js';
import { startStack, type Stack } from '../stack/stack.js';
import { runCli } from './cli.js';

interface Report {
  readonly findings: readonly { kind: string; path: string; repaired: boolean; repair?: string; advice?: string }[];
  readonly repaired: number;
  readonly remaining: number;
}

let stack: Stack;
before(async () => {
  stack = await startStack({ zookeeper: 1 });
});
after(() => stack?.stop());

test('doctor names findings, repairs what can be repaired, and says by its exit code what remains', async (t) => {
  const servers = `${stack.zookeeper.connectString}${newRoot()}`;
  const session = await openSession(t, servers);
  const doctor = async (code: number, ...args: string[]): Promise<{ out: string; err: string }> => {
    const ran = await runCli(servers, ['doctor', ...args]);
    assert.equal(ran.code, code, ran.err + ran.out);
    return ran;
  };
  await plantHealthy(session);
  assert.match((await doctor(0)).out, /^all is well$/m);

  // A deletion that died after its first write: mended in two rounds or one, but wholly.
  await session.create('/tasks/half/instances', '', 'persistent');
  await session.create('/groups/g/half', '', 'persistent');
  const shown = await doctor(5);
  assert.match(shown.out, /\/groups\/g\/half: no task half is registered\n +to repair it: remove \/groups\/g\/half/);
  assert.match(shown.err, /2 findings\n +what to do: --repair does the 2 repairs shown/);
  assert.notEqual(await session.read('/groups/g/half'), undefined, 'without --repair nothing is changed');

  await session.create('/tasks/shop/tomorrow', '', 'persistent');
  const json = JSON.parse((await doctor(5, '--repair', '--json')).out) as Report;
  assert.deepEqual([json.repaired, json.remaining], [2, 1]);
  assert.deepEqual(
    json.findings.map(({ kind, path, repaired }) => [kind, path, repaired]),
    [
      ['index-without-task', '/groups/g/half', true],
      ['task-leftover', '/tasks/half', true],
      ['unknown-node', '/tasks/shop/tomorrow', false],
    ],
  );
  assert.equal(await session.read('/groups/g/half'), undefined);
  await session.remove('/tasks/shop/tomorrow');
  assert.match((await doctor(0, '--repair')).out, /^all is well$/m);

  await session.set('/tasks/shop/progress', 'rubbish', -1);
  const { out } = await doctor(0, '--repair');
  assert.match(out, /finding .*\/tasks\/shop\/progress: it cannot be read: not JSON \(7 characters\)/);
  assert.match(out, /^done +remove \/tasks\/shop\/progress$/m);
  assert.match(out, /^all is well now$/m);
  assert.ok(out.indexOf('to repair it') < out.indexOf('done'), 'shown before it is done');
});

test('doctor blames no Core that stands in line, and tells a secret to nobody', async (t) => {
  const servers = `${stack.zookeeper.connectString}${newRoot()}`;
  const session = await openSession(t, servers);
  await plantHealthy(session);
  await joinAsLeader(session, 'waits_for_its_configuration');
  assert.equal((await runCli(servers, ['doctor'])).code, 0);
  await session.set('/tasks/shop', JSON.stringify({ source: { mysql: { password: 'hunter2' } } }), -1);
  const { code, out, err } = await runCli(servers, ['doctor', '--repair']);
  assert.equal(code, 5);
  assert.match(out, /\/tasks\/shop: it cannot be read/);
  assert.doesNotMatch(out + err, /hunter2/);
});
