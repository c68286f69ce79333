import { after, before, describe } from 'node:test';
import { startStack, type Stack } from '../stack/stack.js';
import { sessionContract } from '../contract/session-contract.js';
import { newRoot, openSession } from './zookeeper-fixture.js';

describe('the ZooKeeper session keeps the contract', { timeout: 60_000 }, () => {
  let stack: Stack;
  const root = newRoot();
  before(async () => {
    stack = await startStack({ zookeeper: 1 });
  });
  after(() => stack.stop());

  sessionContract((t, room) => openSession(t, `${stack.zookeeper.connectString}${root}/${room}`));
});
