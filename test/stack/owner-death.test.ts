import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

interface Told {
  readonly way: 'native' | 'engine';
  readonly dataDir: string;
  readonly ports: readonly number[];
}

test('a stack whose owner is killed leaves no server, no process and no data behind', async (t) => {
  const { owner, told } = await startOwner(t.signal);
  const native = told.way === 'native';
  assert.deepEqual(await Promise.all(told.ports.map(isOpen)), [true, true, true]);
  if (native) assert.ok((await processesOf(told)).length >= told.ports.length);
  owner.kill('SIGKILL');
  await until(async () => !(await Promise.all(told.ports.map(isOpen))).includes(true), 20_000);
  // An engine's data go with the containers; a local process's watcher removes the data after it killed the process.
  if (native) await until(async () => (await processesOf(told)).length === 0 && !existsSync(told.dataDir), 10_000);
});

test('Ctrl-C in a terminal reaches the owner and not its servers', async (t) => {
  const { owner, told } = await startOwner(t.signal);
  t.after(() => owner.kill('SIGKILL'));
  if (told.way === 'engine') return t.skip('containers belong to the engine');
  const groups = await Promise.all((await processesOf(told)).map(groupOf));
  assert.ok(groups.length >= told.ports.length);
  assert.ok(!groups.includes(await groupOf(process.pid)));
});

async function startOwner(signal: AbortSignal): Promise<{ owner: ChildProcess; told: Told }> {
  const owner = spawn(process.execPath, [join(import.meta.dirname, 'owner.js')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    signal,
    killSignal: 'SIGKILL',
  });
  owner.on('error', () => undefined); // the abort; the test has failed by then
  const [line] = (await once(createInterface(owner.stdout), 'line')) as [string];
  return { owner, told: JSON.parse(line) as Told };
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('connect', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

/** Every process that names the stack's folder in its command line. */
async function processesOf({ dataDir }: Told): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = pids.map(async (pid) => {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return command.includes(basename(dataDir)) ? [Number(pid)] : [];
  });
  return (await Promise.all(found)).flat();
}

async function groupOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
}

/** A process that is not our child, and a folder, send no event: they are looked at until the limit. */
async function until(holds: () => Promise<boolean>, limitMs: number): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await holds())) {
    assert.ok(performance.now() < deadline, `not so after ${limitMs} ms`);
    await pause(20);
  }
}
