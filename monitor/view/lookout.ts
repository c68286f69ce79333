import { groupRoom } from '../../coordination/cores.js';
import type { Alert } from '../../coordination/schema/alerts.js';
import type { TaskSpec } from '../../coordination/schema/task-spec.js';
import type { CoreInfo } from '../../coordination/schema/znodes.js';
import { isThere } from '../../coordination/task-state.js';
import type { Acting } from '../acting.js';
import type { ConfigWatch } from '../config-watch.js';
import type { Probes } from '../probe/probes.js';
import { GoneCores } from './gone-cores.js';
import { sightTask, sourceKey } from './task-sight.js';
import type { TreeWatch } from './tree-watch.js';
import type { ChannelSight, CoreSight, GroupSight, SinkSight, SourceSight, TaskSight, View } from './view.js';

const PINGS_KEPT = 60;

/** Puts the view together: the tree, the probes, the clocks, and what is remembered of Cores that are gone. */
export class Lookout {
  /** Whether the tree was ever wholly read. */
  looked = false;
  readonly #host: string;
  readonly #probes: Probes;
  readonly #gone = new GoneCores();
  readonly #pings: number[] = [];
  #connected = false;
  #since = Date.now();
  #aheadMs: number | undefined;

  constructor(host: string, probes: Probes) {
    this.#host = host;
    this.#probes = probes;
  }

  /** Now, by ZooKeeper's clock. */
  now(): number {
    return Date.now() - (this.#aheadMs ?? 0);
  }

  /** How far this machine's clock is ahead of ZooKeeper's. */
  clock(aheadMs: number | undefined): void {
    this.#aheadMs = aheadMs ?? this.#aheadMs;
  }

  connected(connected: boolean): void {
    if (connected !== this.#connected) this.#since = this.now();
    this.#connected = connected;
  }

  pinged(ms: number): void {
    this.#pings.push(ms);
    if (this.#pings.length > PINGS_KEPT) this.#pings.shift();
  }

  /** What an open alert of the Monitor before knows that is not in the tree. */
  adopt({ rule, name, facts, tasks }: Alert): void {
    if (rule !== 'core-gone') return;
    const groups = String(facts['groups'] ?? '').split(',').filter((group) => group !== ''); // prettier-ignore
    this.#gone.adopt({ name, host: String(facts['host']), goneAt: Number(facts['goneAt']), groups, tasks });
  }

  specs(tree: TreeWatch): TaskSpec[] {
    return [...tree.overviews.values()].flatMap(({ spec }) => (spec.kind === 'present' ? [spec.value] : []));
  }

  look(tree: TreeWatch, config: ConfigWatch, acting: Acting | undefined): View {
    this.looked = true;
    const at = this.now();
    const monitorAheadMs = this.#aheadMs ?? 0;
    const cores = coreSights(tree);
    const infos = new Map([...cores].map(([name, { info }]) => [name, info]));
    const overviews = new Map([...tree.overviews].filter(([, overview]) => isThere(overview)));
    this.#gone.look(at, infos, overviews);
    const list = [...infos.values()];
    const tasks = new Map<string, TaskSight>();
    for (const [name, overview] of overviews) {
      const spec = overview.spec.kind === 'present' ? overview.spec.value : undefined;
      const { lastHour, yesterday } = acting?.rows(name, at) ?? {};
      const around = {
        cores: list,
        coreSights: cores,
        probe: spec && this.#probes.sources.get(sourceKey(spec)),
        monitorAheadMs,
        rowsLastHour: lastHour,
        rowsYesterday: yesterday,
      };
      tasks.set(name, sightTask(overview, tree.terms(name), around));
    }
    const unreadable = [...config.faults, ...[...tree.cores.values()].flatMap(({ fault }) => fault ?? [])];
    return {
      at,
      tasks,
      cores,
      gone: this.#gone.gone,
      groups: groupSights(tasks, list),
      sources: this.#sources(tasks),
      sinks: this.#sinks(tasks),
      zookeeper: {
        connected: this.#connected,
        since: this.#since,
        latencyMs: percentile95(this.#pings),
        members: new Map(this.#probes.members),
      },
      channels: channelSights(config, acting),
      monitor: { host: this.#host, clockAheadMs: this.#aheadMs, unreadable, left: acting?.left ?? 0 },
    };
  }

  #sources(tasks: ReadonlyMap<string, TaskSight>): Map<string, SourceSight> {
    const sights = new Map<string, SourceSight>();
    for (const [name, names] of groupBy(tasks, ({ source }) => source)) {
      const { sources, moved } = this.#probes;
      sights.set(name, { name, tasks: names, probe: sources.get(name), movedAt: moved.get(name) });
    }
    return sights;
  }

  #sinks(tasks: ReadonlyMap<string, TaskSight>): Map<string, SinkSight> {
    const sights = new Map<string, SinkSight>();
    for (const [name, names] of groupBy(tasks, ({ sink }) => sink)) {
      const brokers = name.split(',').flatMap((broker) => {
        const probe = this.#probes.brokers.get(broker);
        return probe === undefined ? [] : [[broker, probe] as const];
      });
      sights.set(name, { name, tasks: names, brokers: new Map(brokers) });
    }
    return sights;
  }
}

function coreSights(tree: TreeWatch): Map<string, CoreSight> {
  const sights = new Map<string, CoreSight>();
  for (const [node, { info, health }] of tree.cores) {
    if (info === undefined) continue;
    const clockAheadMs = health === undefined ? undefined : health.value.at - health.stat.modifiedAt;
    sights.set(info.core, { name: info.core ?? node, info, health: health?.value, clockAheadMs });
  }
  return sights;
}

function groupSights(tasks: ReadonlyMap<string, TaskSight>, cores: readonly CoreInfo[]): Map<string, GroupSight> {
  const sights = new Map<string, GroupSight>();
  for (const [name, names] of groupBy(tasks, ({ group }) => group)) {
    const able = cores.filter(({ groups }) => groups.includes(name));
    const room = able.reduce((sum, core) => sum + groupRoom(core), 0);
    sights.set(name, { name, tasks: names, cores: able.map(({ core }) => core), room });
  }
  return sights;
}

function channelSights(config: ConfigWatch, acting: Acting | undefined): Map<string, ChannelSight> {
  const sights = new Map<string, ChannelSight>();
  if (acting === undefined) return sights;
  const { sent } = acting;
  for (const { name } of config.policy.channels.channels) sights.set(name, { name, failing: sent.get(name)?.failing });
  return sights;
}

function groupBy(
  tasks: ReadonlyMap<string, TaskSight>,
  key: (task: TaskSight) => string | undefined,
): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [name, task] of tasks) {
    const group = key(task);
    if (group === undefined) continue;
    const names = groups.get(group);
    if (names === undefined) groups.set(group, [name]);
    else names.push(name);
  }
  return groups;
}

function percentile95(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.95))];
}
