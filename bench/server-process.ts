import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawnGuarded } from '../test/stack/guarded-child.js';

const LINES_KEPT = 20;

/** A Server as a process of its own. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #lines: string[] = [];

  constructor(cli: string, port: number, servers: string) {
    const listen = ['--listen', `127.0.0.1:${port}`, '--zookeeper', servers];
    const command = [process.execPath, cli, 'server', ...listen, '--session-timeout', '30000'];
    const { child, release } = spawnGuarded({ command, env: process.env, output: 'pipe' });
    this.#child = child;
    this.#exited = once(child, 'exit').finally(release);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#lines.push(...text.split('\n').filter((line) => line !== ''));
        this.#lines.splice(0, this.#lines.length - LINES_KEPT);
      });
    }
  }

  /** Looks again until it holds. @throws with the last lines of the log */
  async until(holds: () => Promise<boolean>, limitMs: number): Promise<void> {
    const end = performance.now() + limitMs;
    while (!(await holds())) {
      if (this.#child.exitCode !== null || performance.now() > end) {
        throw new Error(`the Server is not ready:\n${this.#lines.join('\n')}`);
      }
      await sleep(50);
    }
  }

  async end(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGTERM');
    await this.#exited;
  }
}
