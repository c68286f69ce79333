import { setTimeout as sleep } from 'node:timers/promises';
import { groupRoom } from '../../coordination/cores.js';
import { newBell } from '../../coordination/follow.js';
import {
  acceptOffer,
  BALANCE_PACE,
  planOffers,
  type BalanceMemory,
  type BalancePace,
} from '../../coordination/group-balance.js';
import {
  planClaims,
  surplus,
  type ClaimMemory,
  type GroupCore,
  type GroupSight,
} from '../../coordination/group-claims.js';
import { planDrain, type DrainPlan } from '../../coordination/group-drain.js';
import { GroupView } from '../../coordination/group-view.js';
import type { OnNode } from '../../coordination/leadership.js';
import type { Logger } from '../../coordination/log.js';
import { sweepDeleted } from '../../coordination/registry.js';
import type { CoreInfo } from '../../coordination/schema/znodes.js';
import type { Session } from '../../coordination/session.js';
import type { DrainOrder } from './drain-order.js';
import { HeldTasks } from './held-tasks.js';

/** Serves a task with one instance until the signal aborts, as `serveTask` does. */
export type Serve = (task: string, onNode: OnNode, signal: AbortSignal) => Promise<unknown>;

export interface ScanPace extends BalancePace {
  /** How long a Core that has just come looks on, so that those that start together share. */
  readonly firstClaimMs: number;
}

export interface GroupScanOptions {
  readonly session: Session;
  /** As registered: name, groups, capacity, and the tasks that it serves by name anyway. */
  readonly info: CoreInfo;
  /** Replaces what `/cores/<core>` says. */
  readonly publish: (info: CoreInfo) => Promise<void>;
  readonly serve: Serve;
  /** Whether the Core shall give its tasks up. */
  readonly drain?: Pick<DrainOrder, 'ordered' | 'onChange'>;
  readonly log: Logger;
  readonly pace?: ScanPace;
}

export const PACE: ScanPace = { ...BALANCE_PACE, firstClaimMs: 1_000 };
/** Changes come in bursts (a Core's death is one for each of its tasks) and are decided on together. */
const GATHER_MS = 50;
/**
 * A Core that starts first, or survives alone, does not take all at one go: others that come meanwhile find something
 * left, and so many pipelines do not start in the same moment.
 */
const CLAIMS_AT_ONCE = 20;
/**
 * Whoever decides on half of a burst plans otherwise than those who see the whole; but in a storm nobody waits for a moment
 * of rest for longer than this.
 */
const UNSETTLED_MS = 1_000;
/** For so long a Core that stops waits until others stand in line for its tasks. */
const DRAIN_MS = 5_000;
/** What a join under way makes is there by then. */
const SWEEP_AGAIN_MS = 2_000;
/** The first look at a large group takes longer, and with ten Cores at once longer still. */
const FIRST_LOOK_MS = 20_000;

/**
 * The cold-standby scan of a Core: sees to it that the tasks of its groups have the instances they want, and that the Cores share
 * them fairly; see group-claims.ts and group-balance.ts for who takes what. Settles when `signal` aborts or the
 * session is over, after every task it served has been given up.
 */
export async function runGroupScan(options: GroupScanOptions, signal: AbortSignal): Promise<void> {
  await new GroupScan(options).run(AbortSignal.any([signal, options.session.over]));
}

class GroupScan {
  readonly #options: GroupScanOptions;
  readonly #pace: ScanPace;
  readonly #bell = newBell();
  readonly #view: GroupView;
  readonly #held: HeldTasks;
  #claiming: ClaimMemory = { missingSince: new Map(), progressAt: 0 };
  #balance: BalanceMemory = { offers: [], restSince: performance.now(), declined: new Map() };
  #living = '';
  #saidFull = false;
  #draining = false;
  /** Of a drain by order, which ends when it is called off. */
  #drained: Pick<DrainPlan, 'behindSince'> | undefined;
  #published: string;
  #publishing: Promise<void> | undefined;
  #due: NodeJS.Timeout | undefined;

  constructor(options: GroupScanOptions) {
    const { session, info, log, serve } = options;
    this.#options = options;
    this.#pace = options.pace ?? PACE;
    this.#published = JSON.stringify(info);
    const ring = () => this.#bell.ring();
    this.#view = new GroupView(session, info.groups, log, ring);
    this.#held = new HeldTasks({
      pinned: info.tasks,
      serve,
      log,
      onChange: ring,
      onLeadEnd: (task, node) => this.#stepAside(task, node),
    });
  }

  async run(ended: AbortSignal): Promise<void> {
    const ring = () => this.#bell.ring();
    ended.addEventListener('abort', ring);
    const unlisten = this.#options.drain?.onChange(ring);
    try {
      await pause(this.#pace.firstClaimMs, ended);
      let decided = performance.now() + FIRST_LOOK_MS - UNSETTLED_MS;
      while (!ended.aborted) {
        await this.#bell.rung();
        await pause(GATHER_MS, ended);
        if (ended.aborted) break;
        const now = performance.now();
        if (!this.#view.settled && now < decided + UNSETTLED_MS) {
          this.#wakeAt(decided + UNSETTLED_MS);
          continue;
        }
        decided = now;
        this.#decide(now);
      }
      await this.#drain();
    } finally {
      ended.removeEventListener('abort', ring);
      unlisten?.();
      clearTimeout(this.#due);
      this.#view.close();
      // What is being published is not waited for: while ZooKeeper is away that could be for ever.
      await this.#held.close();
    }
  }

  #decide(now: number): void {
    const tasks = this.#view.tasks;
    const cores = this.#view.cores;
    const sight = () => this.#sight(tasks, cores);
    // Somebody has deleted its node: written again, so that the others know of it.
    if (this.#view.settled && !cores.some(({ core }) => core === this.#options.info.core)) this.#published = '';
    if (this.#options.drain?.ordered === true) return this.#decideDrained(tasks, cores, now);
    this.#drained = undefined;
    for (const { task, why } of surplus(sight())) this.#withdraw(task, why);
    const plan = planClaims(sight(), this.#claiming, now);
    this.#claiming = plan;
    const claims = plan.claims.filter((task) => !this.#held.mustWait(task, now));
    for (const task of claims.slice(0, CLAIMS_AT_ONCE)) this.#claim(task);
    if (claims.length > CLAIMS_AT_ONCE) this.#bell.ring();
    this.#tellFull(plan.beyondRoom);
    const living = cores
      .map(({ core }) => core)
      .sort()
      .join();
    if (plan.open || living !== this.#living) this.#balance = { ...this.#balance, restSince: now };
    this.#living = living;
    const accepted = acceptOffer(sight());
    if (accepted !== undefined) this.#claim(accepted);
    const balance = planOffers(sight(), this.#balance, this.#pace, now);
    this.#balance = balance;
    for (const task of balance.releases) this.#withdraw(task, 'handed over to a less loaded Core');
    this.#publish();
    const times = [plan.dueAt, balance.dueAt, this.#held.waitEnds(now)].filter((at) => at !== undefined);
    this.#wakeAt(times.length === 0 ? undefined : Math.min(...times));
  }

  /** Takes nothing, and gives up what others can take; what nobody else can stays. */
  #decideDrained(tasks: GroupSight['tasks'], cores: readonly CoreInfo[], now: number): void {
    this.#drained ??= { behindSince: new Map() };
    const sight = this.#sight(tasks, cores);
    const { groups } = this.#options.info;
    for (const { task, why } of surplus({ ...sight, me: { ...sight.me, groups } })) this.#withdraw(task, why);
    const next = planDrain(sight, this.#drained, { warmMs: this.#pace.warmMs, alone: false, keeps: true }, now);
    this.#drained = next;
    for (const task of next.leave) this.#withdraw(task, 'this Core is drained');
    this.#publish();
    this.#wakeAt(next.dueAt);
  }

  /** The orderly stop; see group-drain.ts. */
  async #drain(): Promise<void> {
    const { session } = this.#options;
    const ends = performance.now() + DRAIN_MS;
    const ring = () => this.#bell.ring();
    session.over.addEventListener('abort', ring);
    this.#draining = true;
    let plan: Pick<DrainPlan, 'behindSince'> = { behindSince: new Map() };
    while (this.#held.serving && !session.over.aborted) {
      const now = performance.now();
      const sight = this.#sight(this.#view.tasks, this.#view.cores);
      const alone = now >= ends || session.state !== 'connected';
      const next = planDrain(sight, plan, { warmMs: this.#pace.warmMs, alone }, now);
      for (const task of next.leave) this.#withdraw(task, 'this Core stops');
      this.#publish();
      if (!alone) this.#wakeAt(Math.min(ends, next.dueAt ?? ends));
      plan = next;
      await this.#bell.rung();
    }
    session.over.removeEventListener('abort', ring);
  }

  #sight(tasks: GroupSight['tasks'], cores: readonly CoreInfo[]): GroupSight {
    const me = asGroupCore(this.#ownInfo());
    const others = cores.filter(({ core }) => core !== me.core).map(asGroupCore);
    return { me, cores: [me, ...others], tasks, held: this.#held.all };
  }

  #ownInfo(): CoreInfo {
    const load = this.#held.load;
    const drained = this.#drained === undefined ? {} : { drained: { groups: this.#options.info.groups } };
    if (this.#draining || this.#drained !== undefined) {
      const own = [...this.#held.all.values()].filter(({ leaving }) => !leaving);
      const offers = own.flatMap(({ task, node }) => (node === undefined ? [] : [{ task, node }]));
      return { ...this.#options.info, groups: [], load, offers, ...drained };
    }
    const offers = this.#balance.offers.map(({ task, node, to, ordered }) => {
      return { task, node, to, ...(ordered === true && { ordered }) };
    });
    return { ...this.#options.info, load, offers };
  }

  #claim(task: string): void {
    this.#options.log.info({ task }, 'takes a task of its group');
    this.#view.hold(task);
    void this.#held.serve(task).then(() => this.#view.release(task));
  }

  #withdraw(task: string, why: string): void {
    const { session, log } = this.#options;
    log.info({ task, why }, 'withdraws from a task of its group');
    const gone = this.#held.withdraw(task);
    if (why !== 'deleted') return;
    // An instance that joined again while its task was deleted has made empty nodes; one that was just joining makes them late.
    void gone
      .then(() => sweepDeleted(session, task))
      .then(() => pause(SWEEP_AGAIN_MS, session.over))
      .then(() => sweepDeleted(session, task))
      .catch((error: unknown) => {
        if (!session.over.aborted) log.warn({ task, err: error }, 'a deleted task left an empty node');
      });
  }

  /**
   * An own instance has led and does no more, by order or by a fault: another Core shall have its turn, if there is one that
   * does not stand in line already. Without one it joins again by itself.
   */
  #stepAside(task: string, node: string): void {
    const seen = this.#view.tasks.get(task);
    if (
      this.#draining ||
      this.#drained !== undefined ||
      seen === undefined ||
      typeof seen.spec === 'string' ||
      seen.line.length > 1
    )
      return;
    const { group } = seen.spec;
    const now = performance.now();
    const others = this.#sight(new Map(), this.#view.cores).cores.slice(1);
    const [to] = others
      .filter(({ groups, room }) => room > 0 && group !== undefined && groups.includes(group))
      .sort((a, b) => a.load - b.load);
    if (to === undefined) return;
    const offer = { task, node, to: to.core, since: now, releasedAt: now };
    this.#balance = { ...this.#balance, offers: [...this.#balance.offers, offer] };
    this.#withdraw(task, 'gave up the lead; another Core has its turn');
    this.#publish();
  }

  #tellFull(beyondRoom: number): void {
    if (beyondRoom > 0 && !this.#saidFull) {
      const { capacity } = this.#options.info;
      this.#options.log.warn(
        { capacity, tasks: beyondRoom },
        'this Core is full: it takes no more tasks of its groups',
      );
    }
    this.#saidFull = beyondRoom > 0;
  }

  /** Writes what others should know of this Core, one write at a time, the last state last. */
  #publish(): void {
    const info = this.#ownInfo();
    const text = JSON.stringify(info);
    if (text === this.#published || this.#publishing !== undefined) return;
    const { publish, session, log } = this.#options;
    this.#publishing = publish(info)
      .then(() => (this.#published = text))
      .catch((error: unknown) => {
        if (!session.over.aborted) log.warn({ err: error }, 'the load of this Core could not be published');
      })
      .then(() => {
        this.#publishing = undefined;
        // What changed meanwhile is found by the next decision.
        if (JSON.stringify(this.#ownInfo()) !== text) this.#bell.ring();
      });
  }

  #wakeAt(at: number | undefined): void {
    clearTimeout(this.#due);
    if (at !== undefined) this.#due = setTimeout(() => this.#bell.ring(), Math.max(0, at - performance.now()));
  }
}

function asGroupCore(info: CoreInfo): GroupCore {
  const { core, groups, tasks, load = tasks.length, offers = [] } = info;
  return { core, groups, load, room: groupRoom(info), offers };
}

async function pause(ms: number, ended: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: ended }).catch(() => undefined);
}
