import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startStack } from '../stack/stack.js';
import { killMonitors } from './kills.js';

const KILLS = 4;

test(`the acting Monitor is killed ${KILLS} times while 100 alerts fire and heal: nothing lost, nothing twice but what was under way`, async (t) => {
  const stack = await startStack({ zookeeper: 1 });
  t.after(() => stack.stop());
  const report = await killMonitors(`${stack.zookeeper.connectString}/kills`, KILLS, (line) => t.diagnostic(line));
  assert.ok(report.kills >= KILLS);
  t.diagnostic(JSON.stringify(report));
});
