import type { Logger } from '../coordination/log.js';

/** A signal that aborts when the process is told to end; the second time ends it at once. `off` stops listening. */
export function stopSignal(log: Logger): { readonly signal: AbortSignal; readonly off: () => void } {
  const stop = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stop.signal.aborted) process.exit(130);
    log.info({ signal }, 'stopping in order; a second signal ends at once');
    stop.abort(new Error(`ended by ${signal}`));
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  return { signal: stop.signal, off: () => void process.off('SIGTERM', onSignal).off('SIGINT', onSignal) };
}
