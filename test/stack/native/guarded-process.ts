import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, openSync, closeSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import type { Body } from '../service.js';
import { tailOf } from '../log-tail.js';

/**
 * A watcher goes into the background, then the server takes the shell's place: the server is our direct child, leads its
 * own process group (so Ctrl-C in a terminal does not reach it), and the watcher blocks on a pipe that only we hold open.
 * When we die, however, the pipe ends without a word: the watcher kills the server and removes its folder ($1, if any).
 * The watcher stays in the server's group as long as there are data to remove, so the number $$ cannot be given to anyone else.
 */
const GUARD = `
folder=$1; shift
{
  read -r word || {
    kill -s KILL $$
    i=0; while kill -s 0 $$ && [ $i -lt 50 ]; do sleep 0.1; i=$((i+1)); done
    if [ -n "$folder" ]; then rm -rf -- "$folder"; rmdir -- "\${folder%/*}"; fi
  } 2>/dev/null
} <&3 >/dev/null &
exec 3<&-
exec "$@"
`;

export interface GuardedProcessPlan {
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
  /** Removed when the process is disposed of, or when its owner dies; undefined keeps everything. */
  readonly removeAtEnd?: string | undefined;
}

/** A server as a local process that cannot outlive its owner, not even one that is killed with SIGKILL. */
export class GuardedProcess implements Body {
  readonly #plan: GuardedProcessPlan;
  #child: ChildProcess | undefined;
  #guard: Writable | undefined;
  #ended: Promise<string> = Promise.resolve('not started');

  constructor(plan: GuardedProcessPlan) {
    this.#plan = plan;
  }

  async launch(extraArgs: readonly string[]): Promise<void> {
    const { command, cwd, env, logFile, removeAtEnd } = this.#plan;
    mkdirSync(dirname(logFile), { recursive: true });
    const log = openSync(logFile, 'a');
    const child = spawn('/bin/sh', ['-c', GUARD, 'guard', removeAtEnd ?? '', ...command, ...extraArgs], {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', log, log, 'pipe'],
    });
    closeSync(log);
    const guard = child.stdio[3] as Writable;
    guard.on('error', () => undefined); // the watcher may have been killed by hand: nothing to guard then
    this.#release();
    this.#guard = guard;
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`));
      child.once('error', (error) => resolve(error.message));
    });
  }

  ended(): Promise<string> {
    return this.#ended;
  }

  alive(): boolean {
    const child = this.#child;
    return child?.pid !== undefined && child.exitCode === null && child.signalCode === null;
  }

  terminate = async (): Promise<void> => this.#send('SIGTERM');
  kill = async (): Promise<void> => this.#send('SIGKILL');
  freeze = async (): Promise<void> => this.#send('SIGSTOP');
  thaw = async (): Promise<void> => this.#send('SIGCONT');

  logTail(): Promise<string> {
    return tailOf(this.#plan.logFile);
  }

  async dispose(): Promise<void> {
    if (this.#plan.removeAtEnd !== undefined) rmSync(this.#plan.removeAtEnd, { recursive: true, force: true });
    this.#release();
  }

  #send(signal: NodeJS.Signals): void {
    if (this.alive()) this.#child?.kill(signal);
  }

  /** A word before the pipe's end tells the watcher that all is in order. */
  #release(): void {
    this.#guard?.end('done\n');
    this.#guard = undefined;
  }
}
