import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Change, Snapshot, TaskSummary } from '../../../server/api/schema/task-summary.js';
import { answers, type Ask, type Reply } from './mock-answers.js';
import { mockCores, mockGroups } from './mock-data.js';

const DIST = fileURLToPath(new URL('../../../../web/dist/', import.meta.url));
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};
/** The policy of the real Server. */
const POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/**
 * The API as its schemas describe it, from values in memory, with the built console: for the tests of the page itself. What the real
 * Server answers is proved elsewhere.
 */
export class MockServer {
  readonly tasks = new Map<string, TaskSummary>();
  /** Answers that stand before the usual ones: `GET /tasks/x`. */
  readonly instead = new Map<string, Reply | ((ask: Ask) => Reply | Promise<Reply>)>();
  /** Every request for the API, newest last. */
  readonly asked: Ask[] = [];
  role: 'viewer' | 'operator' | 'admin' | undefined = 'admin';
  setupNeeded = false;
  oidc: string | undefined;
  zookeeper: Snapshot['zookeeper'] = { state: 'live', since: Date.now() - 3_600_000 };
  alerts: unknown[] = [];
  /** While `false`, streams are refused. */
  streaming = true;
  #server: Server | undefined;
  readonly #streams = new Set<ServerResponse>();
  readonly #ticker: NodeJS.Timeout;

  constructor() {
    this.#ticker = setInterval(() => this.#tellAll('tick', { now: Date.now() }), 5000);
  }

  async start(port = 0): Promise<string> {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        response.statusCode = 500;
        response.end(String(error));
      });
    });
    await new Promise<void>((resolve) => this.#server!.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    clearInterval(this.#ticker);
    this.dropStreams();
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  add(...tasks: readonly TaskSummary[]): void {
    for (const task of tasks) this.tasks.set(task.name, task);
  }

  /** Changes a task as a Core would, and tells the open pages. */
  change(name: string, part: Partial<TaskSummary> | null): void {
    const before = this.tasks.get(name);
    if (part === null) this.tasks.delete(name);
    else if (before !== undefined) this.tasks.set(name, { ...before, ...part });
    this.tell({ now: Date.now(), tasks: { [name]: this.tasks.get(name) ?? null } });
  }

  tell(change: Change): void {
    this.#tellAll('change', change);
  }

  loseZookeeper(state: 'live' | 'reconnecting' | 'lost', since = Date.now()): void {
    this.zookeeper = { state, since };
    this.#tellAll('connection', this.zookeeper);
  }

  dropStreams(): void {
    for (const stream of this.#streams) stream.destroy();
    this.#streams.clear();
  }

  #tellAll(event: string, body: object): void {
    for (const stream of this.#streams) stream.write(`event: ${event}\ndata: ${JSON.stringify(body)}\n\n`);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://mock');
    if (!url.pathname.startsWith('/api/v1')) return this.#file(url.pathname, response);
    const path = url.pathname.slice('/api/v1'.length);
    const text = await textOf(request);
    const ask: Ask = {
      method: request.method ?? 'GET',
      path,
      query: url.searchParams,
      text,
      body: parsed(text),
      ifMatch: request.headers['if-match'],
    };
    this.asked.push(ask);
    if (path === '/live') return this.#stream(request, response);
    const instead = this.instead.get(`${ask.method} ${path}`);
    const reply =
      instead === undefined ? answers(this, ask) : typeof instead === 'function' ? await instead(ask) : instead;
    response.statusCode = reply.status ?? 200;
    const isText = typeof reply.body === 'string';
    const kind = isText
      ? (reply.type ?? 'application/yaml')
      : response.statusCode >= 400
        ? 'application/problem+json'
        : 'application/json';
    response.setHeader('content-type', kind);
    response.end(isText ? reply.body : JSON.stringify(reply.body ?? {}));
  }

  #stream(request: IncomingMessage, response: ServerResponse): void {
    if (!this.streaming || this.role === undefined) {
      response.statusCode = this.role === undefined ? 401 : 503;
      response.end();
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const tasks = [...this.tasks.values()];
    const now = Date.now();
    const snapshot: Snapshot = {
      now,
      zookeeper: this.zookeeper,
      tasks,
      cores: mockCores(now),
      groups: mockGroups(tasks),
      alerts: this.alerts,
      monitors: [],
    };
    response.write(`event: snapshot\ndata: ${JSON.stringify(snapshot)}\n\n`);
    this.#streams.add(response);
    request.on('close', () => this.#streams.delete(response));
  }

  async #file(path: string, response: ServerResponse): Promise<void> {
    const wanted = normalize(path).replace(/^\/+/, '');
    const file = extname(wanted) === '' ? 'index.html' : wanted;
    try {
      const content = await readFile(join(DIST, file));
      response.writeHead(200, {
        'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
        'content-security-policy': POLICY,
      });
      response.end(content);
    } catch {
      response.writeHead(404).end();
    }
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
