import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startStack } from './stack.js';

test('three ZooKeeper servers elect a new leader when theirs is killed, and take it back as a follower', async (t) => {
  const stack = await startStack({ zookeeper: 3 });
  t.after(() => stack.stop());
  const { zookeeper } = stack;
  const old = await zookeeper.leader();
  await old.kill();
  const next = await zookeeper.leader();
  assert.notEqual(next.id, old.id);
  await old.start();
  assert.equal(await old.mode(), 'follower');
  assert.equal((await zookeeper.leader()).id, next.id);

  await t.test('two of three gone: the last one serves no more', async () => {
    const last = zookeeper.servers.find((server) => server !== old && server !== next);
    assert.ok(last);
    await Promise.all([old.kill(), next.kill()]);
    await assert.rejects(zookeeper.leader(1_000), /No ZooKeeper server leads/);
    assert.equal(await last.mode(), undefined);
    await Promise.all([old.start(), next.start()]);
    assert.ok(await zookeeper.leader());
  });

  await t.test('sessions from 2 s to 60 s may be negotiated', async () => {
    const conf = await next.ask('conf');
    assert.match(conf, /^minSessionTimeout=2000$/m);
    assert.match(conf, /^maxSessionTimeout=60000$/m);
  });
});
