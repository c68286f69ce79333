/** Room for a batch of 1 MiB and what its last record may be beyond. */
const LARGE = 2 ** 20 + 2 ** 16;
const SMALLEST = 4096;
/** From this size on a batch gets a large buffer. */
const BUSY = 2 ** 17;
/** One being filled, one on its way, and one for a second partition. */
const KEPT = 3;

/**
 * Buffers for record batches. Those of busy partitions are large, and taken again and again: a new one for every batch costs the time to
 * map and clear its pages, and stays until the garbage collector comes by.
 */
export class BatchBuffers {
  readonly #free: Buffer[] = [];

  /** A buffer for a batch that will probably be as large as the last one. Its bytes are anything. */
  take(likely: number): Buffer {
    if (likely < BUSY) return Buffer.allocUnsafeSlow(Math.max(likely, SMALLEST));
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(LARGE);
  }

  /** Takes back the bytes of a batch that nobody needs any more: it was acknowledged. */
  give({ buffer }: Buffer): void {
    if (buffer.byteLength === LARGE && this.#free.length < KEPT) this.#free.push(Buffer.from(buffer as ArrayBuffer));
  }
}
