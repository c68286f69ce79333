import { lineUp } from './election.js';
import type { GroupTask } from './group-claims.js';
import type { Logger } from './log.js';
import { paths } from './paths.js';
import { taskSpecSchema } from './schema/task-spec.js';
import { coreInfoSchema, instanceSchema, type CoreInfo } from './schema/znodes.js';
import { PathFollower } from './path-follower.js';
import type { Session } from './session.js';
import { look } from './znode.js';

interface Followed {
  spec: GroupTask['spec'] | undefined;
  line: readonly string[] | undefined;
  /** Node to Core, of those that were looked up. */
  readonly owners: Map<string, string>;
  /** Groups whose index lists it. */
  readonly listedIn: Set<string>;
  held: boolean;
  readonly unfollow: () => void;
}

const NOBODY: ReadonlySet<string> = new Set();

/**
 * What a Core sees of its groups: the tasks of their index with configuration and line, and the living Cores. Kept by watches, two
 * for each task and one for each Core, so that nothing is asked while nothing changes. A task that is held is followed
 * even when the index does not list it: the configuration says where a task belongs, the index only helps to find it.
 */
export class GroupView {
  readonly #session: Session;
  readonly #follower: PathFollower;
  readonly #tasks = new Map<string, Followed>();
  readonly #cores = new Map<string, { info: CoreInfo | undefined; unfollow: () => void }>();
  readonly #unfollow: (() => void)[] = [];

  /** `onChange` is called whenever all that is known to have changed was read. */
  constructor(session: Session, groups: readonly string[], log: Logger, onChange: () => void) {
    this.#session = session;
    this.#follower = new PathFollower(session, log, () => {
      if (this.settled) onChange();
    });
    for (const group of groups) {
      this.#unfollow.push(this.#follower.follow(paths.group(group), 'children', () => this.#readIndex(group)));
    }
    this.#unfollow.push(this.#follower.follow(paths.cores, 'children', () => this.#readCores()));
  }

  /** Whether everything that is known to have changed was read: what is seen belongs together. */
  get settled(): boolean {
    return this.#follower.settled;
  }

  /** The tasks that were looked at wholly. */
  get tasks(): ReadonlyMap<string, GroupTask> {
    const seen = new Map<string, GroupTask>();
    for (const [task, { spec, line, owners }] of this.#tasks) {
      if (spec === undefined || line === undefined) continue;
      seen.set(task, { task, spec, line, holders: owners.size === 0 ? NOBODY : new Set(owners.values()) });
    }
    return seen;
  }

  get cores(): readonly CoreInfo[] {
    return [...this.#cores.values()].flatMap(({ info }) => (info === undefined ? [] : [info]));
  }

  /** The own Core serves this task: it is followed until released. */
  hold(task: string): void {
    this.#followTask(task).held = true;
  }

  release(task: string): void {
    const followed = this.#tasks.get(task);
    if (followed === undefined) return;
    followed.held = false;
    this.#forgetIdle(task, followed);
  }

  close(): void {
    for (const unfollow of this.#unfollow.splice(0)) unfollow();
    for (const { unfollow } of this.#tasks.values()) unfollow();
    for (const { unfollow } of this.#cores.values()) unfollow();
  }

  async #readIndex(group: string): Promise<void> {
    const names = new Set((await this.#session.children(paths.group(group))) ?? []);
    for (const task of names) this.#followTask(task).listedIn.add(group);
    for (const [task, followed] of this.#tasks) {
      if (!names.has(task) && followed.listedIn.delete(group)) this.#forgetIdle(task, followed);
    }
  }

  #followTask(task: string): Followed {
    const known = this.#tasks.get(task);
    if (known !== undefined) return known;
    const unfollow = [
      this.#follower.follow(paths.task(task), 'data', () => this.#readSpec(task, followed)),
      this.#follower.follow(paths.instances(task), 'children', () => this.#readLine(task, followed)),
    ];
    const followed: Followed = {
      spec: undefined,
      line: undefined,
      owners: new Map(),
      listedIn: new Set(),
      held: false,
      unfollow: () => unfollow.forEach((off) => off()),
    };
    this.#tasks.set(task, followed);
    return followed;
  }

  #forgetIdle(task: string, followed: Followed): void {
    if (followed.held || followed.listedIn.size > 0) return;
    followed.unfollow();
    this.#tasks.delete(task);
  }

  async #readSpec(task: string, followed: Followed): Promise<void> {
    const reading = await look(this.#session, paths.task(task), taskSpecSchema);
    if (reading.kind === 'present') followed.spec = { group: reading.value.group, wanted: reading.value.instances };
    else followed.spec = reading.kind;
    await this.#readOwners(task, followed);
  }

  async #readLine(task: string, followed: Followed): Promise<void> {
    const children = (await this.#session.children(paths.instances(task))) ?? [];
    followed.line = lineUp(children).line.map(({ node }) => node);
    await this.#readOwners(task, followed);
  }

  /** Whose the instances are matters only where one more is to be found, or to be moved. */
  async #readOwners(task: string, followed: Followed): Promise<void> {
    const { spec, line = [], owners, held } = followed;
    for (const node of [...owners.keys()]) if (!line.includes(node)) owners.delete(node);
    if (typeof spec !== 'object' || spec.wanted === 1) return;
    if (!held && line.length >= spec.wanted) return;
    await Promise.all(
      line
        .filter((node) => !owners.has(node))
        .map(async (node) => {
          const reading = await look(this.#session, paths.instance(task, node), instanceSchema);
          if (reading.kind === 'present' && followed.line?.includes(node)) owners.set(node, reading.value.core);
        }),
    );
  }

  async #readCores(): Promise<void> {
    const names = new Set((await this.#session.children(paths.cores)) ?? []);
    for (const [name, { unfollow }] of this.#cores) {
      if (names.has(name)) continue;
      unfollow();
      this.#cores.delete(name);
    }
    for (const name of names) {
      if (this.#cores.has(name)) continue;
      const unfollow = this.#follower.follow(paths.core(name), 'data', async () => {
        const reading = await look(this.#session, paths.core(name), coreInfoSchema);
        entry.info = reading.kind === 'present' ? reading.value : undefined;
      });
      const entry: { info: CoreInfo | undefined; unfollow: () => void } = { info: undefined, unfollow };
      this.#cores.set(name, entry);
    }
  }
}
