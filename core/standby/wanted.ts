import { asFailure, type Failure } from '../../coordination/failure.js';
import { follow } from '../../coordination/follow.js';
import type { Logger } from '../../coordination/log.js';
import { paths } from '../../coordination/paths.js';
import { taskSpecSchema, type TaskSpec } from '../../coordination/schema/task-spec.js';
import { controlSchema, type Control } from '../../coordination/schema/znodes.js';
import type { Session } from '../../coordination/session.js';

/** What people want of a task now, followed through two znodes. */
export interface Wanted {
  /** `undefined` until somebody has registered the task. */
  readonly spec: TaskSpec | undefined;
  readonly control: Control;
  /** Why the configuration cannot be used, when it is there but unreadable. */
  readonly unreadable: Failure | undefined;
}

/** Follows a task's configuration and control; unreadable content is reported and changes nothing else. */
export class WantedState {
  #now: Wanted = { spec: undefined, control: controlSchema.parse({}), unreadable: undefined };
  #known = false;
  readonly #listeners = new Set<() => void>();
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  get now(): Wanted {
    return this.#now;
  }

  /** Whether both znodes were looked at once. */
  get known(): boolean {
    return this.#known;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves at the next change, or when the signal aborts. */
  async changed(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        off();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const off = this.onChange(done);
      signal.addEventListener('abort', done);
    });
  }

  async follow(session: Session, task: string, signal: AbortSignal): Promise<void> {
    let [seen, total] = [0, 2];
    const first = () => {
      if (total > 0 && ++seen === total) {
        total = 0;
        this.#known = true;
      }
    };
    const spec = follow(
      session,
      paths.task(task),
      taskSpecSchema,
      (reading) => {
        first();
        if (reading.kind === 'unreadable') {
          const failure = asFailure(reading.error);
          this.#log.error({ err: failure, place: failure.place }, 'the configuration cannot be read');
          return this.#set({ ...this.#now, unreadable: failure });
        }
        const value = reading.kind === 'present' ? reading.value : undefined;
        this.#set({ ...this.#now, spec: value, unreadable: undefined });
      },
      signal,
    );
    const control = follow(
      session,
      paths.control(task),
      controlSchema,
      (reading) => {
        first();
        if (reading.kind === 'unreadable') {
          this.#log.error(
            { err: reading.error, place: reading.error.path },
            'orders cannot be read; the last ones stay',
          );
          return this.#set(this.#now);
        }
        const value = reading.kind === 'present' ? reading.value : controlSchema.parse({});
        this.#set({ ...this.#now, control: value });
      },
      signal,
    );
    await Promise.all([spec, control]);
  }

  #set(next: Wanted): void {
    this.#now = next;
    for (const listener of [...this.#listeners]) listener();
  }
}
