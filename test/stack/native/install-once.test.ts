import assert from 'node:assert/strict';
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { runCommand } from '../run-command.js';
import { installOnce } from './install-once.js';

test('installs asked for at the same time are built once, in one process and in several', async (t) => {
  const cacheDir = await folder(t);
  const script = `
    import { appendFileSync, writeFileSync } from 'node:fs';
    import { installOnce } from ${JSON.stringify(import.meta.resolve('./install-once.js'))};
    const cacheDir = ${JSON.stringify(cacheDir)};
    const install = () => installOnce({ cacheDir, name: 'thing', recipe: 'one', onProgress() {},
      build: async (building) => {
        appendFileSync(cacheDir + '/built', 'x');
        await new Promise((resolve) => setTimeout(resolve, 200));
        writeFileSync(building + '/content', 'complete');
      } });
    console.log((await Promise.all([install(), install()])).join());`;
  const run = (): Promise<string> => runCommand([process.execPath, '--input-type=module', '-e', script]);
  const printed = await Promise.all([run(), run(), run()]);
  const paths = new Set(printed.flatMap((text) => text.trim().split(',')));
  assert.equal(paths.size, 1);
  const [path = ''] = paths;
  assert.equal(await readFile(join(path, 'content'), 'utf8'), 'complete');
  assert.equal(await readFile(join(cacheDir, 'built'), 'utf8'), 'x');
});

test('another recipe is another folder; a build that fails leaves nothing and may be tried again', async (t) => {
  const cacheDir = await folder(t);
  const install = (recipe: string, build: (building: string) => Promise<void>): Promise<string> =>
    installOnce({ cacheDir, name: 'thing', recipe, onProgress: () => undefined, build });
  const failing = install('one', async (building) => {
    await writeFile(join(building, 'half'), '');
    throw new Error('the network is gone');
  });
  await assert.rejects(failing, /the network is gone/);
  assert.deepEqual(
    (await readdir(join(cacheDir, 'installed'))).filter((name) => !name.endsWith('.lock')),
    [],
  );
  const one = await install('one', async () => undefined);
  const two = await install('two', async () => undefined);
  assert.notEqual(one, two);
});

test('an installer killed in the middle blocks nobody, and its leftovers go', async (t) => {
  const cacheDir = await folder(t);
  const script = `
    import { installOnce } from ${JSON.stringify(import.meta.resolve('./install-once.js'))};
    await installOnce({ cacheDir: ${JSON.stringify(cacheDir)}, name: 'thing', recipe: 'one', onProgress() {},
      build: () => { console.log('building'); return new Promise((resolve) => setTimeout(resolve, 60_000)); } });`;
  const installer = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => installer.kill('SIGKILL'));
  await once(installer.stdout, 'data');
  installer.kill('SIGKILL');
  const waited = performance.now();
  const installed = await installOnce({
    cacheDir,
    name: 'thing',
    recipe: 'one',
    onProgress: () => undefined,
    build: async (building) => writeFile(join(building, 'content'), ''),
  });
  assert.ok(performance.now() - waited < 10_000);
  assert.deepEqual(await readdir(installed), ['content']);
  const others = (await readdir(join(cacheDir, 'installed'))).filter((name) => name.includes('building'));
  assert.deepEqual(others, []);
});

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'install-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}
