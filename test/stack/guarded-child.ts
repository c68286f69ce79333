import { spawn, type ChildProcess } from 'node:child_process';
import { openSync, readdirSync } from 'node:fs';
import type { Writable } from 'node:stream';

/**
 * A watcher goes into the background, then the program takes the shell's place: it is our direct child, leads its own process
 * group (so Ctrl-C in a terminal does not reach it), and the watcher blocks on a pipe that only we hold open. When we die,
 * however, the pipe ends without a word: the watcher ends the program, at once or after $2 seconds of grace, and removes
 * its folder ($1, if any). The watcher stays in the program's group as long as that takes, so the number $$ cannot be given
 * to anyone else.
 */
const GUARD = `
folder=$1; grace=$2; shift 2
{
  read -r word || {
    if [ "$grace" -gt 0 ]; then kill -s TERM $$; sleep "$grace"; fi
    kill -s KILL $$
    i=0; while kill -s 0 $$ && [ $i -lt 50 ]; do sleep 0.1; i=$((i+1)); done
    if [ -n "$folder" ]; then rm -rf -- "$folder"; rmdir -- "\${folder%/*}"; fi
  } 2>/dev/null
} <&3 >/dev/null &
exec 3<&-
exec "$@"
`;

export interface GuardedChildPlan {
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly cwd?: string;
  readonly env: NodeJS.ProcessEnv;
  /** Where standard output and standard error go: a file that is open, or pipes to read. */
  readonly output: number | 'pipe';
  /** Removed when we die. */
  readonly removeAtDeath?: string | undefined;
  /** Seconds between SIGTERM and SIGKILL when we die; 0 kills at once. */
  readonly graceSeconds?: number;
}

export interface GuardedChild {
  readonly child: ChildProcess;
  /** Tells the watcher that all is in order; to be called when the program has ended. */
  readonly release: () => void;
}

let nothing: number | undefined;

/**
 * Starts a program that cannot outlive us, not even when we are killed with SIGKILL. It inherits no descriptor besides its own:
 * the `zookeeper` package opens its sockets inheritable, and a child that keeps one open leaves a dead entry in our epoll
 * set, by which every later socket of that number is mistaken for ready.
 */
export function spawnGuarded(plan: GuardedChildPlan): GuardedChild {
  const { command, cwd, env, output, removeAtDeath = '', graceSeconds = 0 } = plan;
  nothing ??= openSync('/dev/null', 'r+');
  const highest = Math.max(...readdirSync('/dev/fd').map(Number));
  const covered = Array.from({ length: Math.max(0, highest - 3) }, () => nothing);
  const child = spawn('/bin/sh', ['-c', GUARD, 'guard', removeAtDeath, String(graceSeconds), ...command], {
    ...(cwd !== undefined && { cwd }),
    env,
    detached: true,
    stdio: ['ignore', output, output, 'pipe', ...covered],
  });
  const guard = child.stdio[3] as Writable;
  guard.on('error', () => undefined); // the watcher may have been killed by hand: nothing to guard then
  return { child, release: () => void guard.end('done\n') };
}
