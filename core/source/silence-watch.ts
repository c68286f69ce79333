/**
 * Tells when nothing has been heard for too long. Time in which we did not listen ourselves does not count: while paused, and
 * while this thread was busy, since then the other side's words wait in the socket.
 */
export class SilenceWatch {
  readonly #onSilence: () => void;
  #limitMs: number;
  #heardAt = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #paused = false;
  #stopped = false;

  constructor(limitMs: number, onSilence: () => void) {
    this.#limitMs = limitMs;
    this.#onSilence = onSilence;
    this.#schedule();
  }

  /** Called for everything heard; costs a clock reading. */
  heard(): void {
    this.#heardAt = performance.now();
  }

  /** A new limit, counted from now. */
  setLimit(limitMs: number): void {
    this.#limitMs = limitMs;
    this.heard();
    this.#schedule();
  }

  pause(): void {
    this.#paused = true;
    clearTimeout(this.#timer);
  }

  resume(): void {
    this.#paused = false;
    this.heard();
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#stopped || this.#paused) return;
    this.#timer = setTimeout(
      () => {
        this.#check();
      },
      Math.max(1, this.#heardAt + this.#limitMs - performance.now()),
    );
  }

  #check(): void {
    const heardAt = this.#heardAt;
    if (performance.now() - heardAt < this.#limitMs) {
      this.#schedule();
      return;
    }
    // Timers run before the sockets are looked at: after two turns whatever has arrived has been read.
    setImmediate(() =>
      setImmediate(() => {
        if (this.#stopped || this.#paused) return;
        if (this.#heardAt === heardAt) this.#onSilence();
        else this.#schedule();
      }),
    );
  }
}
