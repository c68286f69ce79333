import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '../coordination/log.js';
import { paths } from '../coordination/paths.js';
import { registerTask } from '../coordination/registry.js';
import { instanceSchema, progressSchema } from '../coordination/schema/znodes.js';
import { taskSpecSchema } from '../coordination/schema/task-spec.js';
import { createTyped } from '../coordination/znode.js';
import { connectSession, type ZookeeperSession } from '../coordination/zookeeper-session.js';
import { createToken } from '../server/access/tokens.js';
import type { About } from '../server/api/schema/cluster.js';
import type { Change } from '../server/api/schema/task-summary.js';
import { freePorts } from '../test/stack/free-ports.js';
import type { Field } from './field.js';
import { percentile, type Figure } from './report.js';
import { ServerProcess } from './server-process.js';

export interface ServerPlan {
  readonly tasks: number;
  readonly streams: number;
  readonly seconds: number;
}

/** As many as so many tasks write that have nothing to tell but the time: one every ten seconds each. */
const WRITES_PER_SECOND = 100;
const AT_ONCE = 50;
const LISTS = 100;
const LIMIT_MS = 120_000;
const EVENT_BAR_MS = 500;
const MEMORY_BAR_MB = 300;
const LIST_BAR_MS = 100;
const log = createLogger({ level: 'silent', pretty: false });

/** A Server as a process with many tasks and many open consoles, whose znodes change as those of running tasks do. */
export async function measureServer(field: Field, { tasks, streams, seconds }: ServerPlan): Promise<Figure[]> {
  const part = `Server, ${tasks} tasks, ${streams} consoles`;
  const servers = `${field.stack.zookeeper.connectString}/bench_server_${tasks}`;
  const eye = await connectSession({ servers, timeoutMs: 30_000, log }, AbortSignal.timeout(LIMIT_MS));
  const [port] = await freePorts(1);
  let server: ServerProcess | undefined;
  const open: IncomingMessage[] = [];
  try {
    const running: RunningTask[] = [];
    for (let i = 0; i < tasks; i += AT_ONCE) {
      running.push(
        ...(await Promise.all(Array.from({ length: Math.min(AT_ONCE, tasks - i) }, (_, j) => runTask(eye, i + j)))),
      );
    }
    const { text } = await createToken(eye, { name: 'bench', role: 'viewer', createdBy: 'bench' }, Date.now());
    const api = { port: port!, headers: { authorization: `Bearer ${text}` } };
    server = new ServerProcess(field.cli, port!, servers);
    await server.until(async () => (await ask(api, '/readyz').catch(() => undefined))?.status === 200, LIMIT_MS);

    const sentAt = new Map<number, number>();
    const delays: number[] = [];
    const onChange = (change: Change): void => {
      for (const { lagBytes = 0 } of Object.values(change.vitals ?? {})) {
        const sent = sentAt.get(lagBytes);
        if (sent !== undefined) delays.push(performance.now() - sent);
      }
    };
    const begun = Array.from({ length: streams }, async () => open.push(await openStream(api, onChange)));
    await Promise.all(begun);
    const memory: number[] = [];
    const lists: number[] = [];
    const end = performance.now() + seconds * 1000;
    let n = 0;
    const write = async (): Promise<void> => {
      while (performance.now() < end) {
        const number = ++n;
        const due = end - seconds * 1000 + (number * 1000) / WRITES_PER_SECOND;
        await sleep(Math.max(0, due - performance.now()));
        sentAt.set(number, performance.now());
        await running[number % tasks]!.tell(number);
      }
    };
    const look = async (): Promise<void> => {
      while (performance.now() < end) {
        memory.push((JSON.parse((await ask(api, '/api/v1/about')).text) as About).memoryBytes / 1e6);
        await sleep(500);
      }
    };
    const list = async (): Promise<void> => {
      for (let i = 0; i < LISTS && performance.now() < end; i++) {
        const began = performance.now();
        const { status } = await ask(api, `/api/v1/tasks?q=shop_${i % 10}&state=RUNNING&sort=-lag&limit=100`);
        if (status !== 200) throw new Error(`the list answers ${status}`);
        lists.push(performance.now() - began);
        await sleep((seconds * 1000) / LISTS);
      }
    };
    await Promise.all([write(), look(), list()]);
    await sleep(2_000); // what is under way arrives
    const expected = n * streams;
    return [
      { part, name: 'znode’s change to event, p50', value: percentile(delays, 0.5), unit: 'ms' },
      {
        part,
        name: 'znode’s change to event, p99',
        value: percentile(delays, 0.99),
        unit: 'ms',
        bar: { below: EVENT_BAR_MS },
      },
      { part, name: 'changes told', value: (delays.length / expected) * 100, unit: '%', bar: { atLeast: 100 } },
      { part, name: 'most memory', value: Math.max(...memory), unit: 'MB', bar: { below: MEMORY_BAR_MB } },
      { part, name: 'list, filtered and sorted, p50', value: percentile(lists, 0.5), unit: 'ms' },
      {
        part,
        name: 'list, filtered and sorted, p99',
        value: percentile(lists, 0.99),
        unit: 'ms',
        bar: { below: LIST_BAR_MS },
      },
    ];
  } finally {
    for (const response of open) response.destroy();
    await server?.end();
    await eye.close();
  }
}

interface RunningTask {
  /** Writes progress that can be told from every other. */
  readonly tell: (number: number) => Promise<unknown>;
}

/** A task whose znodes say that it runs. */
async function runTask(eye: ZookeeperSession, i: number): Promise<RunningTask> {
  const name = `shop_${i}`;
  const source = { mysql: { host: `db-${i % 20}.example`, user: 'repl' }, tables: [`shop_${i}.*`] };
  const spec = { name, group: `group-${i % 10}`, source, sink: { kafka: { brokers: ['kafka.example:9092'] } } };
  await registerTask(eye, taskSpecSchema.parse(spec));
  const since = Date.now();
  const core = { core: `core-${i % 10}`, host: `host-${i % 10}`, pid: 1, since };
  const instance = { ...core, state: 'RUNNING' as const };
  const line = `${paths.instances(name)}/${core.host}-`;
  const { stat } = await createTyped(eye, line, instanceSchema, instance, 'ephemeral-sequential');
  const progress = (number: number): string => {
    const position = { file: 'binlog.000012', offset: 4_711 + number, events: 0 };
    const moving = {
      position,
      rows: number,
      rowsPerSecond: 10 + (number % 7),
      bytesPerSecond: 1000,
      lagMs: number % 40,
    };
    const known = { phase: 'RUNNING', since, term: stat.czxid, core: core.core, updatedAt: Date.now() };
    return JSON.stringify(progressSchema.parse({ ...known, ...moving, lagBytes: number }));
  };
  await eye.create(paths.progress(name), progress(0), 'persistent');
  return { tell: (number) => eye.set(paths.progress(name), progress(number), -1) };
}

interface Api {
  readonly port: number;
  readonly headers: Record<string, string>;
}

async function respond({ port, headers }: Api, path: string): Promise<IncomingMessage> {
  const asked = request({ host: '127.0.0.1', port, path, headers, agent: false });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return response;
}

async function ask(api: Api, path: string): Promise<{ status: number; text: string }> {
  const response = await respond(api, path);
  let text = '';
  for await (const part of response.setEncoding('utf8')) text += String(part);
  return { status: response.statusCode!, text };
}

/** Opens a console's stream and resolves once it has its snapshot. */
async function openStream(api: Api, onChange: (change: Change) => void): Promise<IncomingMessage> {
  const response = await respond(api, '/api/v1/live');
  if (response.statusCode !== 200) throw new Error(`the stream answers ${response.statusCode}`);
  await new Promise<void>((resolve) => {
    let rest = '';
    response.setEncoding('utf8').on('data', (text: string) => {
      const frames = (rest + text).split('\n\n');
      rest = frames.pop()!;
      for (const frame of frames) {
        if (frame.startsWith('event: snapshot')) resolve();
        if (frame.startsWith('event: change')) onChange(JSON.parse(frame.slice(frame.indexOf('data: ') + 6)) as Change);
      }
    });
    response.on('error', () => undefined);
  });
  return response;
}
