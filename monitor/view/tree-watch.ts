import { lineUp } from '../../coordination/election.js';
import { PathFollower } from '../../coordination/path-follower.js';
import type { Logger } from '../../coordination/log.js';
import { paths } from '../../coordination/paths.js';
import { taskSpecSchema } from '../../coordination/schema/task-spec.js';
import {
  controlSchema,
  coreHealthSchema,
  coreInfoSchema,
  historySchema,
  instanceSchema,
  lastCommitSchema,
  progressSchema,
  type CoreHealth,
  type CoreInfo,
  type HistoryTerm,
} from '../../coordination/schema/znodes.js';
import type { Session, ZnodeStat } from '../../coordination/session.js';
import type { InstanceEntry, TaskOverview } from '../../coordination/task-list.js';
import { look, type Reading } from '../../coordination/znode.js';

interface Followed {
  overview: { -readonly [K in keyof TaskOverview]: TaskOverview[K] };
  terms: readonly HistoryTerm[];
  readonly instances: Map<string, () => void>;
  readonly unfollow: (() => void)[];
}

interface FollowedCore {
  info: CoreInfo | undefined;
  health: { value: CoreHealth; stat: ZnodeStat } | undefined;
  fault: string | undefined;
  readonly unfollow: (() => void)[];
}

/** Of what changes all the time, each task is read no more often than this; longer with many tasks. */
const PACE_MS = 1_000;
const READS_PER_SECOND = 300;
const ABSENT = { kind: 'absent' } as const;

/**
 * Follows all tasks and Cores by watches. What changes all the time (`progress`, `lastCommit`) is read at a pace, so that a thousand
 * busy tasks cost a known number of requests; who runs what is known at once.
 */
export class TreeWatch {
  readonly #session: Session;
  readonly #followers: PathFollower;
  /** Of what is read at a pace: nobody is told of each reading. */
  readonly #paced: PathFollower;
  readonly #tasks = new Map<string, Followed>();
  readonly #cores = new Map<string, FollowedCore>();
  readonly #unfollow: (() => void)[] = [];
  readonly #onChange: () => void;

  /** `onChange` is called after each reading of what decides who runs what; once `complete`, what is seen belongs together. */
  constructor(session: Session, log: Logger, onChange: () => void) {
    this.#session = session;
    this.#onChange = onChange;
    this.#followers = new PathFollower(session, log, onChange);
    this.#paced = new PathFollower(session, log, () => undefined);
    this.#unfollow.push(
      this.#followers.follow(paths.tasks, 'children', () => this.#readTasks()),
      this.#followers.follow(paths.cores, 'children', () => this.#readCores()),
    );
  }

  /** Whether all that is known to have changed was read. */
  get complete(): boolean {
    return this.#followers.settled && this.#paced.settled;
  }

  get overviews(): ReadonlyMap<string, TaskOverview> {
    return new Map([...this.#tasks].map(([name, { overview }]) => [name, overview]));
  }

  terms(task: string): readonly HistoryTerm[] {
    return this.#tasks.get(task)?.terms ?? [];
  }

  get cores(): ReadonlyMap<string, Omit<FollowedCore, 'unfollow'>> {
    return this.#cores;
  }

  close(): void {
    for (const off of this.#unfollow.splice(0)) off();
    for (const { unfollow, instances } of this.#tasks.values())
      for (const off of [...unfollow, ...instances.values()]) off();
    for (const { unfollow } of this.#cores.values()) for (const off of unfollow) off();
  }

  async #readTasks(): Promise<void> {
    const names = new Set((await this.#session.children(paths.tasks)) ?? []);
    for (const [name, { unfollow, instances }] of this.#tasks) {
      if (names.has(name)) continue;
      for (const off of [...unfollow, ...instances.values()]) off();
      this.#tasks.delete(name);
    }
    const pace = Math.max(PACE_MS, (names.size / READS_PER_SECOND) * 1_000);
    for (const name of names) if (!this.#tasks.has(name)) this.#followTask(name, pace);
  }

  #followTask(name: string, paceMs: number): void {
    const overview = {
      name,
      spec: ABSENT,
      instances: [],
      foreign: [],
      control: ABSENT,
      progress: ABSENT,
      lastCommit: ABSENT,
    };
    const followed: Followed = { overview, terms: [], instances: new Map(), unfollow: [] };
    this.#tasks.set(name, followed);
    const session = this.#session;
    const follow = (path: string, read: () => Promise<void>, pace = 0): void => {
      followed.unfollow.push((pace > 0 ? this.#paced : this.#followers).follow(path, 'data', read, pace));
    };
    follow(paths.task(name), async () => {
      followed.overview.spec = await look(session, paths.task(name), taskSpecSchema);
    });
    follow(paths.control(name), async () => {
      followed.overview.control = await look(session, paths.control(name), controlSchema);
    });
    follow(paths.progress(name), async () => {
      followed.overview.progress = await look(session, paths.progress(name), progressSchema);
    }, paceMs); // prettier-ignore
    follow(paths.lastCommit(name), async () => {
      followed.overview.lastCommit = await look(session, paths.lastCommit(name), lastCommitSchema);
    }, 2 * paceMs); // prettier-ignore
    follow(paths.history(name), async () => {
      const history = await look(session, paths.history(name), historySchema);
      followed.terms = history.kind === 'present' ? history.value.terms : [];
    }, paceMs); // prettier-ignore
    followed.unfollow.push(
      this.#followers.follow(paths.instances(name), 'children', () => this.#readLine(name, followed)),
    );
  }

  async #readLine(task: string, followed: Followed): Promise<void> {
    const { line, foreign } = lineUp((await this.#session.children(paths.instances(task))) ?? []);
    const before = new Map(followed.overview.instances.map((entry) => [entry.node, entry]));
    const nodes = new Set(line.map(({ node }) => node));
    for (const [node, off] of followed.instances) {
      if (nodes.has(node)) continue;
      off();
      followed.instances.delete(node);
    }
    followed.overview.foreign = foreign;
    followed.overview.instances = line.map(({ node, sequence }): InstanceEntry => {
      return before.get(node) ?? { node, sequence, reading: ABSENT };
    });
    for (const { node } of line) {
      if (followed.instances.has(node)) continue;
      const path = paths.instance(task, node);
      const off = this.#followers.follow(path, 'data', async () => {
        const reading = await look(this.#session, path, instanceSchema);
        followed.overview.instances = followed.overview.instances.map((entry) =>
          entry.node === node ? { ...entry, reading } : entry,
        );
      });
      followed.instances.set(node, off);
    }
    this.#onChange();
  }

  async #readCores(): Promise<void> {
    const names = new Set((await this.#session.children(paths.cores)) ?? []);
    for (const [name, { unfollow }] of this.#cores) {
      if (names.has(name)) continue;
      for (const off of unfollow) off();
      this.#cores.delete(name);
    }
    for (const name of names) {
      if (this.#cores.has(name)) continue;
      const core: FollowedCore = { info: undefined, health: undefined, fault: undefined, unfollow: [] };
      this.#cores.set(name, core);
      core.unfollow.push(
        this.#followers.follow(paths.core(name), 'data', async () => {
          const reading = await look(this.#session, paths.core(name), coreInfoSchema);
          core.fault = faultOf(reading);
          if (reading.kind === 'present') core.info = reading.value;
        }),
        this.#followers.follow(paths.health(name), 'data', async () => {
          const reading = await look(this.#session, paths.health(name), coreHealthSchema);
          core.health = reading.kind === 'present' ? { value: reading.value, stat: reading.stat } : undefined;
        }),
      );
    }
    this.#onChange();
  }
}

function faultOf(reading: Reading<unknown>): string | undefined {
  return reading.kind === 'unreadable' ? reading.error.message : undefined;
}
