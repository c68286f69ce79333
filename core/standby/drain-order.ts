import { follow } from '../../coordination/follow.js';
import type { Logger } from '../../coordination/log.js';
import { paths, znodeName } from '../../coordination/paths.js';
import { drainSchema } from '../../coordination/schema/drain.js';
import type { Session } from '../../coordination/session.js';

/** Whether an operator has ordered this Core to give its tasks up, followed in the tree. One that cannot be read is one. */
export class DrainOrder {
  readonly #listeners = new Set<() => void>();
  #ordered = false;

  get ordered(): boolean {
    return this.#ordered;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Settles when the signal aborts or the session is over. @throws CoordinationError */
  async follow(session: Session, core: string, log: Logger, signal: AbortSignal): Promise<void> {
    await follow(
      session,
      paths.drain(znodeName(core)),
      drainSchema,
      (reading) => {
        const ordered = reading.kind !== 'absent';
        if (ordered === this.#ordered) return;
        this.#ordered = ordered;
        const who = reading.kind === 'present' ? reading.value.who : undefined;
        log.info({ ...(who !== undefined && { who }) }, ordered ? 'is being drained' : 'the drain is called off');
        for (const listener of [...this.#listeners]) listener();
      },
      signal,
    );
  }
}
