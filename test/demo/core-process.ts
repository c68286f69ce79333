import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Writable } from 'node:stream';

/**
 * A watcher goes into the background, then the Core takes the shell's place: it is our direct child and leads a process
 * group of its own, so that Ctrl-C in the terminal reaches us alone. The watcher blocks on a pipe that only we hold open;
 * when we die, however, it asks the Core to end, and after a while kills its whole group.
 */
const GUARD = `
{ read -r word || { kill -s TERM $$; sleep 5; kill -s KILL -- -$$; }; } <&3 >/dev/null 2>&1 &
exec 3<&-
exec "$@"
`;

const STOP_LIMIT_MS = 15_000;
export const RESTART_AFTER_MS = 10_000;

export interface CorePlan {
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

/** A Core as a process, which is started again some time after it ended without being asked to. */
export class CoreProcess {
  readonly name: string;
  readonly logFile: string;
  readonly #plan: CorePlan;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #end: string | undefined;
  #restart: NodeJS.Timeout | undefined;
  #restartAt = 0;
  #stopping = false;

  constructor(plan: CorePlan) {
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
    const child = spawn('/bin/sh', ['-c', GUARD, 'guard', ...command], {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', log, log, 'pipe'],
    });
    closeSync(log);
    const guard = child.stdio[3] as Writable;
    guard.on('error', () => undefined); // the watcher may have been killed by hand: nothing to guard then
    this.#child = child;
    this.#end = undefined;
    this.#ended = new Promise((resolve) => {
      const ended = (how: string): void => {
        if (this.#end !== undefined) return;
        guard.end('done\n'); // a word before the pipe's end tells the watcher that all is in order
        this.#end = how;
        this.#startAgainLater();
        resolve();
        onChange();
      };
      child.once('exit', (code, signal) => ended(signal === null ? `ended with code ${code}` : `killed by ${signal}`));
      child.once('error', (error) => ended(error.message));
    });
    onChange();
  }

  /** Asks it to hand over and end, and waits; one that does not in time is killed. */
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
