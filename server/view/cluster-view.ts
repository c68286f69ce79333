import { groupRoom } from '../../coordination/cores.js';
import type { Drain } from '../../coordination/schema/drain.js';
import type { CoreInfo } from '../../coordination/schema/znodes.js';
import type { Reading } from '../../coordination/znode.js';
import type { CoreSummary, GroupSummary, TaskSummary } from '../api/schema/task-summary.js';
import { defined } from '../http/problem.js';
import type { TaskRecord } from './task-record.js';

/** What each Core serves, by the tasks' lines. */
export interface Served {
  readonly runs: string[];
  readonly standsBy: string[];
}

export function servedByCore(tasks: Iterable<TaskRecord>): Map<string, Served> {
  const found = new Map<string, Served>();
  for (const record of tasks) {
    for (const { reading } of record.overview().instances) {
      if (reading.kind !== 'present') continue;
      const served = found.get(reading.value.core) ?? { runs: [], standsBy: [] };
      found.set(reading.value.core, served);
      (reading.value.state === 'RUNNING' ? served.runs : served.standsBy).push(record.name);
    }
  }
  return found;
}

/** One Core as a list shows it. `node` is its name in the tree. */
export function coreSummary(
  node: string,
  reading: Reading<CoreInfo> | undefined,
  drain: Drain | undefined,
  served: ReadonlyMap<string, Served>,
): CoreSummary {
  const nothing: Served = { runs: [], standsBy: [] };
  if (reading?.kind !== 'present') {
    const { runs, standsBy } = served.get(node) ?? nothing;
    return defined<CoreSummary>({
      name: node,
      groups: [],
      pinned: [],
      load: runs.length + standsBy.length,
      room: 0,
      running: runs.length,
      standby: standsBy.length,
      state: reading?.kind === 'unreadable' ? 'UNREADABLE' : 'GONE',
      drain,
      unreadable:
        reading?.kind === 'unreadable' ? { path: reading.error.path, message: reading.error.message } : undefined,
    });
  }
  const info = reading.value;
  const { runs, standsBy } = served.get(info.core) ?? nothing;
  const kept = [...runs, ...standsBy].sort();
  const draining = drain !== undefined || info.drained !== undefined;
  return defined<CoreSummary>({
    name: info.core,
    host: info.host,
    pid: info.pid,
    version: info.version,
    since: info.since,
    groups: info.drained?.groups ?? info.groups,
    pinned: info.tasks,
    capacity: info.capacity,
    load: info.load ?? info.tasks.length,
    room: draining ? 0 : groupRoom(info),
    running: runs.length,
    standby: standsBy.length,
    state: !draining ? 'LIVING' : kept.length > 0 || info.drained === undefined ? 'DRAINING' : 'DRAINED',
    drain,
    kept: draining ? kept : undefined,
  });
}

/** Every group that a task or a living Core names. */
export function groupSummaries(tasks: Iterable<TaskSummary>, cores: readonly CoreInfo[]): Map<string, GroupSummary> {
  const found = new Map<string, GroupSummary>();
  const of = (name: string): GroupSummary => {
    const empty = { name, tasks: 0, cores: [], running: 0, unserved: 0, wanted: 0, instances: 0, room: 0 };
    const group = found.get(name) ?? empty;
    found.set(name, group);
    return group;
  };
  for (const info of cores) {
    for (const name of info.drained?.groups ?? info.groups) {
      const group = of(name);
      group.cores.push(info.core);
      if (info.drained === undefined) group.room += groupRoom(info);
    }
  }
  for (const { group: name, instancesWanted = 0, runner, standbys, state } of tasks) {
    if (name === undefined) continue;
    const group = of(name);
    group.tasks++;
    group.wanted += instancesWanted;
    group.instances += standbys + (runner === undefined ? 0 : 1);
    if (runner !== undefined) group.running++;
    if (state === 'UNSERVED') group.unserved++;
  }
  return found;
}
