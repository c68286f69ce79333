import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { spawnGuarded } from '../stack/guarded-child.js';

/** When the demo dies, a process is asked to end, a Core so to hand over; it gets so long for it. */
const GRACE_SECONDS = 5;
const STOP_LIMIT_MS = 15_000;
export const RESTART_AFTER_MS = 10_000;

export interface ProcessPlan {
  readonly name: string;
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Appended to. */
  readonly logFile: string;
  /** Called at each start and each end. */
  readonly onChange: () => void;
}

/** A Core or a Server as a process, which is started again some time after it ended without being asked to. */
export class DemoProcess {
  readonly name: string;
  readonly logFile: string;
  readonly #plan: ProcessPlan;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #end: string | undefined;
  #restart: NodeJS.Timeout | undefined;
  #restartAt = 0;
  #stopping = false;

  constructor(plan: ProcessPlan) {
    this.#plan = plan;
    this.name = plan.name;
    this.logFile = plan.logFile;
  }

  /** How it ended, while it does not run. */
  get end(): string | undefined {
    return this.#end;
  }

  /** Seconds until it is started again, while it does not run; undefined when it will not be. */
  get restartsIn(): number | undefined {
    if (this.#stopping) return undefined;
    return Math.max(0, Math.ceil((this.#restartAt - performance.now()) / 1000));
  }

  start(): void {
    const { command, cwd, env, logFile, onChange } = this.#plan;
    const log = openSync(logFile, 'a');
    const { child, release } = spawnGuarded({ command, cwd, env, output: log, graceSeconds: GRACE_SECONDS });
    closeSync(log);
    this.#child = child;
    this.#end = undefined;
    this.#ended = new Promise((resolve) => {
      const ended = (how: string): void => {
        if (this.#end !== undefined) return;
        release();
        this.#end = how;
        this.#startAgainLater();
        resolve();
        onChange();
      };
      child.once('exit', (code, signal) => ended(howItEnded(code, signal)));
      child.once('error', (error) => ended(error.message));
    });
    onChange();
  }

  /** Asks it to end, a Core so to hand over, and waits; one that does not in time is killed. */
  async stop(hard: AbortSignal): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#restart);
    if (this.#end !== undefined || this.#child === undefined) return;
    const kill = (): void => void this.#child?.kill('SIGKILL');
    if (hard.aborted) kill();
    else this.#child.kill('SIGTERM');
    hard.addEventListener('abort', kill, { once: true });
    const waited = new AbortController();
    void pause(STOP_LIMIT_MS, undefined, { signal: waited.signal }).then(kill, () => undefined);
    await this.#ended;
    waited.abort();
    hard.removeEventListener('abort', kill);
  }

  #startAgainLater(): void {
    if (this.#stopping) return;
    this.#restartAt = performance.now() + RESTART_AFTER_MS;
    this.#restart = setTimeout(() => this.start(), RESTART_AFTER_MS);
  }
}

/** A Core's guard exits with 128 and the number of the signal that the Core died of. */
function howItEnded(code: number | null, signal: NodeJS.Signals | null): string {
  const died = Object.entries(constants.signals).find(([, number]) => 128 + number === code)?.[0] ?? signal;
  return died === null ? `ended with code ${code}` : `killed by ${died}`;
}
