import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const DIST = fileURLToPath(new URL('../../../web/dist/', import.meta.url));
const LIMIT = 350_000;

interface Chunk {
  readonly file: string;
  readonly isEntry?: boolean;
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
}

async function manifest(): Promise<Readonly<Record<string, Chunk>>> {
  return JSON.parse(await readFile(join(DIST, 'manifest.json'), 'utf8')) as Record<string, Chunk>;
}

/** A chunk and everything it imports before it runs. */
function withImports(chunks: Readonly<Record<string, Chunk>>, start: readonly string[]): Set<string> {
  const found = new Set<string>();
  const queue = [...start];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    queue.push(...(chunks[name]?.imports ?? []));
  }
  return found;
}

async function compressed(chunks: Readonly<Record<string, Chunk>>, names: Iterable<string>): Promise<number> {
  const sizes = await Promise.all(
    [...names].map(async (name) => gzipSync(await readFile(join(DIST, chunks[name]!.file))).length),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

test('the first load is below 350 KB of compressed script, whichever page it is', async (t) => {
  const chunks = await manifest();
  const entry = Object.keys(chunks).find((name) => chunks[name]!.isEntry === true)!;
  const pages = chunks[entry]!.dynamicImports ?? [];
  assert.ok(pages.length > 8, 'the pages are loaded one by one');
  for (const page of pages) {
    const size = await compressed(chunks, withImports(chunks, [entry, page]));
    t.diagnostic(`${page}: ${size} bytes`);
    assert.ok(size < LIMIT, `${page} needs ${size} bytes`);
  }
});

test('the page itself holds no script and names no other host', async () => {
  const html = await readFile(join(DIST, 'index.html'), 'utf8');
  assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)/);
  assert.doesNotMatch(html, /https?:\/\//);
  assert.doesNotMatch(html, /\son\w+=/);
});
