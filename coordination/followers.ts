import type { Logger } from './log.js';
import type { Session, WatchKind } from './session.js';

/**
 * Follows many paths by watches, each with a reader of its own, and knows whether all that is known to have changed was read:
 * then what was read belongs together.
 */
export class Followers {
  readonly #session: Session;
  readonly #log: Logger;
  readonly #onSettled: () => void;
  #reading = 0;
  /** Paths that are followed and were never read. */
  #unread = 0;

  /** `onSettled` is called whenever all that is known to have changed was read. */
  constructor(session: Session, log: Logger, onSettled: () => void) {
    this.#session = session;
    this.#log = log;
    this.#onSettled = onSettled;
  }

  get settled(): boolean {
    return this.#reading === 0 && this.#unread === 0;
  }

  /**
   * Reads once the watch is set and after each change, never twice at a time; with `paceMs` no more often than that, and
   * while it waits there is no watch either, so that a path that changes all the time costs a known number of requests.
   * Returns the function that ends it.
   */
  follow(path: string, kind: WatchKind, read: () => Promise<void>, paceMs = 0): () => void {
    let reading = false;
    let again = false;
    let off = false;
    let unread = true;
    let unwatch: (() => void) | undefined;
    let timer: NodeJS.Timeout | undefined;
    let last = -Infinity;
    this.#unread++;
    const wasRead = (): void => {
      if (unread) this.#unread--;
      unread = false;
    };
    const onChange = async (): Promise<void> => {
      if (off) return;
      const wait = last + paceMs - performance.now();
      if (wait > 0) {
        unwatch?.();
        unwatch = undefined;
        timer ??= setTimeout(watch, wait);
        return;
      }
      again = true;
      if (reading) return;
      reading = true;
      // What is read at a pace changes all the time: nothing waits for it after its first reading.
      const counted = paceMs === 0;
      if (counted) this.#reading++;
      try {
        while (again && !off) {
          again = false;
          last = performance.now();
          await read();
        }
      } catch (error) {
        // What cannot be read concerns this path alone; the watch tells when it changes.
        if (!this.#session.over.aborted) this.#log.error({ err: error, place: path }, 'cannot be read; left as it is');
      } finally {
        reading = false;
        if (counted) this.#reading--;
        const first = unread;
        wasRead();
        if (this.settled && (counted || first)) this.#onSettled();
      }
    };
    const watch = (): void => {
      timer = undefined;
      if (!off) unwatch = this.#session.watch(path, kind, () => void onChange());
    };
    watch();
    return () => {
      off = true;
      clearTimeout(timer);
      wasRead();
      unwatch?.();
    };
  }
}
