export interface Limits {
  /** By `performance.now()`. */
  readonly deadline: number;
  readonly signal: AbortSignal;
  /** How long the promise may still take when the signal has aborted. */
  readonly graceMs?: number;
}

/**
 * The promise's value, or 'late' when the deadline comes first.
 * @throws the promise's error, or the signal's reason when it aborts and the grace is over
 */
export async function settledWithin<T>(promise: Promise<T>, limits: Limits): Promise<T | 'late'> {
  const { deadline, signal, graceMs = 0 } = limits;
  return new Promise((resolve, reject) => {
    let grace: NodeJS.Timeout | undefined;
    const timer = setTimeout(() => end(() => resolve('late')), Math.max(0, deadline - performance.now()));
    const abort = (): void => {
      grace = setTimeout(() => end(() => reject(signal.reason as Error)), graceMs);
    };
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      clearTimeout(grace);
      signal.removeEventListener('abort', abort);
      settle();
    };
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    promise.then(
      (value) => end(() => resolve(value)),
      (error: unknown) => end(() => reject(error instanceof Error ? error : new Error(String(error)))),
    );
  });
}
