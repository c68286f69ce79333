import { taskSpecSchema, type TaskSpec } from '../../coordination/schema/task-spec.js';
import { groupRoom } from '../../coordination/cores.js';
import type {
  Control,
  CoreHealth,
  CoreInfo,
  HistoryTerm,
  LastCommitNode,
  Progress,
} from '../../coordination/schema/znodes.js';
import type { ZnodeStat } from '../../coordination/session.js';
import type { TaskOverview } from '../../coordination/task-list.js';
import { ZnodeUnreadable, type Reading } from '../../coordination/znode.js';
import { GoneCores } from '../../monitor/view/gone-cores.js';
import { sightTask } from '../../monitor/view/task-sight.js';
import type { ChannelSight, CoreSight, Probe, SourceFacts, View, ZookeeperSight } from '../../monitor/view/view.js';

/** A task as a scene describes it; what is left out is well. */
export interface SceneTask {
  readonly group?: string;
  readonly wanted?: number;
  /** Cores in line; the first leads unless `led` says no. */
  readonly cores?: readonly string[];
  readonly led?: boolean;
  readonly paused?: { since: number };
  readonly unreadable?: boolean;
  readonly progress?: Partial<Progress>;
  /** When it was written. */
  readonly progressAt?: number;
  readonly commit?: Partial<LastCommitNode> & { at?: number };
  readonly terms?: readonly HistoryTerm[];
  readonly host?: string;
  readonly broker?: string;
  readonly rows?: { lastHour: number; yesterday: number };
}

export const T0 = Date.parse('2026-11-23T12:00:00Z');
const UUID = '11111111-1111-1111-1111-111111111111';

export function sourceFacts(changes: Partial<SourceFacts> = {}): SourceFacts {
  return {
    serverUuid: UUID,
    rowMetadata: 'FULL',
    rowImage: 'FULL',
    clockAheadMs: 0,
    end: { file: 'binlog.000012', offset: 1_000 },
    files: ['000010', '000011', '000012'].map((n) => ({ name: `binlog.${n}`, size: 1_000 })),
    expireSeconds: 2_592_000,
    replica: undefined,
    certificateUntil: undefined,
    ...changes,
  };
}

export function good<T>(facts: T): Probe<T> {
  return { ok: true, at: T0, ms: 1, facts };
}

export function bad(error = 'connect ECONNREFUSED', since = T0): Probe<never> {
  return { ok: false, at: since, since, error };
}

/** A cluster that a test puts together, and whose clock it turns. */
export class Scene {
  at = T0;
  readonly tasks = new Map<string, SceneTask>();
  readonly cores = new Map<string, Partial<CoreInfo>>();
  readonly health = new Map<string, Partial<CoreHealth> & { aheadMs?: number }>();
  readonly probes = new Map<string, Probe<SourceFacts>>();
  readonly brokers = new Map<string, Probe<{ certificateUntil: number | undefined }>>();
  zookeeper: ZookeeperSight = { connected: true, since: T0, latencyMs: 2, members: new Map() };
  channels = new Map<string, ChannelSight>();
  unreadable: string[] = [];
  monitorAheadMs = 0;
  readonly #gone = new GoneCores();

  task(name: string, task: SceneTask = {}): this {
    this.tasks.set(name, task);
    return this;
  }

  /** Changes a task of the scene. */
  set(name: string, changes: Partial<SceneTask>): this {
    this.tasks.set(name, { ...this.tasks.get(name), ...changes });
    return this;
  }

  core(name: string, info: Partial<CoreInfo> = {}): this {
    this.cores.set(name, info);
    return this;
  }

  /** The Core and all its instances go in one moment. */
  kill(core: string): this {
    this.cores.delete(core);
    this.health.delete(core);
    for (const [name, task] of this.tasks) this.set(name, { cores: (task.cores ?? []).filter((one) => one !== core) });
    return this;
  }

  view(): View {
    const cores = new Map<string, CoreSight>();
    for (const [name, info] of this.cores) {
      const { aheadMs, ...health } = this.health.get(name) ?? {};
      const full: CoreInfo = { ...{ core: name, host: `host-${name}`, pid: 1, version: 'test', since: T0 - 60_000, groups: [], tasks: [] }, ...info }; // prettier-ignore
      const said = { core: name, at: this.at, rssBytes: 1e8, memoryLimitBytes: 1e9, eventLoopDelayMs: 1, ...health };
      cores.set(name, { name, info: full, health: said, clockAheadMs: aheadMs ?? 0 });
    }
    const list = [...cores.values()].map(({ info }) => info);
    const overviews = new Map([...this.tasks].map(([name, task]) => [name, this.#overview(name, task)]));
    this.#gone.look(this.at, new Map(list.map((info) => [info.core, info])), overviews);
    const tasks = new Map(
      [...overviews].map(([name, overview]) => {
        const { terms = [], rows, host = 'db1' } = this.tasks.get(name)!;
        const around = {
          ...{ cores: list, coreSights: cores, monitorAheadMs: this.monitorAheadMs },
          probe: this.probes.get(`${host}:3306`),
          rowsLastHour: rows?.lastHour,
          rowsYesterday: rows?.yesterday,
        };
        return [name, sightTask(overview, terms, around)] as const;
      }),
    );
    const by = (key: 'source' | 'sink' | 'group') => {
      const found = new Map<string, string[]>();
      for (const task of tasks.values()) {
        const name = task[key];
        if (name !== undefined) found.set(name, [...(found.get(name) ?? []), task.name]);
      }
      return found;
    };
    return {
      at: this.at,
      tasks,
      cores,
      gone: this.#gone.gone,
      groups: new Map(
        [...by('group')].map(([name, names]) => {
          const able = list.filter(({ groups }) => groups.includes(name));
          const room = able.reduce((sum, core) => sum + groupRoom(core), 0);
          return [name, { name, tasks: names, cores: able.map(({ core }) => core), room }];
        }),
      ),
      sources: new Map([...by('source')].map(([name, names]) => [name, { name, tasks: names, probe: this.probes.get(name), movedAt: undefined }])), // prettier-ignore
      sinks: new Map(
        [...by('sink')].map(([name, names]) => [name, { name, tasks: names, brokers: this.#brokersOf(name) }]),
      ),
      zookeeper: this.zookeeper,
      channels: this.channels,
      monitor: { host: 'mon', clockAheadMs: this.monitorAheadMs, unreadable: this.unreadable, left: 0 },
    };
  }

  #brokersOf(sink: string) {
    return new Map(
      sink.split(',').flatMap((name) => (this.brokers.has(name) ? [[name, this.brokers.get(name)!] as const] : [])),
    );
  }

  #overview(name: string, task: SceneTask): TaskOverview {
    const { cores = [], led = true, paused, progress = {}, commit } = task;
    const instances = cores.map((core, i) => {
      const state = i === 0 && led ? ('RUNNING' as const) : ('STANDBY' as const);
      const value = {
        core,
        host: `host-${core}`,
        pid: 1,
        state,
        since: T0 - 60_000,
        ...(state === 'RUNNING' && { term: 7 }),
      };
      return { node: `${core}-000000000${i}`, sequence: i, reading: present(value, T0 - 60_000) };
    });
    const [first] = cores;
    const said: Progress = {
      ...{
        phase: paused ? 'PAUSED' : 'RUNNING',
        since: T0 - 60_000,
        term: 7,
        core: first ?? 'nobody',
        updatedAt: this.at,
      },
      ...{ rows: 10, rowsPerSecond: 1, bytesPerSecond: 100, lagMs: 0 },
      position: { file: 'binlog.000012', offset: 1_000, events: 0, serverUuid: UUID },
      ...progress,
    };
    const { at: committedAt = this.at, ...committed } = commit ?? {};
    const last: LastCommitNode = { position: said.position, committedAt: this.at, term: 7, core: first ?? 'nobody', eventTime: this.at, ...committed }; // prettier-ignore
    const control: Control = { desired: paused ? 'PAUSED' : 'RUNNING', resumes: 0 };
    const spec = specOf(name, task);
    return {
      name,
      spec: task.unreadable
        ? { kind: 'unreadable', error: new ZnodeUnreadable(`/tasks/${name}`, ['not JSON'], stat(T0)) }
        : present(spec, T0),
      instances,
      foreign: [],
      control: paused ? present(control, paused.since) : { kind: 'absent' },
      progress: first === undefined ? { kind: 'absent' } : present(said, task.progressAt ?? this.at),
      lastCommit: present(last, committedAt),
    };
  }
}

function specOf(name: string, { group, wanted = 1, host = 'db1', broker = 'kafka:9092' }: SceneTask): TaskSpec {
  return taskSpecSchema.parse({
    name,
    instances: wanted,
    ...(group !== undefined && { group }),
    source: { mysql: { host, port: 3306, user: 'repl' }, tables: ['shop.*'] },
    sink: { kafka: { brokers: broker.split(',') } },
  });
}

function stat(modifiedAt: number): ZnodeStat {
  return { czxid: 7, mzxid: 8, version: 1, modifiedAt };
}

function present<T>(value: T, modifiedAt: number): Reading<T> {
  return { kind: 'present', value, stat: stat(modifiedAt) };
}
