import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface Install {
  readonly cacheDir: string;
  /** The installed folder's name begins with it: `mysql-9`. */
  readonly name: string;
  /** All that decides what is built. Another recipe is another folder, so an old cache never serves a new recipe. */
  readonly recipe: string;
  readonly onProgress: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** Builds into an empty temporary folder of the same file system; that is moved into place once complete. */
  readonly build: (folder: string) => Promise<void>;
}

const underWay = new Map<string, Promise<string>>();

/** The folder of an install: built at most once on this machine, by one process, and there either completely or not at all. */
export async function installOnce(install: Install): Promise<string> {
  const fingerprint = createHash('sha256').update(install.recipe).digest('hex').slice(0, 10);
  const folder = join(install.cacheDir, 'installed', `${install.name}-${fingerprint}`);
  if (existsSync(folder)) return folder;
  const running = underWay.get(folder) ?? installInto(folder, install).finally(() => underWay.delete(folder));
  underWay.set(folder, running);
  return running;
}

async function installInto(folder: string, { name, build, onProgress, signal }: Install): Promise<string> {
  await mkdir(dirname(folder), { recursive: true });
  const release = await lockFile(`${folder}.lock`, () => onProgress(`${name}: another process installs it; waiting`));
  try {
    signal?.throwIfAborted();
    if (existsSync(folder)) return folder;
    await removeLeftovers(folder);
    const building = `${folder}.building-${process.pid}`;
    await mkdir(building);
    try {
      await build(building);
      await rename(building, folder);
    } catch (error) {
      await rm(building, { recursive: true, force: true });
      throw error;
    }
    return folder;
  } finally {
    await release();
  }
}

/** What a killed install left behind; only the holder of the lock may call it. */
async function removeLeftovers(folder: string): Promise<void> {
  const parent = dirname(folder);
  for (const entry of await readdir(parent)) {
    const path = join(parent, entry);
    if (path.startsWith(`${folder}.building-`)) await rm(path, { recursive: true, force: true });
  }
}

/**
 * An exclusive lock held by a flock(1) child that reads a pipe from us: it goes when we release it and also when we die,
 * however that happens, so it can never be stale.
 */
async function lockFile(file: string, onWait: () => void): Promise<() => Promise<void>> {
  const child = spawn('flock', ['-x', file, '/bin/sh', '-c', 'echo held; read -r word'], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close').catch((error: unknown) => error);
  const waiting = setTimeout(onWait, 500);
  const first = await Promise.race([once(child.stdout, 'data'), ended]);
  clearTimeout(waiting);
  if (first instanceof Error || child.exitCode !== null) {
    throw new Error(`flock (of util-linux) is needed to install into ${dirname(file)}.`, { cause: first });
  }
  return async () => {
    child.stdin.end();
    await ended;
  };
}
