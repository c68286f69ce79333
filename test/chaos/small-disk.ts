import { closeSync, ftruncateSync, mkdtempSync, openSync, readSync, rmdirSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../stack/run-command.js';

const SIZE = 8 * 2 ** 20;
const FOLLOW_MS = 100;

/** Whether this process may make file systems. */
export function canMakeDisks(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0;
}

/**
 * A small file system for one Core's log. It is unmounted as soon as its files are open: it lives exactly as long as somebody has
 * them open, and nothing is left behind, however this process ends.
 */
export class SmallDisk {
  /** Where the Core writes its log. */
  readonly log: number;
  readonly #filler: number;
  readonly #lines: string[];
  readonly #following: NodeJS.Timeout;
  #read = 0;
  #rest = '';

  private constructor(log: number, filler: number, lines: string[]) {
    this.log = log;
    this.#filler = filler;
    this.#lines = lines;
    this.#following = setInterval(() => this.#follow(), FOLLOW_MS);
  }

  /** @param lines gets the lines of the log as they come */
  static async make(lines: string[]): Promise<SmallDisk> {
    const folder = mkdtempSync(join(tmpdir(), 'chaos-disk-'));
    await runCommand(['mount', '-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', folder]);
    try {
      return new SmallDisk(openSync(join(folder, 'log'), 'a+'), openSync(join(folder, 'filler'), 'w'), lines);
    } finally {
      await runCommand(['umount', '--lazy', folder]);
      rmdirSync(folder);
    }
  }

  /** Fills it to its last byte. */
  fill(): void {
    const much = Buffer.alloc(2 ** 16);
    try {
      for (;;) writeSync(this.#filler, much);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }

  /** There is room again. */
  free(): void {
    ftruncateSync(this.#filler, 0);
  }

  close(): void {
    clearInterval(this.#following);
    this.#follow();
    closeSync(this.log);
    closeSync(this.#filler);
  }

  #follow(): void {
    const bytes = Buffer.alloc(2 ** 16);
    for (let length = 1; length > 0;) {
      length = readSync(this.log, bytes, 0, bytes.length, this.#read);
      this.#read += length;
      const parts = (this.#rest + bytes.toString('utf8', 0, length)).split('\n');
      this.#rest = parts.pop()!;
      this.#lines.push(...parts);
    }
  }
}
