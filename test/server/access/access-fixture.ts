import type { TestContext } from 'node:test';
import { createLogger } from '../../../coordination/log.js';
import { parseKeyRing, type KeyRing } from '../../../coordination/sealed-secret.js';
import type { ZookeeperAuth } from '../../../coordination/zookeeper-auth.js';
import { serverFileSchema } from '../../../server/access/settings.js';
import { ServerAccess } from '../../../server/access/access.js';
import type { TlsFiles } from '../../../server/access/tls.js';
import type { Ports } from '../../../server/ports.js';
import { startServer, type RunningServer } from '../../../server/server.js';
import { newSignal } from '../../coordination/zookeeper-fixture.js';

/** The key ring of all tests that need one. */
export const RING = parseKeyRing(`test:${Buffer.alloc(32, 7).toString('base64')}`);

export interface AccessServerOptions {
  readonly servers: string;
  /** Keys of the Server's configuration file. */
  readonly file?: object;
  readonly oidcSecret?: string;
  readonly ring?: KeyRing | undefined;
  readonly auth?: ZookeeperAuth;
  readonly tls?: TlsFiles;
  readonly port?: number;
}

export interface AccessServer extends RunningServer {
  /** All that was logged. */
  readonly log: () => string;
  /** Resolves to the one-time code of the first administrator. */
  readonly setupCode: Promise<string>;
}

/** Nothing of sources and sinks is needed here. */
const PORTS = new Proxy({} as Ports, {
  get: () => async () => {
    throw new Error('not in this test');
  },
});

/** A Server as the command starts one, in this process; it ends with the test. */
export async function startAccessServer(t: TestContext, options: AccessServerOptions): Promise<AccessServer> {
  const lines: string[] = [];
  const log = createLogger({ level: 'debug', pretty: false, stream: { write: (line) => void lines.push(line) } });
  const setup = newSignal<string>();
  const settings = serverFileSchema.parse({ ...options.file, ...(options.tls && { tls: options.tls }) });
  const { ring, oidcSecret } = options;
  const access = new ServerAccess({ settings, ring, oidcSecret, log, onSetup: setup.resolve });
  const running = await startServer({
    servers: options.servers,
    auth: options.auth,
    ring,
    listen: { host: '127.0.0.1', port: options.port ?? 0 },
    access,
    tls: options.tls,
    ports: PORTS,
    log,
    version: 'test',
    trustProxy: settings.trustProxy,
  });
  t.after(() => running.close());
  while (running.parts.link.connection.state !== 'live') {
    await new Promise<void>((resolve) => {
      const off = running.parts.link.onChange(() => {
        off();
        resolve();
      });
    });
  }
  return { ...running, log: () => lines.join(''), setupCode: setup.promise };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body, when it is JSON. */
  readonly body: Record<string, unknown>;
}

/** A browser, as far as sign-in goes: keeps cookies, and names its page's origin. */
export class Browser {
  readonly address: string;
  readonly cookies = new Map<string, string>();
  readonly origin: string | undefined;

  constructor(address: string, origin: string | undefined = address) {
    this.address = address;
    this.origin = origin;
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('GET', path, undefined, headers);
  }

  async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(path.startsWith('http') ? path : this.address + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(cookie !== '' && { cookie }),
        ...(this.origin !== undefined && method !== 'GET' && { origin: this.origin }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    const text = await response.text();
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      // Not every answer is JSON.
    }
    return { status: response.status, headers: response.headers, text, body: (parsed ?? {}) as Answer['body'] };
  }

  signIn(user: string, password: string): Promise<Answer> {
    return this.send('POST', '/api/v1/session', { user, password });
  }
}

export const PASSWORD = 'correct horse battery staple';

/** Makes the first administrator, `root`, and resolves to his browser. */
export async function setUp(server: AccessServer): Promise<Browser> {
  const browser = new Browser(server.address);
  const code = await server.setupCode;
  const answer = await browser.send('POST', '/api/v1/setup', { code, user: 'root', password: PASSWORD });
  if (answer.status !== 200) throw new Error(`setup failed: ${answer.text}`);
  return browser;
}

/** Makes a user and resolves to his browser, signed in. */
export async function addUser(admin: Browser, name: string, role: string): Promise<Browser> {
  const made = await admin.send('POST', '/api/v1/users', { name, role, password: PASSWORD });
  if (made.status !== 201) throw new Error(`no user: ${made.text}`);
  const browser = new Browser(admin.address);
  const signed = await browser.signIn(name, PASSWORD);
  if (signed.status !== 200) throw new Error(`no sign-in: ${signed.text}`);
  return browser;
}
