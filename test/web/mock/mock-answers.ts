import type { MockServer } from './mock-server.js';
import { detailOf, seriesOf, timelineOf, yamlOf } from './mock-task.js';
import { mockCores, mockGroups, mockSpec } from './mock-data.js';
import {
  ABOUT,
  AUDIT,
  BROKERS,
  FINDINGS,
  PREVIEW,
  SESSIONS,
  TABLES,
  TOKENS,
  USERS,
  VERSIONS,
  ZOOKEEPER,
} from './mock-answers-fixed.js';

export interface Ask {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly text: string;
  readonly body: unknown;
  readonly ifMatch: string | undefined;
}

export interface Reply {
  readonly status?: number;
  readonly type?: string;
  readonly body?: unknown;
}

export function problem(status: number, code: string, detail: string, more: object = {}): Reply {
  return { status, body: { type: `urn:${code}`, title: code, status, code, detail, ...more } };
}

/** What the API answers where a test has not said otherwise. */
export function answers(mock: MockServer, ask: Ask): Reply {
  const { method, path } = ask;
  const now = Date.now();
  if (path === '/sign-in') {
    return {
      body: {
        setupNeeded: mock.setupNeeded,
        password: true,
        ...(mock.oidc === undefined ? {} : { oidc: { name: mock.oidc } }),
      },
    };
  }
  if (path === '/session' || path === '/setup') return session(mock, ask);
  if (mock.role === undefined) return problem(401, 'not-signed-in', 'Sign in first.');
  if (path === '/cores')
    return {
      body: {
        now,
        zookeeper: mock.zookeeper,
        cores: mockCores(now).map((core) => ({ ...core, runs: ['shop_orders'], standsBy: ['shop_stock'] })),
      },
    };
  if (path === '/groups')
    return { body: { now, zookeeper: mock.zookeeper, groups: mockGroups([...mock.tasks.values()]) } };
  if (method === 'GET' && FIXED[path] !== undefined) return { body: FIXED[path](now) };
  if (path === '/series') return { body: seriesOf(now, ask.query) };
  if (path.startsWith('/cores/'))
    return { body: { core: path.split('/')[2], text: 'It gives its tasks away, one after the other.', stays: [] } };
  if (path === '/tasks/check') {
    return { body: { errors: 1, faults: [], findings: FINDINGS, task: 'shop_orders', exists: false } };
  }
  if (path === '/sources/tables') return { body: TABLES };
  if (path === '/tasks/bulk') return bulk(mock, ask);
  if (path === '/export') return { body: 'name: shop_orders\n' };
  if (path === '/tasks/import')
    return {
      body: {
        results: [
          {
            document: 1,
            task: 'shop_new',
            outcome: ask.query.get('dryRun') === 'true' ? 'would-register' : 'registered',
          },
        ],
      },
    };
  if (path === '/tasks' && method === 'POST') return { body: { task: nameIn(ask), outcome: 'registered', version: 7 } };
  const task = /^\/tasks\/([^/]+)(?:\/(.*))?$/.exec(path);
  if (task !== null) return ofTask(mock, ask, decodeURIComponent(task[1]!), task[2] ?? '');
  if (/^\/(users|tokens|sessions)/.test(path)) return { body: { done: true, text: 'mrt_9f2c7d51e0b84aa6' } };
  return problem(404, 'no-route', `There is nothing at ${path}.`);
}

const FIXED: Readonly<Record<string, (now: number) => unknown>> = {
  '/zookeeper': ZOOKEEPER,
  '/brokers': BROKERS,
  '/about': ABOUT,
  '/audit': AUDIT,
  '/users': USERS,
  '/tokens': TOKENS,
  '/sessions': SESSIONS,
};

function session(mock: MockServer, { method, body, path }: Ask): Reply {
  if (path === '/setup' || method === 'POST') {
    const { password } = body as { password: string };
    if (password === 'wrong') return problem(401, 'sign-in-refused', 'The name or the password is wrong.');
    mock.role = 'admin';
    mock.setupNeeded = false;
  }
  if (method === 'DELETE') mock.role = undefined;
  if (mock.role === undefined)
    return method === 'DELETE' ? { body: {} } : problem(401, 'not-signed-in', 'Sign in first.');
  return { body: { name: 'mara', hasPassword: true, role: mock.role, by: 'session' } };
}

function bulk(mock: MockServer, { body }: Ask): Reply {
  const { action, tasks } = body as { action: string; tasks: string[] };
  for (const name of tasks) {
    if (action === 'pause') mock.change(name, { desired: 'PAUSED', pending: 'pause' });
    if (action === 'delete') mock.change(name, null);
  }
  return { body: { done: tasks.length, failed: 0, results: tasks.map((task) => ({ task, ok: true })) } };
}

function nameIn({ body, text }: Ask): string {
  return (body as { name?: string } | undefined)?.name ?? /^name: *(\S+)/m.exec(text)?.[1] ?? '?';
}

function ofTask(mock: MockServer, ask: Ask, name: string, rest: string): Reply {
  const summary = mock.tasks.get(name);
  if (summary === undefined) return problem(404, 'no-task', `There is no task ${name}.`);
  const now = Date.now();
  if (ask.method === 'GET') {
    if (rest === '') return { body: detailOf(summary, now) };
    if (rest === 'series') return { body: seriesOf(now, ask.query) };
    if (rest === 'timeline') return { body: timelineOf(now) };
    if (rest === 'yaml') return { body: yamlOf(name) };
    if (rest === 'versions') return { body: VERSIONS(now) };
    if (rest.startsWith('versions/')) {
      const n = Number(rest.split('/')[1]);
      return {
        body: {
          version: VERSIONS(now).versions.find((one) => one.n === n),
          spec: mockSpec(name),
          yaml: yamlOf(name, n),
        },
      };
    }
  }
  if (ask.method === 'DELETE') {
    mock.change(name, null);
    return {
      body: {
        task: name,
        stays: {
          text: `The topics ${name}.* and their records stay in Kafka.`,
          brokers: ['kafka-1:9092'],
          topics: `${name}.*`,
        },
      },
    };
  }
  if (rest === 'pause') mock.change(name, { desired: 'PAUSED', pending: 'pause' });
  if (rest === 'resume') mock.change(name, { desired: 'RUNNING', pending: 'resume' });
  if (rest === 'hand-over') mock.change(name, { pending: 'hand-over' });
  if (rest === 'position')
    return { body: { dryRun: (ask.body as { dryRun?: boolean }).dryRun === true, preview: PREVIEW(now) } };
  if (rest === '' || rest.startsWith('versions/')) return { body: { version: 8, outcome: 'changed' } };
  return { body: { task: name, text: `${rest} of ${name} is ordered.`, controlVersion: 3, version: 8 } };
}
