import { setTimeout as sleep } from 'node:timers/promises';
import { asFailure } from '../../coordination/failure.js';
import type { Logger } from '../../coordination/log.js';
import type { Session } from '../../coordination/session.js';

const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 60_000;

/** How long to wait before the next try after so many failures in a row (from 1), in milliseconds. */
export function backoffMs(failures: number): number {
  return Math.min(FIRST_BACKOFF_MS * 2 ** (failures - 1), LONGEST_BACKOFF_MS);
}

/**
 * Does `work` until it settles by itself, `stop` aborts or the session is over. What it throws is logged and it is begun again after a
 * while: the fault of one part of a Core ends neither the others nor the session. Does not throw.
 */
export async function persistently(
  session: Session,
  log: Logger,
  work: () => Promise<unknown>,
  stop: AbortSignal,
): Promise<void> {
  const ended = AbortSignal.any([stop, session.over]);
  for (let failures = 1; !ended.aborted; failures++) {
    const began = performance.now();
    try {
      await work();
      return;
    } catch (error) {
      if (ended.aborted) return;
      if (performance.now() - began > LONGEST_BACKOFF_MS) failures = 1;
      const failure = asFailure(error);
      const wait = backoffMs(failures);
      log.error({ err: error, failure: failure.kind, backoffMs: wait }, 'ended by an unexpected error; begins again');
      await sleep(wait, undefined, { signal: ended }).catch(() => undefined);
    }
  }
}
