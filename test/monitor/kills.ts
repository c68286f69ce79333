import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeMonitorConfig } from '../../coordination/alerts.js';
import { inParallel } from '../../coordination/in-parallel.js';
import { createLogger } from '../../coordination/log.js';
import { instancePrefix } from '../../coordination/paths.js';
import { registerTask } from '../../coordination/registry.js';
import { monitorFileSchema } from '../../coordination/schema/alert-config.js';
import { taskSpecSchema } from '../../coordination/schema/task-spec.js';
import { instanceSchema } from '../../coordination/schema/znodes.js';
import type { Session } from '../../coordination/session.js';
import { connectSession } from '../../coordination/zookeeper-session.js';
import { createTyped } from '../../coordination/znode.js';
import { MonitorProcess } from './monitor-process.js';
import { Receiver } from './receiver.js';

const ALERTS = 100;
const MONITORS = 3;
/** Messages are under way for so long, so that kills meet them. */
const LONGEST_ANSWER_MS = 300;
const AT_ONCE = 20;

export interface KillReport {
  readonly kills: number;
  readonly incidents: number;
  readonly messages: number;
  /** Messages that were sent again, every one marked and under the same key. */
  readonly repeated: number;
}

/**
 * Lets 100 alerts fire and heal, and kills the Monitor that acts at a random moment of each; the others and its successor carry on. Then looks whether every
 * begin and every end was told, and none twice but what was under way.
 */
export async function killMonitors(servers: string, kills: number, say: (line: string) => void): Promise<KillReport> {
  const log = createLogger({ level: 'silent', pretty: false });
  const session = await connectSession({ servers, timeoutMs: 30_000, log }, AbortSignal.timeout(60_000));
  const receiver = await Receiver.open();
  receiver.onRequest = () => sleep(Math.random() * LONGEST_ANSWER_MS);
  const monitors: MonitorProcess[] = [];
  let started = 0;
  const start = (): MonitorProcess => {
    const monitor = new MonitorProcess(servers, `monitor-${++started}`, [
      '--session-timeout',
      '4000',
      '--no-probe-sources',
    ]);
    monitors.push(monitor);
    return monitor;
  };
  try {
    const names = Array.from({ length: ALERTS }, (_, i) => `task-${i}`);
    await prepare(session, receiver.url, names);
    const nodes = await heal(session, names);
    for (let i = 0; i < MONITORS; i++) start();
    await until('a Monitor acts', () => acting(monitors) !== undefined);
    let incidents = 0;
    let killed = 0;
    while (killed < kills) {
      for (const step of ['firing', 'resolved'] as const) {
        const from = receiver.received.length;
        const victim = acting(monitors);
        if (step === 'firing') await Promise.all([...nodes.values()].map((path) => session.remove(path)));
        else for (const [name, path] of await heal(session, names)) nodes.set(name, path);
        if (killed < kills && victim !== undefined) {
          await sleep(Math.random() * 2_500);
          victim.child.kill('SIGKILL');
          await victim.exited;
          killed++;
          start();
        }
        await until(`${step} of all`, () => heard(receiver, from, step) === ALERTS);
        say(`${killed} kills: ${step} of ${ALERTS} told in ${receiver.received.length - from} messages`);
      }
      incidents += ALERTS;
    }
    // What comes late comes now.
    await sleep(3_000);
    return { ...judge(receiver, incidents), kills: killed, incidents };
  } catch (error) {
    for (const { lines, gone } of monitors.slice(-MONITORS - 1))
      say(`${gone ? 'dead' : 'living'} Monitor:\n${lines.slice(-40).join('\n')}`);
    throw error;
  } finally {
    await Promise.all(monitors.map((monitor) => monitor.end('SIGKILL')));
    await receiver.close();
    await session.close();
  }
}

async function prepare(session: Session, url: string, names: readonly string[]): Promise<void> {
  const config = monitorFileSchema.parse({
    channels: [{ type: 'webhook', name: 'hook', url }],
    allowAddresses: ['127.0.0.1'],
    groupWait: '200ms',
    rules: [
      { rule: '*', enabled: false },
      { rule: 'task-not-running', enabled: true, for: '1s', resolveAfter: '1s' },
    ],
  });
  await writeMonitorConfig(session, config);
  await inParallel(names, AT_ONCE, async (name) => {
    const spec = taskSpecSchema.parse({
      name,
      instances: 1,
      source: { mysql: { host: '127.0.0.1', user: 'nobody' }, tables: ['a.*'] },
      sink: { kafka: { brokers: ['127.0.0.1:9'] } },
    });
    await registerTask(session, spec);
  });
}

/** Somebody runs each task again. */
async function heal(session: Session, names: readonly string[]): Promise<Map<string, string>> {
  const nodes = await inParallel(names, AT_ONCE, async (name) => {
    const instance = { core: 'core', host: 'host', pid: 1, state: 'RUNNING' as const, since: Date.now(), term: 1 };
    const { path } = await createTyped(
      session,
      instancePrefix(name, 'h'),
      instanceSchema,
      instance,
      'ephemeral-sequential',
    );
    return [name, path] as const;
  });
  return new Map(nodes);
}

function acting(monitors: readonly MonitorProcess[]): MonitorProcess | undefined {
  return monitors.findLast((monitor) => !monitor.gone && monitor.lines.some((line) => line.includes('"acts"')));
}

function heard(receiver: Receiver, from: number, kind: 'firing' | 'resolved'): number {
  const told = receiver.told.slice(from).filter((one) => one.kind === kind);
  return new Set(told.flatMap(({ alerts }) => alerts.map(({ id }) => id))).size;
}

/** Every incident has one begin and one end; more only as a marked repetition under a key that was there before. */
function judge(receiver: Receiver, incidents: number): Pick<KillReport, 'messages' | 'repeated'> {
  const { told } = receiver;
  const keys = new Set<string>();
  const first = { firing: new Set<string>(), resolved: new Set<string>() };
  let repeated = 0;
  for (const { key, kind, mayRepeat, alerts } of told) {
    assert.ok(kind === 'firing' || kind === 'resolved', `a message of kind ${kind}`);
    if (keys.has(key)) {
      assert.ok(mayRepeat, `${key} came twice, unmarked`);
      repeated++;
      continue;
    }
    keys.add(key);
    for (const { id, firedAt } of alerts) {
      const incident = `${id} ${firedAt}`;
      assert.ok(!first[kind].has(incident), `${kind} of ${incident} was told twice under two keys`);
      first[kind].add(incident);
    }
  }
  assert.equal(first.firing.size, incidents, 'begins that were told');
  assert.equal(first.resolved.size, incidents, 'ends that were told');
  return { messages: told.length, repeated };
}

async function until(what: string, holds: () => boolean, limitMs = 120_000): Promise<void> {
  const end = performance.now() + limitMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`);
    await sleep(20);
  }
}
