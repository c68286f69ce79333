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

  /** Follows a path until the function that it returns is called. */
  follow(path: string, kind: WatchKind, read: () => Promise<void>): () => void {
    let reading = false;
    let again = false;
    let off = false;
    let unread = true;
    this.#unread++;
    const wasRead = (): void => {
      if (unread) this.#unread--;
      unread = false;
    };
    const onChange = async (): Promise<void> => {
      again = true;
      if (reading) return;
      reading = true;
      this.#reading++;
      try {
        while (again && !off) {
          again = false;
          await read();
        }
      } catch (error) {
        // What cannot be read concerns this path alone; the watch tells when it changes.
        if (!this.#session.over.aborted) this.#log.error({ err: error, place: path }, 'cannot be read; left as it is');
      } finally {
        reading = false;
        this.#reading--;
        wasRead();
        this.#onRead();
      }
    };
    const unwatch = this.#session.watch(path, kind, () => void onChange());
    return () => {
      off = true;
      wasRead();
      unwatch();
    };
  }
}
