import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

const KEPT = 5;

/** A new folder for the Cores' logs below the cache, which stays after the run; of earlier runs the last few are kept. */
export async function logFolder(cacheDir: string): Promise<string> {
  const all = join(cacheDir, 'demo-logs');
  await mkdir(all, { recursive: true });
  const earlier = (await readdir(all)).filter((name) => /^\d{8}T\d{6}-\d+$/.test(name)).sort();
  for (const name of earlier.slice(0, 1 - KEPT)) {
    if (!isAlive(Number(name.split('-')[1]))) await rm(join(all, name), { recursive: true, force: true });
  }
  const time = new Date().toISOString().replace(/[-:]|\..*/g, '');
  const folder = join(all, `${time}-${process.pid}`);
  await mkdir(folder, { recursive: true });
  return folder;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
