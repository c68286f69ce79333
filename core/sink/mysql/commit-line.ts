/** A promise and the hands to settle it. */
interface Gate {
  readonly passed: Promise<void>;
  pass(): void;
}

function newGate(): Gate {
  let pass = (): void => undefined;
  const passed = new Promise<void>((resolve) => (pass = resolve));
  return { passed, pass };
}

/** Thrown to a group that has to give its locks back and do its rows again. */
export class MustYield extends Error {
  constructor() {
    super('the first in line needs what a later one has locked');
    this.name = 'MustYield';
  }
}

/** How long the first in line may work while others wait for it before those give their locks back. */
const YIELD_MS = 200;

/**
 * The order in which groups are committed. Each enters when the one before has moved the bookkeeping's row in its own open transaction:
 * from then on the database itself keeps the order, by that row's lock and version. What fails ends the waiting of all.
 *
 * A group that waits for its turn holds locks on rows, and the first in line may be waiting for one of them: two keys can lie in one gap of
 * an index. No server sees that circle. So who waits while the first does not get on is asked to yield: it rolls back and does its rows again.
 */
export class CommitLine {
  readonly #entered: Gate[];
  readonly #committed: Gate[];
  readonly #yields: (Gate | undefined)[];
  readonly #failed = newGate();
  #failure: { readonly error: unknown } | undefined;
  #next = 0;
  readonly #watch: NodeJS.Timeout;
  /** How often anything was committed, and how often when last looked. */
  #commits = 0;
  #seen = -1;

  constructor(groups: number) {
    this.#entered = Array.from({ length: groups }, newGate);
    this.#committed = Array.from({ length: groups }, newGate);
    this.#yields = Array.from({ length: groups }, () => undefined);
    this.#watch = setInterval(() => this.#look(), YIELD_MS);
  }

  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** Whether it is this group's turn now. */
  isFirst(group: number): boolean {
    return this.#next === group;
  }

  /** Resolves when it is this group's turn. @throws MustYield; what has failed */
  turn(group: number): Promise<void> {
    return group === 0 ? Promise.resolve() : this.#wait(group, this.#entered[group - 1]!.passed);
  }

  /** Resolves when an earlier group and all before it are committed, for one that holds locks already. @throws MustYield; what has failed */
  behind(group: number, earlier: number): Promise<void> {
    return this.#wait(group, this.#all(earlier));
  }

  /** Where groups are committed in their order, the last of them says all. */
  async #all(upTo: number): Promise<void> {
    await Promise.all(this.#committed.slice(0, upTo + 1).map(({ passed }) => passed));
  }

  async #wait(group: number, passed: Promise<void>): Promise<void> {
    const gate = (this.#yields[group] ??= newGate());
    const which = await Promise.race([
      passed.then(() => 'passed' as const),
      gate.passed.then(() => 'yield' as const),
      this.#failed.passed.then(() => 'failed' as const),
    ]);
    this.#yields[group] = undefined;
    if (which === 'failed') throw this.#failure!.error;
    if (which === 'yield') throw new MustYield();
  }

  /** Resolves when the group and all before it are committed. @throws what has failed */
  async committed(group: number): Promise<void> {
    await Promise.race([this.#all(group), this.#failed.passed]);
    if (this.#failure) throw this.#failure.error;
  }

  enter(group: number): void {
    this.#next = Math.max(this.#next, group + 1);
    this.#entered[group]!.pass();
  }

  commit(group: number): void {
    this.enter(group);
    this.#commits++;
    this.#committed[group]!.pass();
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#failed.pass();
  }

  /** Whoever made it ends it. */
  end(): void {
    clearInterval(this.#watch);
  }

  #look(): void {
    if (this.#seen === this.#commits) for (const gate of this.#yields) gate?.pass();
    this.#seen = this.#commits;
  }
}
