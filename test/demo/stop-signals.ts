import type { DemoSignals } from './demo.js';

export class Interrupted extends Error {}

/** npm passes on what the terminal has sent to all already: what comes so soon after the first is the same key. */
const SAME_KEY_MS = 500;

/** The first SIGINT, SIGTERM or SIGHUP asks for an end in order, the second for one at once. */
export function stopSignals(): DemoSignals {
  const stop = new AbortController();
  const hard = new AbortController();
  let first = 0;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (!stop.signal.aborted) {
        first = performance.now();
        stop.abort(new Interrupted(`stopped by ${name}`));
      } else if (performance.now() - first > SAME_KEY_MS) {
        hard.abort(new Interrupted(`stopped by ${name}`));
      }
    });
  }
  return { stop: stop.signal, hard: hard.signal };
}
