import type { WatchKind } from './session.js';

interface Entry {
  readonly path: string;
  readonly kind: WatchKind;
  readonly listeners: Set<() => void>;
  arming: boolean;
  again: boolean;
}

/**
 * Who wants to know of which path. ZooKeeper's watches fire once and belong to one connection; here they stay.
 *
 * Listeners are called only after the watch is armed again, so that whatever changes after the listener's next reading
 * is told. The same holds for a new watch: its first call comes as soon as it is armed, since something may have changed
 * between the caller's reading and that moment.
 */
export class SessionWatches {
  readonly #entries = new Map<string, Entry>();
  /** Arms the one-shot watch at the server; false when that could not be done now (there is no connection). */
  readonly #arm: (path: string, kind: WatchKind) => Promise<boolean>;

  constructor(arm: (path: string, kind: WatchKind) => Promise<boolean>) {
    this.#arm = arm;
  }

  add(path: string, kind: WatchKind, listener: () => void): () => void {
    const key = `${kind} ${path}`;
    const entry = this.#entries.get(key) ?? { path, kind, listeners: new Set(), arming: false, again: false };
    this.#entries.set(key, entry);
    // The same function may be given twice; each registration is disposed by itself.
    const own = () => listener();
    entry.listeners.add(own);
    void this.#rearm(entry);
    return () => {
      entry.listeners.delete(own);
      if (entry.listeners.size === 0 && this.#entries.get(key) === entry) this.#entries.delete(key);
    };
  }

  /** Something happened at a path. */
  changed(path: string): void {
    for (const kind of ['data', 'children'] as const) {
      const entry = this.#entries.get(`${kind} ${path}`);
      if (entry !== undefined) void this.#rearm(entry);
    }
  }

  /** A new connection knows no watches, and anything may have changed before it. */
  reconnected(): void {
    for (const entry of this.#entries.values()) void this.#rearm(entry);
  }

  clear(): void {
    this.#entries.clear();
  }

  async #rearm(entry: Entry): Promise<void> {
    entry.again = true;
    if (entry.arming) return;
    entry.arming = true;
    while (entry.again && entry.listeners.size > 0) {
      entry.again = false;
      if (await this.#arm(entry.path, entry.kind)) for (const listener of entry.listeners) listener();
    }
    entry.arming = false;
  }
}
