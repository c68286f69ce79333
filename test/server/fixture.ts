import assert from 'node:assert/strict';
import { get, request as httpRequest, type IncomingMessage } from 'node:http';
import type { TestContext } from 'node:test';
import { registerTask } from '../../coordination/registry.js';
import { taskSpecSchema, type TaskSpec } from '../../coordination/schema/task-spec.js';
import type { Session } from '../../coordination/session.js';
import type { Ports } from '../../server/ports.js';
import { startServer, type RunningServer, type ServerOptions } from '../../server/server.js';
import { newMemoryLog, openSession } from '../coordination/zookeeper-fixture.js';
import { OpenAccess } from './open-access.js';

/** A task that nothing ever connects to. */
export function spec(name: string, more: object = {}): TaskSpec {
  return taskSpecSchema.parse({
    name,
    source: { mysql: { host: 'db.example', user: 'repl', password: 'env:SOURCE_PASSWORD' }, tables: ['shop.*'] },
    sink: { kafka: { brokers: ['kafka.example:9092'] } },
    ...more,
  });
}

/** Ports of a world without MySQL and Kafka; what a test needs otherwise it gives. */
export const NO_PORTS: Ports = {
  check: async () => [{ level: 'ok', check: 'reachable', what: 'it answers', why: 'the binlog is read from there' }],
  listTables: async () => ({ server: '9.7.0', databases: [], truncated: false }),
  previewPosition: async (_spec, _to, _current) => ({
    target: { file: 'binlog.000002', offset: 157, events: 0 },
    direction: 'skips',
    bytes: 1234,
    text: 'Skips 1,234 bytes of binlog.',
    warnings: [],
  }),
  tailChanges: async (_spec, _onRecord, signal) => {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  },
  describeBrokers: async () => ({ clusterId: 'c', controller: 1, brokers: [{ id: 1, host: 'kafka', port: 9092 }] }),
};

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  /** The body as JSON. */
  readonly body: never;
}

/** A Server on a tree of its own, and what a test asks it with. Ends with the test. */
export class ServerFixture {
  readonly server: RunningServer;
  readonly access: OpenAccess;
  readonly session: Session;
  readonly log: ReturnType<typeof newMemoryLog>;

  private constructor(
    server: RunningServer,
    access: OpenAccess,
    session: Session,
    log: ReturnType<typeof newMemoryLog>,
  ) {
    this.server = server;
    this.access = access;
    this.session = session;
    this.log = log;
  }

  static async open(t: TestContext, servers: string, options: Partial<ServerOptions> = {}): Promise<ServerFixture> {
    // Longer than a loaded machine lets a session wait.
    const session = await openSession(t, servers, { timeoutMs: 20_000 });
    const access = new OpenAccess();
    const log = newMemoryLog();
    const server = await startServer({
      servers,
      listen: { host: '127.0.0.1', port: 0 },
      access,
      ports: NO_PORTS,
      log,
      version: '9.9.9',
      sessionTimeoutMs: 20_000,
      ...options,
    });
    t.after(() => server.close());
    const fixture = new ServerFixture(server, access, session, log);
    await fixture.until('ready', () => fixture.get('/readyz').then(({ status }) => status === 200));
    return fixture;
  }

  async register(...specs: TaskSpec[]): Promise<void> {
    for (const one of specs) await registerTask(this.session, one);
    await this.until('the tasks are seen', async () =>
      specs.every(({ name }) => this.server.parts.view.task(name)?.spec.kind === 'present'),
    );
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.ask('GET', path, undefined, headers);
  }

  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const { hostname, port } = new URL(this.server.address);
    const sent = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const type =
      sent === undefined ? {} : { 'content-type': typeof body === 'string' ? 'application/yaml' : 'application/json' };
    return new Promise((resolve, reject) => {
      const request = httpRequest(
        { hostname, port, method, path, headers: { ...type, ...headers }, agent: false },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => (text += part));
          response.on('end', () => {
            const json = /json/.test(response.headers['content-type'] ?? '');
            const parsed = (json && text !== '' ? JSON.parse(text) : undefined) as never;
            resolve({ status: response.statusCode!, headers: response.headers, text, body: parsed });
          });
        },
      );
      request.on('error', reject);
      request.end(sent);
    });
  }

  /** Asks and wants it done. */
  async must<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
    const answer = await this.ask(method, path, body, headers);
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  }

  live(t: TestContext): Promise<EventReader> {
    return EventReader.open(t, `${this.server.address}/api/v1/live`);
  }

  /** Looks again after every change that the Server sees. */
  async until(what: string, holds: () => Promise<boolean>, limitMs = 15_000): Promise<void> {
    const end = performance.now() + limitMs;
    for (;;) {
      let wake = (): void => undefined;
      const woken = new Promise<void>((resolve) => (wake = resolve));
      const off = this.server.parts.view.onChange(wake);
      const timer = setTimeout(wake, 100);
      try {
        if (await holds()) return;
        if (performance.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`);
        await woken;
      } finally {
        clearTimeout(timer);
        off();
      }
    }
  }
}

export interface LiveEvent {
  readonly event: string;
  readonly data: Record<string, unknown>;
  readonly at: number;
}

/** Reads server-sent events as a browser would. */
export class EventReader {
  readonly events: LiveEvent[] = [];
  readonly response: IncomingMessage;
  ended = false;
  #wake = (): void => undefined;

  private constructor(response: IncomingMessage) {
    this.response = response;
    let rest = '';
    response.setEncoding('utf8').on('data', (text: string) => {
      const frames = (rest + text).split('\n\n');
      rest = frames.pop()!;
      for (const frame of frames) this.#take(frame);
      this.#wake();
    });
    response.on('error', () => undefined);
    response.on('close', () => {
      this.ended = true;
      this.#wake();
    });
  }

  static async open(t: TestContext, url: string, headers: Record<string, string> = {}): Promise<EventReader> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get(url, { agent: false, headers }, resolve).on('error', reject);
    });
    t.after(() => response.destroy());
    return new EventReader(response);
  }

  /** The first event from now on, or of those that came, that is wanted. */
  async until(what: string, wanted: (event: LiveEvent) => boolean, limitMs = 15_000): Promise<LiveEvent> {
    const end = performance.now() + limitMs;
    for (;;) {
      const found = this.events.find(wanted);
      if (found !== undefined) return found;
      if (this.ended) throw new Error(`the stream ended before: ${what}`);
      if (performance.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`);
      const woken = new Promise<void>((resolve) => (this.#wake = resolve));
      const timer = setTimeout(() => this.#wake(), 200);
      await woken;
      clearTimeout(timer);
    }
  }

  #take(frame: string): void {
    const event = /^event: (.+)$/m.exec(frame)?.[1];
    const data = /^data: (.+)$/m.exec(frame)?.[1];
    if (event === undefined || data === undefined) return;
    this.events.push({ event, data: JSON.parse(data) as Record<string, unknown>, at: performance.now() });
  }
}
