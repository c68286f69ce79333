import { closeSync, ftruncateSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readStackEnvironment } from '../stack/environment.js';
import { installOnce } from '../stack/native/install-once.js';
import { hasCommand, runCommand } from '../stack/run-command.js';

/** Read from the sources: the compiler copies no C. */
const SOURCE = fileURLToPath(new URL('../../../test/chaos/clock.c', import.meta.url));
const LIBRARY = 'clock.so';

/** The library that gives a process a clock of its own, compiled once; undefined where that cannot be done. */
export async function clockLibrary(): Promise<string | undefined> {
  if (process.platform !== 'linux' || !(await hasCommand('cc'))) return undefined;
  const folder = await installOnce({
    cacheDir: readStackEnvironment().cacheDir,
    name: 'chaos-clock',
    recipe: readFileSync(SOURCE, 'utf8') + process.arch,
    onProgress: () => undefined,
    build: async (building) => {
      await runCommand(['cc', '-O2', '-shared', '-fPIC', '-o', join(building, LIBRARY), SOURCE, '-ldl']);
    },
  });
  return join(folder, LIBRARY);
}

/** The time of day of one machine: it starts right, and jumps when told to. Monotonic clocks are not touched. */
export class CoreClock {
  /** With these a process, and all that it starts, lives by this clock. */
  readonly env: NodeJS.ProcessEnv;
  readonly #file: string;
  readonly #offset: number;

  constructor(library: string, file: string) {
    this.#file = file;
    this.#offset = openSync(file, 'w');
    ftruncateSync(this.#offset, 8);
    this.env = { LD_PRELOAD: library, CHAOS_CLOCK: file };
  }

  /** Makes it wrong by so many milliseconds from now on; 0 makes it right. */
  wrongBy(ms: number): void {
    const nanos = new BigInt64Array([BigInt(Math.round(ms)) * 1_000_000n]);
    writeSync(this.#offset, nanos, 0, 8, 0);
  }

  close(): void {
    closeSync(this.#offset);
    rmSync(this.#file, { force: true });
  }
}
