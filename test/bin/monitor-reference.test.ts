import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { withRules } from '../../bin/monitor-reference.js';
import { parseMonitorFile } from '../../coordination/monitor-file.js';

const text = readFileSync(new URL('../../../docs/monitor.md', import.meta.url), 'utf8');

test('the table of rules in docs/monitor.md is the rules’ own', () => {
  assert.equal(withRules(text), text);
});

test('the file that docs/monitor.md shows is one', () => {
  const [, example = ''] = /```yaml\n([^]*?)```/.exec(text) ?? [];
  assert.ok(parseMonitorFile(example, 'docs/monitor.md').channels.length > 3);
});
