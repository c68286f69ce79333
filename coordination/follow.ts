import type { z } from 'zod';
import type { Session } from './session.js';
import { look, type Reading } from './znode.js';

/**
 * Follows a znode: calls the listener with what is there now and after each change, one call at a time, through reconnects,
 * and also while the path does not exist yet. Changes that come while the listener works are told as one, the last.
 * An unreadable content is told like any other; it ends nothing.
 *
 * Settles when `signal` aborts ('stopped') or the session is over ('session-over'), after the listener's last call has.
 * @throws whatever the listener throws, and CoordinationErrors other than the session's end
 */
export async function follow<S extends z.ZodType>(
  session: Session,
  path: string,
  schema: S,
  listener: (reading: Reading<z.output<S>>) => void | Promise<void>,
  signal: AbortSignal,
): Promise<'stopped' | 'session-over'> {
  const bell = newBell();
  const ring = () => bell.ring();
  const unwatch = session.watch(path, 'data', ring);
  signal.addEventListener('abort', ring);
  session.over.addEventListener('abort', ring);
  try {
    let told: string | undefined;
    while (!signal.aborted && !session.over.aborted) {
      const reading = await lookUnlessOver(session, path, schema);
      if (reading === undefined || signal.aborted) break;
      const key = identify(reading);
      // A reconnect rings too; nothing changed then.
      if (key !== told) {
        told = key;
        await listener(reading);
      }
      await bell.rung();
    }
    return signal.aborted ? 'stopped' : 'session-over';
  } finally {
    unwatch();
    signal.removeEventListener('abort', ring);
    session.over.removeEventListener('abort', ring);
  }
}

async function lookUnlessOver<S extends z.ZodType>(
  session: Session,
  path: string,
  schema: S,
): Promise<Reading<z.output<S>> | undefined> {
  try {
    return await look(session, path, schema);
  } catch (error) {
    if (session.over.aborted) return undefined;
    throw error;
  }
}

/** Which content of which node: a node deleted and made again is another one even at the same version. */
function identify(reading: Reading<unknown>): string {
  switch (reading.kind) {
    case 'absent':
      return 'absent';
    case 'present':
      return `${reading.stat.czxid}/${reading.stat.mzxid}`;
    case 'unreadable':
      return `${reading.error.stat.czxid}/${reading.error.stat.mzxid}`;
  }
}

/** A bell that remembers one ring: whoever waits after it rang does not wait. */
export interface Bell {
  ring(): void;
  /** Resolves at the next ring, or at once when it rang since the last time. */
  rung(): Promise<void>;
}

export function newBell(): Bell {
  let rang = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      rang = true;
      wake?.();
    },
    async rung() {
      if (!rang) await new Promise<void>((resolve) => (wake = resolve));
      rang = false;
      wake = undefined;
    },
  };
}
