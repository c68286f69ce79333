import { paths } from '../../coordination/paths.js';
import { formatPosition } from '../../coordination/position.js';
import type { TaskSpec } from '../../coordination/schema/task-spec.js';
import { historySchema, type History } from '../../coordination/schema/znodes.js';
import type { Session } from '../../coordination/session.js';
import { overviewTask, type InstanceEntry, type TaskOverview } from '../../coordination/task-list.js';
import { look, type Reading } from '../../coordination/znode.js';
import { defined, HttpProblem } from '../http/problem.js';
import type { ServerParts } from '../parts.js';
import type { TaskDetail, TaskInstance } from './schema/task-detail.js';
import type { TaskSummary } from './schema/task-summary.js';
import type { UnreadableAnswer } from './schema/values.js';

/** Read from ZooKeeper now, not from what is remembered: an edit begins with it. @throws HttpProblem 404, 503 */
export async function readTaskDetail(parts: ServerParts, task: string): Promise<TaskDetail> {
  const session = parts.link.session();
  const [overview, history] = await Promise.all([
    overviewTask(session, task),
    look(session, paths.history(task), historySchema),
  ]);
  if (overview.spec.kind === 'absent' && overview.instances.length === 0) throw noTask(task);
  return detailOf(parts, overview, history);
}

export function noTask(task: string): HttpProblem {
  return new HttpProblem(404, 'no-task', `there is no task ${task}`);
}

/** The task's configuration and the write it was read with. @throws HttpProblem 404; ZnodeUnreadable */
export async function requireSpec(session: Session, task: string): Promise<{ spec: TaskSpec; version: number }> {
  const { spec } = await overviewTask(session, task);
  if (spec.kind === 'absent') throw noTask(task);
  if (spec.kind === 'unreadable') throw spec.error;
  return { spec: spec.value, version: spec.stat.mzxid };
}

function detailOf(parts: ServerParts, overview: TaskOverview, history: Reading<History>): TaskDetail {
  const now = Date.now();
  const { spec, control, progress, lastCommit } = overview;
  const readings: Reading<unknown>[] = [
    spec,
    control,
    progress,
    lastCommit,
    history,
    ...overview.instances.map(({ reading }) => reading),
  ];
  const terms = history.kind === 'present' ? history.value.terms : [];
  return defined<TaskDetail>({
    now,
    zookeeper: parts.link.connection,
    version: versionOf(spec),
    controlVersion: control.kind === 'absent' ? 0 : versionOf(control),
    summary: parts.view.summary(overview.name, now) ?? unseen(overview),
    spec: valueOf(spec),
    control: valueOf(control),
    instances: overview.instances.map(instanceOf),
    foreign: [...overview.foreign],
    progress: valueOf(progress),
    lastCommit: valueOf(lastCommit),
    terms: terms
      .map(({ from, ...term }) => ({ ...term, ...(from !== undefined && { from: formatPosition(from) }) }))
      .reverse(),
    unreadable: readings.flatMap(unreadableOf),
  });
}

/** Registered so lately that no watch has told of it yet. */
function unseen({ name, spec, instances }: TaskOverview): TaskSummary {
  return {
    name,
    state: spec.kind === 'absent' ? 'UNREGISTERED' : instances.length > 0 ? 'ELECTING' : 'IDLE',
    desired: 'RUNNING',
    standbys: 0,
    rowsPerSecond: 0,
    bytesPerSecond: 0,
    takeOvers24h: 0,
    spark: [],
  };
}

function instanceOf({ node, sequence, reading }: InstanceEntry): TaskInstance {
  if (reading.kind !== 'present') return { node, sequence, state: 'UNREADABLE' };
  const { core, host, pid, state, since, term } = reading.value;
  return { node, sequence, core, host, pid, state, since, ...(term !== undefined && { term }) };
}

function unreadableOf(reading: Reading<unknown>): UnreadableAnswer[] {
  if (reading.kind !== 'unreadable') return [];
  const { path, message, remedy } = reading.error;
  return [{ path, message, ...(remedy !== undefined && { remedy }) }];
}

function valueOf<T>(reading: Reading<T>): T | undefined {
  return reading.kind === 'present' ? reading.value : undefined;
}

function versionOf(reading: Reading<unknown>): number | undefined {
  if (reading.kind === 'present') return reading.stat.mzxid;
  return reading.kind === 'unreadable' ? reading.error.stat.mzxid : undefined;
}
