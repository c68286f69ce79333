import type { Logger } from '../../coordination/log.js';
import { PathFollower } from '../../coordination/path-follower.js';
import { paths } from '../../coordination/paths.js';
import { drainSchema, type Drain } from '../../coordination/schema/drain.js';
import { taskSpecSchema } from '../../coordination/schema/task-spec.js';
import {
  controlSchema,
  coreInfoSchema,
  historySchema,
  instanceSchema,
  lastCommitSchema,
  progressSchema,
  type CoreInfo,
} from '../../coordination/schema/znodes.js';
import type { Session } from '../../coordination/session.js';
import { look, type Reading } from '../../coordination/znode.js';
import type { Series } from '../api/schema/task-detail.js';
import type { CoreSummary, GroupSummary, TaskSummary } from '../api/schema/task-summary.js';
import type { ConnectionAnswer, UnreadableAnswer } from '../api/schema/values.js';
import { coreSummary, groupSummaries, servedByCore, type Served } from './cluster-view.js';
import { TaskRecord } from './task-record.js';
import { TotalSeries } from './task-series.js';

/** What has changed since somebody asked last. */
export interface Dirty {
  readonly tasks: ReadonlySet<string>;
  /** Cores, drains, or who serves what. */
  readonly cluster: boolean;
}

/** How often the series get a point of what did not change. */
const SAMPLE_MS = 10_000;

/**
 * The whole tree as the Server sees it, in memory, kept by watches while a session lasts and kept as it was when none does: five watches for
 * each task and one for each instance and Core. Summaries are made when somebody asks, of what was read.
 */
export class TreeView {
  readonly #log: Logger;
  readonly #total = new TotalSeries();
  readonly #tasks = new Map<string, TaskRecord>();
  readonly #cores = new Map<string, { reading: Reading<CoreInfo>; unfollow: () => void }>();
  readonly #drains = new Map<string, { reading: Reading<Drain>; unfollow: () => void }>();
  readonly #listeners = new Set<() => void>();
  readonly #sampling: NodeJS.Timeout;
  #following: Following | undefined;
  #everSettled = false;
  #connection: ConnectionAnswer['state'] = 'reconnecting';
  #dirtyTasks = new Set<string>();
  #dirtyCluster = false;
  #served: Map<string, Served> | undefined;

  constructor(log: Logger) {
    this.#log = log;
    this.#sampling = setInterval(() => this.#sample(), SAMPLE_MS).unref();
  }

  /** Whether all that is known to be there was read, in this session. */
  get settled(): boolean {
    return this.#following?.follower.settled === true;
  }

  /** Whether it was ever read wholly: before, an empty list says nothing. */
  get everSettled(): boolean {
    return this.#everSettled;
  }

  get size(): number {
    return [...this.#tasks.values()].filter(({ isThere }) => isThere).length;
  }

  get cores(): ReadonlyMap<string, { readonly reading: Reading<CoreInfo> }> {
    return this.#cores;
  }

  /** The tasks that are there, registered or waited for. */
  get tasks(): TaskRecord[] {
    return [...this.#tasks.values()].filter(({ isThere }) => isThere);
  }

  task(name: string): TaskRecord | undefined {
    const record = this.#tasks.get(name);
    return record?.isThere === true ? record : undefined;
  }

  /** Called, often, when something may be different; `takeDirty` says what. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  takeDirty(): Dirty {
    const dirty = { tasks: this.#dirtyTasks, cluster: this.#dirtyCluster };
    this.#dirtyTasks = new Set();
    this.#dirtyCluster = false;
    return dirty;
  }

  set connection(state: ConnectionAnswer['state']) {
    this.#connection = state;
    this.#everything();
  }

  /** `undefined` when there is none. */
  summary(name: string, now: number, cores = this.livingCores()): TaskSummary | undefined {
    return this.task(name)?.summary(cores, this.#connection, now);
  }

  summaries(now: number): TaskSummary[] {
    const cores = this.livingCores();
    return this.tasks.map((record) => record.summary(cores, this.#connection, now));
  }

  livingCores(): CoreInfo[] {
    return [...this.#cores.values()].flatMap(({ reading }) => (reading.kind === 'present' ? [reading.value] : []));
  }

  served(): ReadonlyMap<string, Served> {
    return (this.#served ??= servedByCore(this.#tasks.values()));
  }

  coreSummaries(): CoreSummary[] {
    const drainOf = (node: string): Drain | undefined => {
      const reading = this.#drains.get(node)?.reading;
      return reading?.kind === 'present' ? reading.value : undefined;
    };
    const served = this.served();
    // One that was only heard of is not there yet: without its node read it would look gone.
    const read = [...this.#cores].filter(([, { reading }]) => reading.kind !== 'absent');
    const living = read.map(([node, { reading }]) => coreSummary(node, reading, drainOf(node), served));
    const gone = [...this.#drains.keys()].filter((node) => !this.#cores.has(node));
    return [...living, ...gone.map((node) => coreSummary(node, undefined, drainOf(node), served))].sort((a, b) =>
      a.name < b.name ? -1 : 1,
    );
  }

  /** What was measured of all tasks together, the step that is not over yet left out. */
  seriesOfAll(from: number, to: number, now: number): Series {
    this.#sum(now);
    return this.#total.read(from, to, now);
  }

  #sum(now: number): void {
    const all = [...this.#tasks.values()].map(({ series }) => series);
    this.#total.take(all, now);
  }

  /** @param summaries of the tasks */
  groupSummaries(summaries: Iterable<TaskSummary>): GroupSummary[] {
    const found = groupSummaries(summaries, this.livingCores());
    return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  unreadable(): UnreadableAnswer[] {
    const broken = [...this.#cores.values(), ...this.#drains.values()].flatMap(({ reading }) =>
      reading.kind === 'unreadable' ? [{ path: reading.error.path, message: reading.error.message }] : [],
    );
    return [...this.tasks.flatMap((record) => record.unreadable()), ...broken];
  }

  /** Follows the tree in this session until the function that it returns is called. */
  attach(session: Session): () => void {
    const following = new Following(session, this.#log, () => this.#wasRead());
    this.#following = following;
    const { follower } = following;
    const { tasks, cores, drains } = paths;
    following.root(follower.follow(tasks, 'children', () => this.#readTasks(following)));
    following.root(
      follower.follow(cores, 'children', () =>
        this.#readNodes(following, cores, this.#cores, (name) => look(session, paths.core(name), coreInfoSchema)),
      ),
    );
    following.root(
      follower.follow(drains, 'children', () =>
        this.#readNodes(following, drains, this.#drains, (name) => look(session, paths.drain(name), drainSchema)),
      ),
    );
    return () => {
      following.end();
      for (const entry of [...this.#cores.values(), ...this.#drains.values()]) entry.unfollow = NOT_FOLLOWED;
      if (this.#following === following) this.#following = undefined;
    };
  }

  close(): void {
    clearInterval(this.#sampling);
    this.#following?.end();
  }

  async #readTasks(following: Following): Promise<void> {
    const names = new Set((await following.session.children(paths.tasks)) ?? []);
    for (const name of this.#tasks.keys()) {
      if (names.has(name)) continue;
      this.#tasks.delete(name);
      following.forget(name);
      this.#touch(name, true);
    }
    for (const name of names) {
      const record = this.#tasks.get(name) ?? new TaskRecord(name);
      this.#tasks.set(name, record);
      if (!following.has(name)) this.#followTask(following, record);
    }
  }

  #followTask(following: Following, record: TaskRecord): void {
    const { session, follower } = following;
    const { name } = record;
    const touch = (cluster: boolean): void => this.#touch(name, cluster);
    const instances = new Map<string, () => void>();
    const readLine = async (): Promise<void> => {
      const children = (await session.children(paths.instances(name))) ?? [];
      record.children = children;
      for (const [node, unfollow] of instances) {
        if (children.includes(node)) continue;
        unfollow();
        instances.delete(node);
      }
      for (const node of children) {
        if (instances.has(node)) continue;
        const path = paths.instance(name, node);
        const read = async (): Promise<void> => {
          record.sawInstance(node, await look(session, path, instanceSchema));
          touch(true);
        };
        instances.set(node, follower.follow(path, 'data', read));
      }
      touch(true);
    };
    const follows = [
      follower.follow(paths.task(name), 'data', async () => {
        record.spec = await look(session, paths.task(name), taskSpecSchema);
        touch(true);
      }),
      follower.follow(paths.control(name), 'data', async () => {
        record.control = await look(session, paths.control(name), controlSchema);
        await readOrder(session, record);
        touch(false);
      }),
      follower.follow(paths.progress(name), 'data', async () => {
        record.heard(await look(session, paths.progress(name), progressSchema), Date.now());
        await readOrder(session, record);
        touch(false);
      }),
      follower.follow(paths.history(name), 'data', async () => {
        record.history = await look(session, paths.history(name), historySchema);
        touch(false);
      }),
      follower.follow(paths.instances(name), 'children', readLine),
    ];
    following.task(name, () => {
      for (const unfollow of [...follows, ...instances.values()]) unfollow();
    });
  }

  /** Follows the nodes directly below a path: Cores, or drains. */
  async #readNodes<T>(
    { session, follower }: Following,
    path: string,
    known: Map<string, { reading: Reading<T>; unfollow: () => void }>,
    read: (name: string) => Promise<Reading<T>>,
  ): Promise<void> {
    const names = new Set((await session.children(path)) ?? []);
    for (const [name, { unfollow }] of known) {
      if (names.has(name)) continue;
      unfollow();
      known.delete(name);
    }
    for (const name of names) {
      const before = known.get(name);
      if (before !== undefined && before.unfollow !== NOT_FOLLOWED) continue;
      const entry = before ?? { reading: { kind: 'absent' } as Reading<T>, unfollow: NOT_FOLLOWED };
      known.set(name, entry);
      entry.unfollow = follower.follow(`${path}/${name}`, 'data', async () => {
        entry.reading = await read(name);
        this.#touchCluster();
      });
    }
    this.#touchCluster();
  }

  #touch(task: string, line: boolean): void {
    this.#dirtyTasks.add(task);
    if (line) this.#touchCluster();
  }

  /** Who lives decides whether a task without a leader is UNSERVED. */
  #touchCluster(): void {
    this.#served = undefined;
    this.#dirtyCluster = true;
    for (const record of this.#tasks.values()) if (record.leader === undefined) this.#dirtyTasks.add(record.name);
  }

  #everything(): void {
    for (const name of this.#tasks.keys()) this.#dirtyTasks.add(name);
    this.#dirtyCluster = true;
    for (const listener of this.#listeners) listener();
  }

  #wasRead(): void {
    if (this.settled) this.#everSettled = true;
    for (const listener of this.#listeners) listener();
  }

  /** What was not heard of for too long turns UNKNOWN without any change in the tree. */
  #sample(): void {
    const now = Date.now();
    for (const record of this.#tasks.values()) {
      record.sample(now);
      if (!record.isFresh(now)) this.#dirtyTasks.add(record.name);
    }
    this.#sum(now);
    for (const listener of this.#listeners) listener();
  }
}

const NOT_FOLLOWED = (): void => undefined;

/** What is followed in one session. */
class Following {
  readonly session: Session;
  readonly follower: PathFollower;
  readonly #roots: (() => void)[] = [];
  readonly #tasks = new Map<string, () => void>();

  constructor(session: Session, log: Logger, onRead: () => void) {
    this.session = session;
    this.follower = new PathFollower(session, log, onRead);
  }

  root(unfollow: () => void): void {
    this.#roots.push(unfollow);
  }

  has(task: string): boolean {
    return this.#tasks.has(task);
  }

  task(name: string, unfollow: () => void): void {
    this.#tasks.set(name, unfollow);
  }

  forget(name: string): void {
    this.#tasks.get(name)?.();
    this.#tasks.delete(name);
  }

  end(): void {
    for (const unfollow of [...this.#roots.splice(0), ...this.#tasks.values()]) unfollow();
    this.#tasks.clear();
  }
}

/** Whether an ordered position was taken up stands in `lastCommit` only; it is looked at while that is open. */
async function readOrder(session: Session, record: TaskRecord): Promise<void> {
  const control = record.control.kind === 'present' ? record.control.value : undefined;
  if (control?.restartFrom === undefined || record.orderTaken === control.resumes) return;
  const reading = await look(session, paths.lastCommit(record.name), lastCommitSchema);
  record.orderTaken = (reading.kind === 'present' ? reading.value.order : undefined) ?? 0;
}
