import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { COLUMN_TYPES, metadataBytes } from '../../../core/source/column-types.js';
import { typesReference } from '../../../core/source/types-reference.js';
import { valueReader } from '../../../core/source/value-reader.js';

test('docs/types.md is what the table of types says', () => {
  assert.equal(readFileSync(new URL('../../../../docs/types.md', import.meta.url), 'utf8'), typesReference());
});

test('every type of the table can be read, and no code stands in it twice', () => {
  const codes = COLUMN_TYPES.flatMap((type) => type.codes);
  assert.equal(new Set(codes).size, codes.length);
  for (let code = 0; code < 256; code++) {
    const reader = valueReader({ type: code, metadata: [4, 2], unsigned: false, charset: 'utf8mb4', members: ['a'] });
    assert.equal(reader !== undefined, codes.includes(code), `type ${code}`);
    assert.ok(!codes.includes(code) || metadataBytes(code) !== undefined);
  }
});
