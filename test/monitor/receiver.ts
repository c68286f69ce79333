import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly at: number;
}

/** What a webhook's body says, of what the tests look at. */
export interface Told {
  readonly key: string;
  readonly kind: 'firing' | 'resolved' | 'repeat' | 'test';
  readonly mayRepeat: boolean;
  readonly alerts: readonly {
    readonly id: string;
    readonly rule: string;
    readonly severity: string;
    readonly object: { readonly kind: string; readonly name: string };
    readonly firedAt: string;
    readonly text: string;
    readonly reason: string;
    readonly remedy: string;
    readonly tasks: readonly string[];
    readonly tasksInAll: number;
  }[];
}

/** A real HTTP server that keeps what it is sent. */
export class Receiver {
  readonly received: Received[] = [];
  /** What it answers; a body of its own, or the status alone. */
  answer: { status: number; body: string } = { status: 200, body: '{"errcode":0,"code":0}' };
  /** Called before each answer; what it returns is waited for. */
  onRequest: ((request: Received) => Promise<void> | void) | undefined;
  readonly #server;
  #wake: (() => void)[] = [];

  private constructor() {
    this.#server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (part: string) => (body += part));
      request.on('end', () => {
        const received = { path: request.url ?? '', headers: request.headers, body, at: Date.now() };
        this.received.push(received);
        for (const wake of this.#wake.splice(0)) wake();
        void (async () => {
          await this.onRequest?.(received);
          response.writeHead(this.answer.status, { 'content-type': 'application/json' }).end(this.answer.body);
        })();
      });
    });
  }

  static async open(): Promise<Receiver> {
    const receiver = new Receiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The webhook messages so far. */
  get told(): Told[] {
    return this.received.map(({ body }) => JSON.parse(body) as Told);
  }

  /** Resolves as soon as what was received is as wanted. @throws with all of it when it takes longer */
  async until(what: string, wanted: (told: readonly Told[]) => boolean, limitMs = 60_000): Promise<Told[]> {
    const end = performance.now() + limitMs;
    for (;;) {
      const { told } = this;
      if (wanted(told)) return told;
      const left = end - performance.now();
      if (left <= 0)
        throw new Error(`not within ${limitMs} ms: ${what}\n${JSON.stringify(told.map(brief), undefined, 1)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export function brief({ kind, alerts, mayRepeat }: Told): string {
  return `${kind}${mayRepeat ? ' (may repeat)' : ''}: ${alerts.map(({ id, severity }) => `${id} ${severity}`).join(', ')}`;
}
