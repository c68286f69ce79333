import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { corePid } from '../test/stack/core-pid.js';
import { spawnGuarded } from '../test/stack/guarded-child.js';

/** Linux's USER_HZ, the unit of the times in /proc/PID/stat. */
const TICKS_PER_SECOND = 100;
const LINES_KEPT = 20;

/** A Core as a process of its own, and what it costs. */
export class CoreProcess {
  readonly name: string;
  readonly child: ChildProcess;
  readonly exited: Promise<unknown>;
  /** The last lines of its log. */
  readonly lines: string[] = [];
  /** How often it has said that it is connected to a task's source and sink. */
  warmed = 0;

  constructor(name: string, cli: string, args: readonly string[], password: string) {
    const { child, release } = spawnGuarded({
      command: [process.execPath, cli, 'core', ...args],
      env: { ...process.env, SOURCE_PASSWORD: password },
      output: 'pipe',
    });
    this.name = name;
    this.child = child;
    this.exited = once(child, 'exit').finally(release);
    for (const stream of [this.child.stdout, this.child.stderr]) {
      createInterface({ input: stream! }).on('line', (line) => {
        if (line.includes('warm: connected')) this.warmed++;
        this.lines.push(line);
        this.lines.splice(0, this.lines.length - LINES_KEPT);
      });
    }
  }

  get #pid(): number {
    return corePid(this.child) ?? this.child.pid!;
  }

  /** Sends a signal to the Core itself, not to its guard. */
  kill(signal: NodeJS.Signals): void {
    process.kill(this.#pid, signal);
  }

  /** As when the machine dies: nobody is left to end the session. */
  die(): void {
    const core = this.#pid;
    this.child.kill('SIGSTOP');
    process.kill(core, 'SIGKILL');
    this.child.kill('SIGKILL');
  }

  get gone(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** User and system time of all its threads so far, in seconds. */
  async cpuSeconds(): Promise<number> {
    const stat = await readFile(`/proc/${this.#pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name before may hold blanks
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }

  /** The most memory it ever had resident (VmHWM), in MB of 10^6 bytes. */
  async peakMegabytes(): Promise<number> {
    const status = await readFile(`/proc/${this.#pid}/status`, 'utf8');
    return (Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) * 1024) / 1e6;
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    if (!this.gone) this.kill(signal);
    await this.exited;
  }
}
