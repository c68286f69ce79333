import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { spawnGuarded } from '../stack/guarded-child.js';

/** A Monitor as a process of its own. */
export class MonitorProcess {
  readonly child: ChildProcess;
  readonly lines: string[] = [];
  readonly exited: Promise<unknown>;
  #wake: (() => void)[] = [];

  constructor(servers: string, name: string, more: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
    const args = ['--name', name, '--zookeeper', servers, '--log-level', 'info', ...more];
    const { child, release } = spawnGuarded({
      command: [process.execPath, 'bin/mysql-replicator', 'monitor', ...args],
      env: { ...process.env, ...env },
      output: 'pipe',
    });
    this.child = child;
    this.exited = once(child, 'exit').finally(release);
    for (const stream of [child.stdout, child.stderr]) {
      let rest = '';
      stream!.setEncoding('utf8').on('data', (text: string) => {
        const parts = (rest + text).split('\n');
        rest = parts.pop()!;
        this.lines.push(...parts);
        for (const wake of this.#wake.splice(0)) wake();
      });
    }
  }

  /** Resolves when a log line holds this text. */
  async said(text: string, limitMs = 20_000): Promise<void> {
    const end = performance.now() + limitMs;
    while (!this.lines.some((line) => line.includes(text))) {
      const left = end - performance.now();
      if (left <= 0)
        throw new Error(`the Monitor has not said ${JSON.stringify(text)}:\n${this.lines.slice(-30).join('\n')}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  get gone(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (!this.gone) this.child.kill(signal);
    await this.exited;
  }
}
