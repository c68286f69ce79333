import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { endSession } from '../coordination/end-session.js';
import type { Logger } from '../coordination/log.js';
import type { OpenSession } from '../core/core.js';

/** Tells a Core that a guard waits for it. */
const GUARDED = 'MYSQL_REPLICATOR_GUARDED';
/** Longer, and the session has run out by itself. */
const END_LIMIT_MS = 10_000;
const FORWARDED = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Whether this process is a Core's own, and not yet its guard. */
export function isGuarded(): boolean {
  return process.env[GUARDED] !== undefined && process.connected;
}

/**
 * Runs a Core as a child process and ends its ZooKeeper session when it dies without having done so itself, so that a
 * standby leads within milliseconds and not when the session expires. Only a process that is certainly dead loses its session
 * so; when the guard itself dies, the Core stops in order. Resolves to the Core's exit code.
 */
export async function guard(script: string, args: readonly string[], log: Logger): Promise<number> {
  let open: OpenSession | undefined;
  // A process group of its own: Ctrl-C reaches the Core through us, once.
  const child = spawn(process.execPath, [...process.execArgv, script, ...args], {
    env: { ...process.env, [GUARDED]: String(process.pid) },
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    detached: true,
  });
  child.on('message', (message: { session?: OpenSession }) => (open = message.session));
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of FORWARDED) process.on(signal, forward);
  try {
    const { code, signal } = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>(
      (resolve, reject) => child.once('error', reject).once('exit', (code, signal) => resolve({ code, signal })),
    );
    if (open !== undefined) {
      const ended = await endSession(open, AbortSignal.timeout(END_LIMIT_MS)).catch((error: unknown) => error);
      const how = { code, signal, session: open.credentials.id };
      if (ended instanceof Error) log.warn({ ...how, err: ended }, 'the Core has died; its session expires by itself');
      else log.warn(how, 'the Core has died; its session is ended');
    }
    return code ?? 128 + constants.signals[signal!];
  } finally {
    for (const signal of FORWARDED) process.off(signal, forward);
  }
}

/** In the Core: tells the guard which session to end, or that there is none. */
export function tellGuard(session: OpenSession | undefined): void {
  process.send?.({ session });
}

/** In the Core: aborts when the guard is gone, since nobody could stop this process any more. */
export function onGuardGone(stop: () => void): void {
  process.once('disconnect', stop);
  process.channel?.unref(); // listening keeps a process alive that has nothing else to do
}
