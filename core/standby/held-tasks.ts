import { asFailure } from '../../coordination/failure.js';
import type { Held } from '../../coordination/group-claims.js';
import type { OnNode } from '../../coordination/leadership.js';
import type { Logger } from '../../coordination/log.js';
import { backoffMs } from './persistently.js';

export interface HeldOptions {
  /** Tasks that are served by name, by somebody else. */
  readonly pinned: readonly string[];
  readonly serve: (task: string, onNode: OnNode, signal: AbortSignal) => Promise<unknown>;
  readonly log: Logger;
  readonly onChange: () => void;
  /** The task's instance has led and does no more, and was not told to stop. */
  readonly onLeadEnd: (task: string, node: string) => void;
}

interface Entry {
  node: string | undefined;
  leaving: boolean;
  readonly order: number;
  readonly since: number;
  readonly stop: AbortController;
  done: Promise<void>;
}

/** Failures so far apart are no series. */
const SERIES_MS = 60_000;

/** The tasks that a Core serves by group, each by itself: what one throws makes only this one wait. Never two instances of one task. */
export class HeldTasks {
  readonly #options: HeldOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #waits = new Map<string, { failures: number; until: number }>();
  #order = 0;

  constructor(options: HeldOptions) {
    this.#options = options;
  }

  /** Instances that stay, those served by name included. */
  get load(): number {
    return this.#options.pinned.length + [...this.#entries.values()].filter(({ leaving }) => !leaving).length;
  }

  /** Whether any instance by group is there, one on its way out included. */
  get serving(): boolean {
    return this.#entries.size > 0;
  }

  get all(): ReadonlyMap<string, Held> {
    const held = new Map<string, Held>();
    for (const [task, { node, leaving, order }] of this.#entries) {
      held.set(task, { task, node, pinned: false, leaving, order });
    }
    for (const task of this.#options.pinned) {
      held.set(task, { task, node: undefined, pinned: true, leaving: false, order: 0 });
    }
    return held;
  }

  /** Whether the task failed here so lately that others shall have it first. */
  mustWait(task: string, now: number): boolean {
    return (this.#waits.get(task)?.until ?? 0) > now;
  }

  /** When the next of these waits ends. */
  waitEnds(now: number): number | undefined {
    const ends = [...this.#waits.values()].map(({ until }) => until).filter((until) => until > now);
    return ends.length === 0 ? undefined : Math.min(...ends);
  }

  /** Begins to serve a task. Resolves when its instance is gone; does not throw. */
  serve(task: string): Promise<void> {
    const { serve, log, onChange, onLeadEnd } = this.#options;
    const entry: Entry = {
      node: undefined,
      leaving: false,
      order: ++this.#order,
      since: performance.now(),
      stop: new AbortController(),
      done: Promise.resolve(),
    };
    this.#entries.set(task, entry);
    const onNode: OnNode = (node, lead) => {
      const before = entry.node;
      entry.node = node;
      if (lead === 'failed') this.#failed(task, entry);
      if (lead !== undefined && before !== undefined && !entry.leaving) onLeadEnd(task, before);
      onChange();
    };
    const work = async () => serve(task, onNode, entry.stop.signal);
    entry.done = work()
      .then(
        () => undefined,
        (error: unknown) => {
          this.#failed(task, entry);
          const failure = asFailure(error);
          log.error({ task, err: error, failure: failure.kind }, 'serving a task ended by an unexpected error');
        },
      )
      .then(() => {
        this.#entries.delete(task);
        onChange();
      });
    return entry.done;
  }

  /** Tells an instance to go in order. Resolves when it is gone; a task that is not held is gone. */
  async withdraw(task: string): Promise<void> {
    const entry = this.#entries.get(task);
    if (entry === undefined) return;
    entry.leaving = true;
    entry.stop.abort();
    await entry.done;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#entries.keys()].map((task) => this.withdraw(task)));
  }

  #failed(task: string, entry: Entry): void {
    const now = performance.now();
    const before = this.#waits.get(task);
    const series = before !== undefined && now - entry.since < SERIES_MS && now - before.until < SERIES_MS;
    const failures = (series ? before.failures : 0) + 1;
    this.#waits.set(task, { failures, until: now + backoffMs(failures) });
  }
}
