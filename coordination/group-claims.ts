/**
 * Who serves the tasks of a group, decided by each Core for itself from what all of them see. Pure: no clock, no network.
 *
 * A claim is free: whoever joins a line too many finds itself beyond the wanted number and withdraws. So a plan need not be
 * right, only be the same in most Cores: each computes the whole of it, and carries out its own part at once. The parts of
 * others are taken over when they stay undone (`PATIENCE_MS` for each Core that goes before).
 */

/** A living Core, as `/cores/<core>` shows it; of the own one what is true now. */
export interface GroupCore {
  readonly core: string;
  readonly groups: readonly string[];
  /** Instances that it serves in all. */
  readonly load: number;
  /** How many more it may serve by group. */
  readonly room: number;
  readonly offers: readonly Offer[];
}

/** An instance that a Core would give away. It says something about the line only while its node is there. */
export interface Offer {
  readonly task: string;
  readonly node: string;
  /** To this Core, which has less to do; absent when the giver is about to stop: to whoever the plan names. */
  readonly to?: string | undefined;
  /** An operator wants it there: whatever the loads. */
  readonly ordered?: boolean | undefined;
}

export interface GroupTask {
  readonly task: string;
  readonly spec: { readonly group: string | undefined; readonly wanted: number } | 'absent' | 'unreadable';
  /** Names of the instances' nodes, in the order of their turn. */
  readonly line: readonly string[];
  /** The Cores that they belong to, as far as it was looked up. */
  readonly holders: ReadonlySet<string>;
  /** Where an operator put the task: the lead of this node shall go, or went, to this Core. Known while the own Core holds it. */
  readonly move?: { readonly to: string; readonly node: string } | undefined;
}

/** An instance that the own Core serves. */
export interface Held {
  readonly task: string;
  /** Its node, once it stands in the line. */
  readonly node: string | undefined;
  /** Served because the Core was told to by name: never given up, whatever the group wants. */
  readonly pinned: boolean;
  /** It was told to withdraw and is not gone yet. */
  readonly leaving: boolean;
  /** Counts up: the one held longest has the lowest. */
  readonly order: number;
}

export interface GroupSight {
  /** The own Core; it is one of `cores`. */
  readonly me: GroupCore;
  readonly cores: readonly GroupCore[];
  readonly tasks: ReadonlyMap<string, GroupTask>;
  readonly held: ReadonlyMap<string, Held>;
}

export type WithdrawReason = 'deleted' | 'moved to another group' | 'beyond the wanted number';

/** The own instances that have no reason to be there any more. */
export function surplus({ me, cores, tasks, held }: GroupSight): { task: string; why: WithdrawReason }[] {
  const offers = offersByTask(cores);
  const found: { task: string; why: WithdrawReason }[] = [];
  for (const { task, node, pinned, leaving } of held.values()) {
    const seen = tasks.get(task);
    if (seen === undefined || pinned || leaving || seen.spec === 'unreadable') continue;
    if (seen.spec === 'absent') found.push({ task, why: 'deleted' });
    else if (seen.spec.group === undefined || !me.groups.includes(seen.spec.group)) {
      found.push({ task, why: 'moved to another group' });
    } else if (node !== undefined) {
      // The taker of an instance stands in line before the giver goes.
      const given = (offers.get(task) ?? []).filter((offer) => seen.line.includes(offer.node));
      if (seen.line.indexOf(node) >= seen.spec.wanted + given.length)
        found.push({ task, why: 'beyond the wanted number' });
    }
  }
  return found;
}

export interface ClaimMemory {
  /** Since when a task has had too few instances, by the own monotonic clock. */
  readonly missingSince: ReadonlyMap<string, number>;
  /** When something that was missing was last seen filled. */
  readonly progressAt: number;
}

export interface ClaimPlan extends ClaimMemory {
  /** To be claimed now. */
  readonly claims: readonly string[];
  /** When the next claim is due if nothing changes. */
  readonly dueAt: number | undefined;
  /** Whether any Core could serve more of what is missing: the group is not at rest. */
  readonly open: boolean;
  /** Tasks with too few instances that this Core could serve if it were not full. */
  readonly beyondRoom: number;
}

/** How long the Cores that go before are given, each. */
export const PATIENCE_MS = 2_000;
/**
 * As long as anything gets filled the others are at work, perhaps with a thousand tasks; whoever then loses patience doubles their
 * work. But this many times the patience is enough, also where something is filled all the time.
 */
const MOST_PATIENCE = 10;

/**
 * Deals the missing instances out, each to the least loaded Core that has room, does not hold the task and has not just
 * given it away.
 * @param now monotonic milliseconds
 */
export function planClaims(sight: GroupSight, memory: ClaimMemory, now: number): ClaimPlan {
  const { me, tasks, held } = sight;
  const offers = offersByTask(sight.cores);
  const hands = sight.cores.map((core) => ({ ...core }));
  const missingSince = new Map<string, number>();
  const filled = [...memory.missingSince.keys()].some((task) => {
    const seen = tasks.get(task);
    return seen === undefined || missingOf(seen, held.get(task), offers.get(task)) === 0;
  });
  const progressAt = filled ? now : memory.progressAt;
  const claims: string[] = [];
  let dueAt: number | undefined;
  let open = false;
  let beyondRoom = 0;
  for (const seen of [...tasks.values()].sort((a, b) => (a.task < b.task ? -1 : 1))) {
    const missing = missingOf(seen, held.get(seen.task), offers.get(seen.task));
    if (missing === 0 || typeof seen.spec === 'string') continue;
    const { group } = seen.spec;
    const since = memory.missingSince.get(seen.task) ?? now;
    missingSince.set(seen.task, since);
    const mine = held.has(seen.task);
    const able = hands
      .filter(({ core, groups }) => group !== undefined && groups.includes(group) && !seen.holders.has(core))
      .filter(({ offers }) => !offers.some(({ task }) => task === seen.task))
      .filter(({ core }) => core !== me.core || !mine);
    const ranked = able.filter(({ room }) => room > 0).sort(byLoad);
    if (!mine && me.room === 0 && able.some(({ core }) => core === me.core)) beyondRoom++;
    const dealt = ranked.slice(0, missing);
    for (const hand of dealt) {
      hand.load++;
      hand.room--;
    }
    open ||= dealt.length > 0;
    const rank = ranked.findIndex(({ core }) => core === me.core);
    if (rank < 0) continue;
    const wait = Math.max(0, rank - missing + 1) * PATIENCE_MS;
    const due = Math.max(since + wait, Math.min(progressAt + wait, since + MOST_PATIENCE * wait));
    if (due > now) {
      dueAt = Math.min(dueAt ?? due, due);
      continue;
    }
    claims.push(seen.task);
    const own = ranked[rank]!;
    if (rank >= missing) {
      own.load++;
      own.room--;
    }
  }
  return { claims, missingSince, progressAt, dueAt, open, beyondRoom };
}

/**
 * How many instances a task lacks. An own one on its way into the line counts as there, one that is given away to whoever is
 * next does not.
 */
function missingOf({ spec, line }: GroupTask, mine: Held | undefined, offers: readonly Offer[] = []): number {
  if (typeof spec === 'string') return 0;
  const joining = mine !== undefined && !mine.pinned && !mine.leaving;
  const coming = joining && (mine.node === undefined || !line.includes(mine.node)) ? 1 : 0;
  const going = offers.filter(({ node, to }) => to === undefined && line.includes(node)).length;
  return Math.max(0, spec.wanted - line.length - coming + going);
}

function offersByTask(cores: readonly GroupCore[]): Map<string, Offer[]> {
  const found = new Map<string, Offer[]>();
  for (const offer of cores.flatMap(({ offers }) => offers)) {
    found.set(offer.task, [...(found.get(offer.task) ?? []), offer]);
  }
  return found;
}

function byLoad(a: { load: number; core: string }, b: { load: number; core: string }): number {
  return a.load - b.load || (a.core < b.core ? -1 : 1);
}
