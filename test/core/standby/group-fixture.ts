import type { TestContext } from 'node:test';
import { registerCore } from '../../../coordination/cores.js';
import { serveInstance, type Lead } from '../../../coordination/leadership.js';
import { instanceLine } from '../../../coordination/paths.js';
import { registerTask } from '../../../coordination/registry.js';
import { taskSpecSchema, type TaskSpec } from '../../../coordination/schema/task-spec.js';
import type { CoreInfo } from '../../../coordination/schema/znodes.js';
import type { Session } from '../../../coordination/session.js';
import { overviewTask, type TaskOverview } from '../../../coordination/task-list.js';
import { runGroupScan, type ScanPace } from '../../../core/standby/group-scan.js';
import { newMemoryLog } from '../../coordination/zookeeper-fixture.js';

export const GROUP = 'shop';
/** As in production, only sooner. */
export const FAST: ScanPace = { settleMs: 300, warmMs: 50, firstClaimMs: 200 };

export interface ScanningCore {
  readonly name: string;
  readonly session: Session;
  readonly log: ReturnType<typeof newMemoryLog>;
  /** The tasks that it leads now. */
  readonly leads: Map<string, Lead>;
  /** Ends the scan in order, and with it all instances. */
  stop(): Promise<void>;
  /** The session ends at once, as when the process is killed. */
  die(): Promise<void>;
}

export interface CoreWishes {
  readonly capacity?: number;
  readonly groups?: readonly string[];
  /** Served by name. */
  readonly tasks?: readonly string[];
  readonly pace?: ScanPace;
  /** What a lead does; by default nothing until it is told to end. */
  readonly lead?: (task: string, lead: Lead) => Promise<void>;
}

/** A Core that scans and elects for real, and replicates nothing. */
export async function startCore(session: Session, name: string, wishes: CoreWishes = {}): Promise<ScanningCore> {
  const log = newMemoryLog();
  const leads = new Map<string, Lead>();
  const identity = { core: name, host: name, pid: process.pid };
  const tasks = [...(wishes.tasks ?? [])];
  const info: CoreInfo = {
    ...identity,
    version: 'test',
    since: Date.now(),
    groups: [...(wishes.groups ?? [GROUP])],
    tasks,
    capacity: wishes.capacity ?? 1_000,
    load: tasks.length,
  };
  const serve = (task: string, onNode: Parameters<typeof serveInstance>[0]['onNode'], signal: AbortSignal) =>
    serveInstance(
      {
        session,
        line: instanceLine(task),
        identity,
        log,
        ...(onNode && { onNode }),
        lead: async (lead) => {
          leads.set(task, lead);
          try {
            await (wishes.lead ?? untilTold)(task, lead);
          } finally {
            leads.delete(task);
          }
        },
      },
      signal,
    );
  const stopping = new AbortController();
  const publish = await registerCore(session, info);
  const pinned = tasks.map((task) => serve(task, undefined, stopping.signal));
  const scan = runGroupScan({ session, info, publish, serve, log, pace: wishes.pace ?? FAST }, stopping.signal);
  const done = Promise.all([scan, ...pinned]).then(() => undefined);
  return {
    name,
    session,
    log,
    leads,
    async stop() {
      stopping.abort();
      await done;
      await session.close();
    },
    async die() {
      await session.close();
      await done;
    },
  };
}

/** As `startCore`; it ends with the test. */
export async function startCoreFor(t: TestContext, session: Session, name: string, wishes?: CoreWishes) {
  const core = await startCore(session, name, wishes);
  t.after(() => core.stop());
  return core;
}

export function untilTold(_task: string, { signal, stopping }: Lead): Promise<void> {
  const ended = AbortSignal.any([signal, stopping]);
  if (ended.aborted) return Promise.resolve();
  return new Promise((resolve) => ended.addEventListener('abort', () => resolve()));
}

export function groupTask(name: string, changes: { instances?: number; group?: string } = {}): TaskSpec {
  return taskSpecSchema.parse({
    name,
    instances: 1,
    group: GROUP,
    source: { mysql: { host: '127.0.0.1', port: 3306, user: 'repl' }, tables: ['shop.*'] },
    sink: { kafka: { brokers: ['127.0.0.1:9092'] } },
    ...changes,
  });
}

export async function registerGroup(session: Session, count: number, changes?: { instances?: number }) {
  const names = Array.from({ length: count }, (_, i) => `task-${String(i).padStart(4, '0')}`);
  for (const name of names) await registerTask(session, groupTask(name, changes));
  return names;
}

/** `core:RUNNING core:STANDBY`, in the order of the line. */
export function lineOf(overview: TaskOverview): string {
  return overview.instances
    .flatMap(({ reading }) => (reading.kind === 'present' ? [`${reading.value.core}:${reading.value.state}`] : []))
    .join(' ');
}

/** Looks again and again at all these tasks until they are as wanted. @throws with the last view when it takes too long */
export async function untilLines(
  session: Session,
  tasks: readonly string[],
  wanted: (lines: readonly string[]) => boolean,
  limitMs = 15_000,
): Promise<string[]> {
  const late = performance.now() + limitMs;
  for (;;) {
    const lines = (await Promise.all(tasks.map((task) => overviewTask(session, task)))).map(lineOf);
    if (wanted(lines)) return lines;
    if (performance.now() > late) throw new Error(`not as wanted within ${limitMs} ms:\n${lines.join('\n')}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
