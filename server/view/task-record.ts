import type { ConnectionAnswer } from '../api/schema/values.js';
import { lineUp } from '../../coordination/election.js';
import type { TaskSpec } from '../../coordination/schema/task-spec.js';
import type { Control, CoreInfo, History, Instance, Progress } from '../../coordination/schema/znodes.js';
import type { InstanceEntry, TaskOverview } from '../../coordination/task-list.js';
import { summarise, type TaskState } from '../../coordination/task-state.js';
import type { Reading } from '../../coordination/znode.js';
import { defined } from '../http/problem.js';
import type { PendingOrder, TaskEvent, TaskSummary } from '../api/schema/task-summary.js';
import type { UnreadableAnswer } from '../api/schema/values.js';
import { TaskSeries } from './task-series.js';
import { takeOvers24h, timelineOf } from './timeline.js';

/** A Core writes its progress every 10 s at least; what is older than three of these is no news of the present. */
const FRESH_MS = 30_000;
const SPARK_MINUTES = 30;

const ABSENT = { kind: 'absent' } as const;

/** All that the Server holds of one task: what its znodes said last, and what was measured. */
export class TaskRecord {
  readonly name: string;
  readonly series = new TaskSeries();
  spec: Reading<TaskSpec> = ABSENT;
  control: Reading<Control> = ABSENT;
  history: Reading<History> = ABSENT;
  readonly #instances = new Map<string, Reading<Instance>>();
  #children: readonly string[] = [];
  #progress: Reading<Progress> = ABSENT;
  /** The last order of a position that a Core has taken up. */
  orderTaken: number | undefined;
  #heardAt: number | undefined;
  #state: { state: TaskState; since: number | undefined } | undefined;
  #events: { of: Reading<History>; events: readonly TaskEvent[] } | undefined;

  constructor(name: string) {
    this.name = name;
  }

  get progress(): Reading<Progress> {
    return this.#progress;
  }

  /** What was read of the progress; `now` by the Server's own clock, so that a Core's wrong clock makes nothing old or new. */
  heard(progress: Reading<Progress>, now: number): void {
    const first = this.#heardAt === undefined;
    this.#progress = progress;
    if (progress.kind !== 'present') return;
    // The first one was written at some time before it was read here.
    this.#heardAt = first ? Math.min(now, progress.stat.modifiedAt) : now;
    this.sample(now);
  }

  /** Notes what is known now in the series; nothing where it is too old. */
  sample(now: number): void {
    const progress = this.#progress;
    if (progress.kind !== 'present' || !this.isFresh(now) || this.leader === undefined) return;
    const { lagMs, lagBytes, rowsPerSecond, bytesPerSecond } = progress.value;
    this.series.add(now, { lagMs, lagBytes, rowsPerSecond, bytesPerSecond });
  }

  isFresh(now: number): boolean {
    return this.#heardAt !== undefined && now - this.#heardAt < FRESH_MS;
  }

  get children(): readonly string[] {
    return this.#children;
  }

  set children(names: readonly string[]) {
    this.#children = names;
    for (const node of this.#instances.keys()) if (!names.includes(node)) this.#instances.delete(node);
  }

  sawInstance(node: string, reading: Reading<Instance>): void {
    if (this.#children.includes(node)) this.#instances.set(node, reading);
  }

  get leader(): (Instance & { readonly term: number }) | undefined {
    for (const { reading } of this.overview().instances) {
      if (reading.kind === 'present' && reading.value.state === 'RUNNING') {
        return { ...reading.value, term: reading.value.term ?? reading.stat.czxid };
      }
    }
    return undefined;
  }

  /** Whether it is a task, or what a deletion left for a Core that was just joining. */
  get isThere(): boolean {
    return this.spec.kind !== 'absent' || this.#children.length > 0;
  }

  overview(): TaskOverview {
    const { line, foreign } = lineUp(this.#children);
    const instances = line.map(({ node, sequence }): InstanceEntry => {
      return { node, sequence, reading: this.#instances.get(node) ?? ABSENT };
    });
    const { name, spec, control } = this;
    return { name, spec, instances, foreign, control, progress: this.#progress, lastCommit: ABSENT };
  }

  get events(): readonly TaskEvent[] {
    if (this.#events?.of !== this.history) {
      const history = this.history.kind === 'present' ? this.history.value : undefined;
      this.#events = { of: this.history, events: timelineOf(history) };
    }
    return this.#events.events;
  }

  unreadable(): UnreadableAnswer[] {
    const parts: Reading<unknown>[] = [
      this.spec,
      this.control,
      this.#progress,
      this.history,
      ...this.#instances.values(),
    ];
    return parts.flatMap((part) => {
      if (part.kind !== 'unreadable') return [];
      const { path, message, remedy } = part.error;
      return [defined({ path, message, remedy }) as UnreadableAnswer];
    });
  }

  /** What a list shows of the task now. */
  summary(cores: readonly CoreInfo[], connection: ConnectionAnswer['state'], now: number): TaskSummary {
    const overview = this.overview();
    const { state, kind, reason, standby, position } = summarise(overview, cores);
    const { leader } = this;
    const progress = this.#progressOf(leader?.term);
    const stale = connection === 'lost' || (leader !== undefined && this.#heardAt !== undefined && !this.isFresh(now));
    const since = this.#since(state, progress);
    const spec = this.spec.kind === 'present' ? this.spec.value : undefined;
    const unreadable = this.unreadable();
    const measured = !stale && progress !== undefined;
    return defined<TaskSummary>({
      name: this.name,
      group: spec?.group,
      source: spec && `${spec.source.mysql.host}:${spec.source.mysql.port}`,
      sink: spec?.sink.kafka.topic,
      tables: spec?.source.tables,
      instancesWanted: spec?.instances,
      state: stale ? 'UNKNOWN' : state,
      kind,
      reason,
      lastKnown: stale ? state : undefined,
      since,
      desired: this.control.kind === 'present' ? this.control.value.desired : 'RUNNING',
      pending: stale ? undefined : this.#pending(leader, progress),
      runner: leader && { core: leader.core, host: leader.host, since: leader.since, term: leader.term },
      standbys: standby,
      lagMs: measured ? progress.lagMs : undefined,
      lagBytes: measured ? progress.lagBytes : undefined,
      idleSince: measured ? progress.idleSince : undefined,
      rowsPerSecond: measured ? progress.rowsPerSecond : 0,
      bytesPerSecond: measured ? progress.bytesPerSecond : 0,
      position: position === undefined ? undefined : { ...position },
      updatedAt: this.#heardAt,
      failure: progress?.failure,
      takeOvers24h: takeOvers24h(this.events, now),
      lastChange: this.events.at(-1),
      spark: this.series.spark(SPARK_MINUTES, now),
      unreadable: unreadable.length === 0 ? undefined : unreadable,
    });
  }

  /** Of the present term only: what a past one wrote of itself is not the present. */
  #progressOf(term: number | undefined): Progress | undefined {
    const progress = this.#progress;
    return progress.kind === 'present' && progress.value.term === term ? progress.value : undefined;
  }

  #since(state: TaskState, progress: Progress | undefined): number | undefined {
    if (progress?.phase === state) return progress.since;
    const { control } = this;
    if (state === 'PAUSED' && control.kind === 'present') return control.stat.modifiedAt;
    if (this.#state?.state !== state) {
      this.#state = { state, since: this.#state === undefined ? undefined : Date.now() };
    }
    return this.#state.since;
  }

  #pending(leader: { term: number } | undefined, progress: Progress | undefined): PendingOrder | undefined {
    if (leader === undefined || this.control.kind !== 'present') return undefined;
    const { desired, handOverTerm, move, restartFrom, resumes } = this.control.value;
    if (move?.term === leader.term) return 'move';
    if (handOverTerm === leader.term) return 'hand-over';
    if (desired === 'PAUSED') return progress?.phase === 'PAUSED' ? undefined : 'pause';
    if (progress?.phase === 'PAUSED') return 'resume';
    if (restartFrom !== undefined && this.orderTaken !== undefined && this.orderTaken !== resumes) return 'position';
    return undefined;
  }
}
