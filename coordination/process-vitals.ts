import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { CoreHealth } from './schema/znodes.js';

const NANOSECONDS = 1e6;
const RESOLUTION_MS = 10;

/** Measures this process: memory, and how late its event loop is. */
export class ProcessVitals {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #limit = memoryLimit();

  constructor() {
    this.#delay.enable();
  }

  /** How it is, the event loop since the last call. */
  measure(): Omit<CoreHealth, 'core' | 'at'> {
    const delayMs = this.#delay.percentile(99) / NANOSECONDS - RESOLUTION_MS;
    this.#delay.reset();
    return {
      rssBytes: process.memoryUsage.rss(),
      memoryLimitBytes: this.#limit,
      eventLoopDelayMs: Number.isFinite(delayMs) ? Math.max(0, delayMs) : 0,
    };
  }

  close(): void {
    this.#delay.disable();
  }
}

/** What the container may have, else the machine. */
function memoryLimit(): number {
  for (const path of ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes']) {
    try {
      const limit = Number(readFileSync(path, 'utf8').trim());
      // Without a limit it says `max`, or a number beyond all memory.
      if (Number.isFinite(limit) && limit > 0 && limit < totalmem()) return limit;
    } catch {
      continue; // another version of control groups, or none
    }
  }
  return totalmem();
}
