import { mkdirSync, openSync, closeSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { spawnGuarded, type GuardedChild } from '../guarded-child.js';
import type { Body } from '../service.js';
import { tailOf } from '../log-tail.js';

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
  #guarded: GuardedChild | undefined;
  #ended: Promise<string> = Promise.resolve('not started');

  constructor(plan: GuardedProcessPlan) {
    this.#plan = plan;
  }

  async launch(extraArgs: readonly string[]): Promise<void> {
    const { cwd, env, logFile, removeAtEnd } = this.#plan;
    mkdirSync(dirname(logFile), { recursive: true });
    const log = openSync(logFile, 'a');
    const command = [...this.#plan.command, ...extraArgs];
    const guarded = spawnGuarded({ command, cwd, env, output: log, removeAtDeath: removeAtEnd });
    closeSync(log);
    this.#guarded?.release();
    this.#guarded = guarded;
    const { child } = guarded;
    this.#ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`));
      child.once('error', (error) => resolve(error.message));
    });
  }

  ended(): Promise<string> {
    return this.#ended;
  }

  alive(): boolean {
    const child = this.#guarded?.child;
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
    this.#guarded?.release();
  }

  #send(signal: NodeJS.Signals): void {
    if (this.alive()) this.#guarded?.child.kill(signal);
  }
}
