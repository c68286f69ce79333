import { setTimeout as sleep } from 'node:timers/promises';
import { writeMonitorConfig } from '../coordination/alerts.js';
import { registerCore } from '../coordination/cores.js';
import { inParallel } from '../coordination/in-parallel.js';
import { createLogger } from '../coordination/log.js';
import { instancePrefix, paths } from '../coordination/paths.js';
import { registerTask } from '../coordination/registry.js';
import { monitorFileSchema } from '../coordination/schema/alert-config.js';
import { taskSpecSchema } from '../coordination/schema/task-spec.js';
import { instanceSchema, progressSchema } from '../coordination/schema/znodes.js';
import { connectSession } from '../coordination/zookeeper-session.js';
import { createTyped } from '../coordination/znode.js';
import { MonitorProcess } from '../test/monitor/monitor-process.js';
import { Receiver } from '../test/monitor/receiver.js';
import { freePorts } from '../test/stack/free-ports.js';
import type { Field } from './field.js';
import type { Figure } from './report.js';

const AT_ONCE = 50;
const LOOK_MS = 30_000;
const SESSION_MS = 4_000;
const FOR_MS = 10_000;
const log = createLogger({ level: 'silent', pretty: false });

/** A Monitor over 1,000 tasks of 10 Cores that do not replicate, then over one real Core that is killed. */
export async function measureMonitor(field: Field, tasks: number): Promise<Figure[]> {
  return [...(await measurePass(field, tasks)), await measureMessage(field)];
}

async function measurePass(field: Field, tasks: number): Promise<Figure[]> {
  const part = `Monitor, ${tasks} tasks of one group on 10 Cores`;
  const servers = `${field.stack.zookeeper.connectString}/bench_monitor_${tasks}`;
  const session = await connectSession({ servers, timeoutMs: 30_000, log }, AbortSignal.timeout(60_000));
  const [port] = await freePorts(1);
  let monitor: MonitorProcess | undefined;
  try {
    const common = { host: 'h', pid: 1, version: 'bench', since: Date.now(), groups: ['g'], tasks: [], capacity: 200 };
    for (let i = 0; i < 10; i++) await registerCore(session, { core: `core-${i}`, load: tasks / 10, ...common });
    await inParallel(
      Array.from({ length: tasks }, (_, i) => i),
      AT_ONCE,
      async (i) => {
        const name = `task-${i}`;
        const core = `core-${i % 10}`;
        await registerTask(
          session,
          taskSpecSchema.parse({
            ...{ name, instances: 1, group: 'g' },
            source: { mysql: { host: '127.0.0.1', user: 'nobody' }, tables: ['a.*'] },
            sink: { kafka: { brokers: ['127.0.0.1:9'] } },
          }),
        );
        const instance = { core, host: 'h', pid: 1, state: 'RUNNING' as const, since: Date.now(), term: 1 };
        await createTyped(session, instancePrefix(name, 'h'), instanceSchema, instance, 'ephemeral-sequential');
        const said = { phase: 'RUNNING' as const, since: Date.now(), term: 1, core, updatedAt: Date.now(), rows: 1, rowsPerSecond: 0, bytesPerSecond: 0, lagMs: 0 }; // prettier-ignore
        await createTyped(session, paths.progress(name), progressSchema, said, 'persistent');
      },
    );
    monitor = new MonitorProcess(servers, 'bench', ['--no-probe-sources', '--metrics', `127.0.0.1:${port}`]);
    await monitor.said('acts', 60_000);
    await sleep(LOOK_MS);
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const value = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
    const passes = value('mysql_replicator_monitor_pass_seconds_count');
    const mean = (value('mysql_replicator_monitor_pass_seconds_sum') / passes) * 1_000;
    return [
      { part, name: 'one pass over all rules, mean', value: mean, unit: 'ms', bar: { below: 50 } },
      {
        part,
        name: 'memory, resident',
        value: value('process_resident_memory_bytes') / 1e6,
        unit: 'MB',
        bar: { below: 150 },
      },
      {
        part,
        name: 'tasks that it sees run',
        value: [...text.matchAll(/^mysql_replicator_task_running\{.*\} 1$/gm)].length,
        unit: '',
      },
    ];
  } finally {
    await monitor?.end('SIGKILL');
    await session.close();
  }
}

async function measureMessage(field: Field): Promise<Figure> {
  const task = 'bench_monitor';
  const receiver = await Receiver.open();
  let monitor: MonitorProcess | undefined;
  try {
    await field.prepare(task);
    await field.register(task, 'latest');
    const channels = [{ type: 'webhook', name: 'hook', url: receiver.url }];
    await writeMonitorConfig(field.session, monitorFileSchema.parse({ channels, allowAddresses: ['127.0.0.1'], rules: [{ rule: '*', enabled: false }, { rule: 'core-gone', enabled: true }] })); // prettier-ignore
    const core = field.core(task);
    await field.until(
      task,
      'it runs',
      ({ progress }) => progress.kind === 'present' && progress.value.phase === 'RUNNING',
    );
    monitor = new MonitorProcess(field.stack.zookeeper.connectString, 'bench', ['--no-probe-sources']);
    await monitor.said('acts', 60_000);
    await sleep(3_000);
    const killed = performance.now();
    core.kill('SIGKILL');
    await receiver.until('the message', (told) => told.length > 0, 60_000);
    const bar = { below: SESSION_MS + FOR_MS + 1_000 };
    return {
      part: 'Monitor',
      name: 'kill -9 of the only Core, until the message',
      value: performance.now() - killed,
      unit: 'ms',
      bar,
    };
  } finally {
    await monitor?.end('SIGKILL');
    await receiver.close();
  }
}
