import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const HOUR_MS = 3_600_000;

/** A private folder for one stack's data, below the cache: `stacks/<process>-<random>`. */
export async function privateFolder(cacheDir: string): Promise<string> {
  const stacks = join(cacheDir, 'stacks');
  await mkdir(stacks, { recursive: true });
  await sweep(stacks);
  return mkdtemp(join(stacks, `${process.pid}-`));
}

/**
 * Removes what stacks left: their owner gone, and an hour old, so that a process that is not seen from here (another container with
 * the same cache) keeps its data. That is all of a stack whose machine went down, and the logs of one in containers whose
 * owner was killed; any other cleans up after itself.
 */
async function sweep(stacks: string): Promise<void> {
  for (const entry of await readdir(stacks)) {
    const folder = join(stacks, entry);
    const age =
      Date.now() -
      (await stat(folder).then(
        (info) => info.mtimeMs,
        () => Date.now(),
      ));
    if (age > HOUR_MS && !isAlive(Number.parseInt(entry, 10))) await rm(folder, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
