import { comparePositions, fileNumber, type Position } from '../../coordination/position.js';
import type { CoreInfo, HistoryTerm } from '../../coordination/schema/znodes.js';
import type { TaskSpec } from '../../coordination/schema/task-spec.js';
import type { TaskOverview } from '../../coordination/task-list.js';
import { summarise } from '../../coordination/task-state.js';
import type { Reading } from '../../coordination/znode.js';
import type { CoreSight, Probe, SourceFacts, TaskSight } from './view.js';

export interface TaskAround {
  readonly cores: readonly CoreInfo[];
  readonly coreSights: ReadonlyMap<string, CoreSight>;
  readonly probe: Probe<SourceFacts> | undefined;
  readonly monitorAheadMs: number;
  readonly rowsLastHour: number | undefined;
  readonly rowsYesterday: number | undefined;
}

/** Brings together what is known of one task. Pure. */
export function sightTask(overview: TaskOverview, terms: readonly HistoryTerm[], around: TaskAround): TaskSight {
  const spec = valueOf(overview.spec);
  const instances = overview.instances.flatMap(({ reading }) => (reading.kind === 'present' ? [reading] : []));
  const leader = instances.find(({ value }) => value.state === 'RUNNING');
  const term = leader === undefined ? undefined : (leader.value.term ?? leader.stat.czxid);
  const written = valueOf(overview.progress);
  const progress = written !== undefined && written.term === term ? written : undefined;
  const lagBytes = bytesBehind(progress?.position ?? valueOf(overview.lastCommit)?.position, around.probe);
  return {
    name: overview.name,
    group: spec?.group,
    spec,
    overview,
    summary: summarise(overview, around.cores),
    running: leader?.value,
    progress,
    progressAt: writtenAt(overview.progress),
    lastCommitAt: writtenAt(overview.lastCommit),
    controlAt: writtenAt(overview.control),
    terms,
    source: spec && sourceKey(spec),
    sink: spec && sinkKey(spec),
    lagMs: progress && lagOf(progress.lagMs, progress.core, lagBytes, around),
    lagBytes,
    rowsLastHour: around.rowsLastHour,
    rowsYesterday: around.rowsYesterday,
  };
}

export function sourceKey({ source }: TaskSpec): string {
  return `${source.mysql.host}:${source.mysql.port}`;
}

export function sinkKey({ sink }: TaskSpec): string {
  const { kafka, mysql } = sink;
  return kafka === undefined ? `${mysql?.host ?? ''}:${mysql?.port ?? ''}` : [...kafka.brokers].sort().join(',');
}

/**
 * The Core compares the time of a change at the source with its own clock: by as much as the two differ its lag is false. Both are known
 * against ZooKeeper's clock, so that is taken out again. At the end of the log there is no lag, whatever the clocks say.
 */
function lagOf(said: number, core: string, lagBytes: number | undefined, around: TaskAround): number {
  if (lagBytes === 0) return 0;
  const coreAhead = around.coreSights.get(core)?.clockAheadMs ?? 0;
  const sourceAhead = around.probe?.ok ? around.probe.facts.clockAheadMs + around.monitorAheadMs : 0;
  return Math.max(0, said - (coreAhead - sourceAhead));
}

/** Bytes of binlog between a place and the end of the log; undefined where that cannot be told. */
export function bytesBehind(position: Position | undefined, probe: Probe<SourceFacts> | undefined): number | undefined {
  if (position === undefined || !probe?.ok) return undefined;
  const { end, files, serverUuid } = probe.facts;
  if (position.serverUuid !== undefined && serverUuid !== undefined && position.serverUuid !== serverUuid)
    return undefined;
  const at = { ...end, events: 0 };
  if (comparePositions(position, at) >= 0) return 0;
  if (position.file === end.file) return end.offset - position.offset;
  const first = fileNumber(position.file);
  const last = fileNumber(end.file);
  let bytes = end.offset - position.offset;
  let found = false;
  for (const { name, size } of files) {
    const number = fileNumber(name);
    if (number === first) found = true;
    if (number >= first && number < last) bytes += size;
  }
  return found ? bytes : undefined;
}

function valueOf<T>(reading: Reading<T>): T | undefined {
  return reading.kind === 'present' ? reading.value : undefined;
}

function writtenAt(reading: Reading<unknown>): number | undefined {
  if (reading.kind === 'present') return reading.stat.modifiedAt;
  return reading.kind === 'unreadable' ? reading.error.stat.modifiedAt : undefined;
}
