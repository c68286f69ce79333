/**
 * The moment until which this process's ZooKeeper session certainly lives, shared between threads.
 *
 * The session writes it after each answered heartbeat, counted from the moment of *sending*, so that slow answers shorten it; how
 * much of the session timeout may be counted is reasoned in zookeeper-session.ts. Whoever is about to write durably looks
 * at it first. The clock is the machine's monotonic one (`process.hrtime`), the same in every thread and blind to clock
 * jumps.
 */
export class Lease {
  readonly buffer: SharedArrayBuffer;
  readonly #until: BigInt64Array;

  /** `buffer` comes from the thread that made the lease; without it a new one is made that has already ended. */
  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(8)) {
    this.buffer = buffer;
    this.#until = new BigInt64Array(buffer);
  }

  /** Extends the lease to a moment in nanoseconds of `process.hrtime`; never shortens it. */
  renew(until: bigint): void {
    if (until > Atomics.load(this.#until, 0)) Atomics.store(this.#until, 0, until);
  }

  /** Ends it at once: the session is over or given up. */
  end(): void {
    Atomics.store(this.#until, 0, 0n);
  }

  /** Milliseconds left; negative when it is over. */
  leftMs(): number {
    return Number(Atomics.load(this.#until, 0) - process.hrtime.bigint()) / 1e6;
  }

  /** Whether something that takes up to `marginMs` more may still be begun. */
  holds(marginMs = 0): boolean {
    return this.leftMs() > marginMs;
  }
}
