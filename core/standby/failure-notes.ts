import type { Failure } from '../../coordination/failure.js';
import { appendEvent } from '../../coordination/history.js';
import type { Logger } from '../../coordination/log.js';
import type { TaskEventNode } from '../../coordination/schema/task-event.js';
import type { Phase } from '../../coordination/schema/znodes.js';
import type { Session } from '../../coordination/session.js';

/** RUNNING for so long, a task is well again. */
const WELL_MS = 10_000;
const LONGEST_TEXT = 900;

/**
 * Notes in a task's history that something failed, and that it is well again: once for each failure, however often it is tried again. People look
 * at it, nothing rests on it; so a note that fails is only logged.
 */
export class FailureNotes {
  readonly #options: { session: Session; task: string; term: number; core: string; log: Logger };
  #open: string | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(options: { session: Session; task: string; term: number; core: string; log: Logger }) {
    this.#options = options;
  }

  failed(phase: Phase, { kind, message, place }: Failure): void {
    const what = `${phase} ${kind}`;
    if (this.#open === what) return;
    this.#open = what;
    const where = place === undefined ? '' : ` (${place})`;
    this.#note({ kind: 'error', failure: kind, text: `${phase}: ${message}${where}`.slice(0, LONGEST_TEXT) });
  }

  /** Called while RUNNING. */
  runs(sinceMs: number): void {
    if (this.#open === undefined || sinceMs < WELL_MS) return;
    this.#open = undefined;
    this.#note({ kind: 'healed', text: 'runs again' });
  }

  async end(): Promise<void> {
    await this.#last;
  }

  #note(event: Pick<TaskEventNode, 'kind' | 'text' | 'failure'>): void {
    const { session, task, term, core, log } = this.#options;
    this.#last = this.#last
      .then(async () => void (await appendEvent(session, task, { ...event, at: Date.now(), core, term })))
      .catch((error: unknown) => {
        if (!session.over.aborted) log.warn({ err: error }, 'the history could not be written');
      });
  }
}
