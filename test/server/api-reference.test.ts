import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { apiReference } from '../../bin/api-reference.js';

const WRITTEN = join(import.meta.dirname, '../../../docs/api.md');

test('docs/api.md is what the routes say of themselves, those of sign-in, users, tokens and audit too', async () => {
  const made = await apiReference();
  for (const route of [
    'POST /api/v1/session',
    'GET /api/v1/users',
    'DELETE /api/v1/tokens/{token}',
    'GET /api/v1/audit',
  ])
    assert.ok(made.includes(`\`${route}\``), route);
  const mend = 'npx tsc -p tsconfig.json && node dist/bin/api-reference.js';
  assert.ok(readFileSync(WRITTEN, 'utf8') === made, `docs/api.md is not what the routes say: run ${mend}`);
});

test('every request says what it is for and who may make it', async () => {
  const rows = (await apiReference()).split('\n').filter((line) => /^\| `[A-Z]+ \//.test(line));
  assert.ok(rows.length > 40, `${rows.length} requests`);
  for (const row of rows) assert.match(row, /^\| `[A-Z]+ \S+` \| (public|viewer|operator|admin) \| [A-Z]/);
});
