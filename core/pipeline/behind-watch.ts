import type { Position } from '../../coordination/position.js';
import type { Behind } from './messages.js';

const TICK_MS = 2_000;
/** While nothing is delivered, or only what belongs to other tasks, it is asked less often. */
const QUIET_MS = 10_000;
const IDLE_MS = 60_000;

export interface BehindOptions {
  /** Bytes of the source's log behind a position; undefined where they cannot be told. */
  readonly ask: (position: Position) => Promise<number | undefined>;
  readonly report: (behind: Behind) => void;
}

/**
 * Knows how much of the source's log a run has not delivered yet, by asking now and then: every 2 s while rows flow, once a minute while
 * nothing happens. What fails is asked again; nothing rests on it.
 */
export class BehindWatch {
  readonly #options: BehindOptions;
  readonly #timer: NodeJS.Timeout;
  #position: Position;
  #asked: { position: Position; at: number; bytes: number | undefined } | undefined;
  #rowsAt = Date.now();
  #rowsSince = true;
  #idle = false;
  #asking = false;

  constructor(from: Position, options: BehindOptions) {
    this.#position = from;
    this.#options = options;
    this.#timer = setInterval(() => void this.#tick(), TICK_MS);
  }

  delivered(position: Position, rows: number): void {
    this.#position = position;
    if (rows === 0) return;
    this.#rowsAt = Date.now();
    this.#rowsSince = true;
    if (!this.#idle) return;
    this.#idle = false;
    this.#options.report({ bytes: this.#asked?.bytes ?? 0 });
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #tick(): Promise<void> {
    if (this.#asking || !this.#isDue(Date.now())) return;
    this.#asking = true;
    this.#rowsSince = false;
    const position = this.#position;
    try {
      const bytes = await this.#options.ask(position);
      this.#asked = { position, at: Date.now(), bytes };
      if (bytes === undefined) return;
      // Rows that came meanwhile say that it was not idle.
      this.#idle = bytes === 0 && !this.#rowsSince;
      this.#options.report({ bytes, ...(this.#idle && { idleSince: this.#rowsAt }) });
    } catch {
      // A source that cannot be asked is the pipeline's own trouble.
      this.#asked = { position, at: Date.now(), bytes: undefined };
    } finally {
      this.#asking = false;
    }
  }

  #isDue(now: number): boolean {
    if (this.#asked === undefined || this.#rowsSince) return true;
    const past = now - this.#asked.at;
    const quiet = this.#asked.position !== this.#position || this.#asked.bytes !== 0;
    return past >= (quiet ? QUIET_MS : IDLE_MS);
  }
}
