import type { Position } from '../../coordination/position.js';
import { rowCount, type Change } from '../change.js';
import type { Chunk } from './source.js';

/** Where a reader puts what it has read. */
export interface ChangeQueue {
  add(change: Change, bytes: number, inside: () => Position): void;
  commit(eventTime: number): void;
  idle(eventTime: number): void;
  readonly full: boolean;
  room(): Promise<void>;
}

export interface ChunkQueueOptions {
  /** A chunk is handed out at the latest at this size, in bytes of events. */
  readonly maxChunkBytes: number;
  /** Beyond this many waiting bytes `onFull` is called, and `onRoom` when half of it is free again. */
  readonly maxQueuedBytes: number;
  readonly onFull: () => void;
  readonly onRoom: () => void;
  /** The place behind the last whole transaction; asked when a chunk is cut, since most transactions share one. */
  readonly committed: () => Position;
}

/** A chunk that only moves the position is handed out this often at most. */
const POSITION_PERIOD_MS = 1000;

/**
 * Collects changes into chunks. One reader takes what is ready as soon as it is: whole transactions, or a part of one
 * that alone fills a chunk. After `fail` it still gets everything before, and then the error.
 */
export class ChunkQueue implements ChangeQueue {
  readonly #options: ChunkQueueOptions;
  #sealed: Chunk[] = [];
  #changes: Change[] = [];
  /** Bytes and rows of `#changes`, and how much of them belongs to whole transactions. */
  #bytes = 0;
  #rows = 0;
  #whole = { changes: 0, bytes: 0, rows: 0 };
  #queuedBytes = 0;
  #full = false;
  #eventTime = 0;
  #moved = false;
  #handedOut = -Infinity;
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;
  #roomWanted: (() => void) | undefined;

  constructor(options: ChunkQueueOptions) {
    this.#options = { ...options, maxQueuedBytes: Math.max(options.maxQueuedBytes, options.maxChunkBytes) };
  }

  /** Adds an event's change. `inside` is the place behind it, for a chunk that must be cut there. */
  add(change: Change, bytes: number, inside: () => Position): void {
    this.#changes.push(change);
    this.#bytes += bytes;
    this.#rows += rowCount(change);
    this.#queuedBytes += bytes;
    if (this.#bytes >= this.#options.maxChunkBytes) {
      this.#sealWhole();
      if (this.#bytes >= this.#options.maxChunkBytes) {
        this.#eventTime = change.place.time;
        this.#whole = { changes: this.#changes.length, bytes: this.#bytes, rows: this.#rows };
        this.#seal(inside());
      }
      this.#wake?.();
    }
    if (!this.#full && this.#queuedBytes >= this.#options.maxQueuedBytes) {
      this.#full = true;
      this.#options.onFull();
    }
  }

  get full(): boolean {
    return this.#full;
  }

  /** Resolves when there is room again; one may wait. @throws what `fail` was called with */
  async room(): Promise<void> {
    while (this.#full && !this.#failure) await new Promise<void>((resolve) => (this.#roomWanted = resolve));
    if (this.#failure) throw this.#failure.error;
  }

  /** Everything added so far belongs to whole transactions, the last of them committed at `eventTime`. */
  commit(eventTime: number): void {
    this.#eventTime = eventTime;
    this.#moved = true;
    this.#whole = { changes: this.#changes.length, bytes: this.#bytes, rows: this.#rows };
    if (this.#wake && (this.#changes.length > 0 || performance.now() - this.#handedOut >= POSITION_PERIOD_MS))
      this.#wake();
  }

  /** The source is idle at `eventTime`: hands out the position if it has moved or a second has passed. */
  idle(eventTime: number): void {
    this.#eventTime = Math.max(eventTime, this.#eventTime);
    this.#moved = true;
    this.#wake?.();
  }

  fail(failure: unknown): void {
    this.#failure ??= { error: failure };
    this.#wake?.();
    this.#roomWanted?.();
  }

  /** The next chunk, as soon as there is one. @throws what `fail` was called with, or the signal's reason */
  async next(signal: AbortSignal): Promise<Chunk> {
    for (;;) {
      signal.throwIfAborted();
      const chunk = this.#take();
      if (chunk) return chunk;
      if (this.#failure) throw this.#failure.error;
      await new Promise<void>((resolve) => {
        const done = (): void => {
          this.#wake = undefined;
          signal.removeEventListener('abort', done);
          resolve();
        };
        this.#wake = done;
        signal.addEventListener('abort', done, { once: true });
      });
    }
  }

  #take(): Chunk | undefined {
    let chunk = this.#sealed.shift();
    if (!chunk) {
      this.#sealWhole();
      chunk = this.#sealed.shift() ?? this.#positionOnly();
      // Cut just now, so it ends at the newest place there is.
      if (chunk) this.#moved = false;
    }
    if (!chunk) return undefined;
    this.#handedOut = performance.now();
    this.#queuedBytes -= chunk.bytes;
    if (this.#full && this.#queuedBytes <= this.#options.maxQueuedBytes / 2) {
      this.#full = false;
      this.#options.onRoom();
      this.#roomWanted?.();
    }
    return chunk;
  }

  #positionOnly(): Chunk | undefined {
    if (!this.#moved || (!this.#failure && performance.now() - this.#handedOut < POSITION_PERIOD_MS)) return undefined;
    return { changes: [], bytes: 0, rows: 0, end: this.#options.committed(), eventTime: this.#eventTime };
  }

  /** Cuts a chunk of the whole transactions that wait, if there are any with changes. */
  #sealWhole(): void {
    if (this.#whole.changes > 0) this.#seal(this.#options.committed());
  }

  #seal(end: Position): void {
    const { changes, bytes, rows } = this.#whole;
    const rest = this.#changes.length > changes ? this.#changes.splice(changes) : [];
    this.#sealed.push({ changes: this.#changes, bytes, rows, end, eventTime: this.#eventTime });
    this.#changes = rest;
    this.#bytes -= bytes;
    this.#rows -= rows;
    this.#whole = { changes: 0, bytes: 0, rows: 0 };
  }
}
