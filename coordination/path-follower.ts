import type { Logger } from './log.js';
import type { Session, WatchKind } from './session.js';

/**
 * Keeps reading what is watched: each path is read once its watch is set and after each change, never twice at a time. What cannot be
 * read concerns its path alone.
 */
export class PathFollower {
  readonly #session: Session;
  readonly #log: Logger;
  readonly #onRead: () => void;
  #reading = 0;
  /** Paths that are followed and were never read. */
  #unread = 0;

  /** `onRead` is called after each path that was read. */
  constructor(session: Session, log: Logger, onRead: () => void) {
    this.#session = session;
    this.#log = log;
    this.#onRead = onRead;
  }

  /** Whether everything that is known to have changed was read: what is seen belongs together. */
  get settled(): boolean {
    return this.#reading === 0 && this.#unread === 0;
  }

  /**
   * Follows a path until the function that it returns is called. With `paceMs` it is read no more often than that, and while it waits there is no
   * watch either: what changes all the time costs a known number of requests. Nothing waits for it after its first reading.
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
      if (paceMs === 0) this.#reading++;
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
        if (paceMs === 0) this.#reading--;
        wasRead();
        this.#onRead();
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
