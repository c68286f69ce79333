import type { ServerResponse } from 'node:http';

/** One `text/event-stream` frame. */
export function sseFrame(event: string, data: unknown): Buffer {
  return Buffer.from(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

/** Whoever has not read for so long is gone, whatever its connection says. */
const PATIENCE_MS = 30_000;

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  connection: 'keep-alive',
  // Proxies keep nothing back.
  'x-accel-buffering': 'no',
};

/**
 * The server-sent events of one reader. What it does not read is not kept: while its socket is full nothing more is written, and `onDrain` is
 * called when it has room again and something was left out. A reader that stays full is cut off.
 */
export class EventStream {
  readonly #response: ServerResponse;
  #full = false;
  #missed = false;
  #patience: NodeJS.Timeout | undefined;
  onDrain: (() => void) | undefined;

  /** Takes the response over; headers that were set on it before stay. */
  constructor(response: ServerResponse, onClose: () => void) {
    this.#response = response;
    response.writeHead(200, HEADERS);
    response.write('retry: 2000\n\n');
    response.on('drain', () => this.#drained());
    response.once('close', () => {
      clearTimeout(this.#patience);
      onClose();
    });
    response.on('error', () => undefined);
  }

  get open(): boolean {
    return !this.#response.destroyed && !this.#response.writableEnded;
  }

  /** Whether it was written; it is not while the reader has not taken what came before. */
  write(frame: Buffer): boolean {
    if (!this.open) return false;
    if (this.#full) {
      this.#missed = true;
      return false;
    }
    if (!this.#response.write(frame)) {
      this.#full = true;
      this.#patience = setTimeout(() => this.#response.destroy(), PATIENCE_MS).unref();
    }
    return true;
  }

  end(): void {
    clearTimeout(this.#patience);
    this.#response.end();
  }

  #drained(): void {
    clearTimeout(this.#patience);
    this.#full = false;
    if (!this.#missed) return;
    this.#missed = false;
    this.onDrain?.();
  }
}
