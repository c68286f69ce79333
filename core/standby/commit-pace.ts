import { asFailure, type Failure } from '../../coordination/failure.js';
import type { LastCommitWriter } from '../../coordination/last-commit.js';
import type { RunProgress } from '../pipeline/messages.js';

const PACE_MS = 1000;

/** Writes `lastCommit` about once a second while the position moves, and at the end. */
export class CommitPace {
  readonly #writer: LastCommitWriter;
  readonly #onFailure: (failure: Failure) => void;
  readonly #timer: NodeJS.Timeout;
  #latest: RunProgress | undefined;
  #written: RunProgress | undefined;
  #writing: Promise<void> | undefined;

  /** `onFailure`: the position can no longer be written, so the pipeline must not go on. */
  constructor(writer: LastCommitWriter, onFailure: (failure: Failure) => void) {
    this.#writer = writer;
    this.#onFailure = onFailure;
    this.#timer = setInterval(() => this.#tick(), PACE_MS);
  }

  /** The last position known to be durable in the sink. */
  get latest(): RunProgress | undefined {
    return this.#latest;
  }

  moved(progress: RunProgress): void {
    this.#latest = progress;
  }

  /** Writes what is not written yet. @throws Failure */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#writing;
    await this.#write();
  }

  #tick(): void {
    this.#writing ??= this.#write()
      .catch((error: unknown) => this.#onFailure(asFailure(error)))
      .finally(() => (this.#writing = undefined));
  }

  async #write(): Promise<void> {
    const latest = this.#latest;
    if (!latest || latest === this.#written) return;
    await this.#writer.commit(latest.position, latest.eventTime, { sink: latest.sink });
    this.#written = latest;
  }
}
