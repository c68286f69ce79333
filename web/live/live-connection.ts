import { afterLoss, afterMessage, afterSilence, emptyLiveState, STALE_MS, type LiveMessage } from './live-state.js';
import { createStore } from '../state/store.js';
import { signedOut } from '../api/request.js';

/** Everything that the live stream has told, followed by the pages. */
export const live = createStore(emptyLiveState(Date.now()));

/** The Server speaks every 5 s: two of them missed are a dead connection, whatever the browser believes. */
const SILENCE_MS = 12_000;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 10_000;

/** The Server's time now. */
export function serverNow(): number {
  return Date.now() + live.get().clockOffset;
}

/** Follows the live stream until the returned function is called. There is one stream for the whole page. */
export function followLive(): () => void {
  let source: EventSource | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let loss: ReturnType<typeof setTimeout> | undefined;
  let delay = FIRST_RETRY_MS;

  const heard = (message: LiveMessage): void => {
    delay = FIRST_RETRY_MS;
    watchForSilence();
    watchForLoss();
    live.set((state) => afterMessage(state, message, Date.now()));
  };
  const watchForLoss = (): void => {
    clearTimeout(loss);
    loss = setTimeout(() => live.set(afterLoss), STALE_MS);
  };
  const watchForSilence = (): void => {
    clearTimeout(silence);
    silence = setTimeout(again, SILENCE_MS);
  };
  const again = (): void => {
    source?.close();
    clearTimeout(silence);
    clearTimeout(retry);
    live.set((state) => (state.known ? afterSilence(state, Date.now()) : state));
    retry = setTimeout(open, delay * (0.75 + Math.random() / 2));
    delay = Math.min(delay * 2, LAST_RETRY_MS);
  };
  const open = (): void => {
    source?.close();
    source = new EventSource('/api/v1/live');
    watchForSilence();
    for (const kind of ['snapshot', 'change', 'connection', 'tick'] as const) {
      source.addEventListener(kind, (event: MessageEvent<string>) => {
        const body: unknown = JSON.parse(event.data);
        heard({ kind, body } as LiveMessage);
      });
    }
    source.addEventListener('signed-out', () => signedOut.set((count) => count + 1));
    source.onerror = () => {
      again();
      void lookWhetherSignedIn();
    };
  };
  const online = (): void => {
    delay = FIRST_RETRY_MS;
    open();
  };
  open();
  addEventListener('online', online);
  return () => {
    removeEventListener('online', online);
    source?.close();
    clearTimeout(silence);
    clearTimeout(retry);
    clearTimeout(loss);
    live.set(emptyLiveState(Date.now()));
  };
}

/** An event stream does not say why it ended; a session that is over is asked for. */
async function lookWhetherSignedIn(): Promise<void> {
  try {
    const { status } = await fetch('/api/v1/session', { credentials: 'same-origin' });
    if (status === 401) signedOut.set((count) => count + 1);
  } catch {
    // No network: the stream tries again by itself.
  }
}
