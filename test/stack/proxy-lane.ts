import type { Socket } from 'node:net';

/** More than this on its way through a delay stops reading, as a real link's buffers would. */
const MOST_WAITING_BYTES = 16 * 1024 * 1024;

/**
 * Ends a connection with an RST. While a FIN is still on its way out, Node refuses that and never closes the socket at all, not even
 * when the process ends, which then spins for ever: such a connection is closed instead.
 */
export function reset(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}

interface Parcel {
  readonly content: Buffer | 'end' | 'reset';
  readonly due: number;
}

/** One direction of a proxied connection: what `from` sends goes to `to`, in order, later or not at all for a while. */
export class Lane {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #waiting: Parcel[] = [];
  #waitingBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #delayMs = 0;
  #held = false;
  #full = false;

  constructor(from: Socket, to: Socket) {
    this.#from = from;
    this.#to = to;
    from.on('data', (bytes: Buffer) => this.#take(bytes));
    from.on('end', () => this.#take('end'));
    from.on('error', () => {
      this.#waiting.length = 0; // a reset overtakes what was on its way
      this.#waitingBytes = 0;
      this.#full = false;
      this.#take('reset');
    });
    to.on('close', () => clearTimeout(this.#timer));
    to.on('drain', () => {
      this.#full = false;
      this.#deliver();
    });
  }

  /** A delay changed while bytes are on their way counts for them too. */
  set({ delayMs, held }: { readonly delayMs: number; readonly held: boolean }): void {
    const shorter = this.#delayMs - delayMs;
    for (const [i, parcel] of this.#waiting.entries()) this.#waiting[i] = { ...parcel, due: parcel.due - shorter };
    this.#delayMs = delayMs;
    this.#held = held;
    this.#deliver();
  }

  #take(content: Parcel['content']): void {
    this.#waiting.push({ content, due: performance.now() + this.#delayMs });
    this.#waitingBytes += content.length;
    this.#deliver();
  }

  #deliver(): void {
    clearTimeout(this.#timer);
    let next = this.#waiting[0];
    while (next !== undefined && !this.#held && !this.#full && next.due <= performance.now()) {
      this.#waiting.shift();
      this.#waitingBytes -= next.content.length;
      if (next.content === 'end') this.#to.end();
      else if (next.content === 'reset') reset(this.#to);
      else if (this.#to.writable) this.#full = !this.#to.write(next.content);
      next = this.#waiting[0];
    }
    if (this.#to.destroyed) return;
    if (next !== undefined && !this.#held && !this.#full) {
      this.#timer = setTimeout(() => this.#deliver(), Math.max(1, next.due - performance.now()));
    }
    if (this.#held || this.#full || this.#waitingBytes > MOST_WAITING_BYTES) this.#from.pause();
    else this.#from.resume();
  }
}
