import type { GroupCore, GroupSight, Offer } from './group-claims.js';

/**
 * How a Core that has joined gets its share: a Core with at least two instances more than another offers it one, by name, in its
 * `/cores/<core>`. The taker joins the line, warms up, and only then the giver withdraws: the task pauses no longer than in any
 * hand-over. Each move makes the loads more even, and a difference of one moves nothing, so that a stable cluster is at rest.
 * Pure: no clock, no network.
 */
export interface OpenOffer extends Offer {
  readonly to: string;
  readonly since: number;
  /** When the taker stood in the line. */
  readonly takenAt?: number;
  /** When the own instance was told to withdraw. */
  readonly releasedAt?: number;
}

export interface BalanceMemory {
  readonly offers: readonly OpenOffer[];
  /** Since when the same Cores have lived and nothing was missing. */
  readonly restSince: number;
  /** `<task> <core>`: offers that were not taken, and until when they are not made again. */
  readonly declined: ReadonlyMap<string, number>;
}

export interface BalancePace {
  /** How long the group must have been at rest before anything moves. */
  readonly settleMs: number;
  /** How long a taker stands in line before the giver withdraws. */
  readonly warmMs: number;
}

export const BALANCE_PACE: BalancePace = { settleMs: 10_000, warmMs: 1_000 };

/** An offer that is not taken within this time is made to somebody else, or of another task. */
const OFFER_MS = 10_000;
const DECLINED_MS = 60_000;
/** How long an offer outlasts the giver's node: whoever sees the offer go has seen the node go. */
const LINGER_MS = 2_000;

export interface BalancePlan extends BalanceMemory {
  /** Own instances whose taker is ready. */
  readonly releases: readonly string[];
  readonly dueAt: number | undefined;
}

/**
 * What to offer, and whom to let go.
 * @param now monotonic milliseconds
 */
export function planOffers(sight: GroupSight, memory: BalanceMemory, pace: BalancePace, now: number): BalancePlan {
  const { me, held } = sight;
  const declined = new Map([...memory.declined].filter(([, until]) => until > now));
  const releases: string[] = [];
  const offers: OpenOffer[] = [];
  const times: number[] = [];
  for (const offer of memory.offers) {
    const next = advance(sight, offer, pace, now);
    if (next === 'untaken') declined.set(`${offer.task} ${offer.to}`, now + DECLINED_MS);
    if (typeof next === 'string') continue;
    if (next.releasedAt !== undefined && offer.releasedAt === undefined) releases.push(next.task);
    offers.push(next);
    if (next.releasedAt !== undefined) times.push(next.releasedAt + LINGER_MS);
    else times.push(next.takenAt === undefined ? next.since + OFFER_MS : next.takenAt + pace.warmMs);
  }
  const goes = ({ task }: Offer): boolean => held.get(task)?.leaving === true;
  for (const wanted of orderedMoves(sight)) {
    if (offers.some(({ task }) => task === wanted.task)) continue;
    offers.push({ ...wanted, since: now });
    times.push(now + OFFER_MS);
  }
  const open = offers.filter((it) => it.releasedAt === undefined || it.releasedAt === now || goes(it));
  const receivers = sight.cores
    .filter(({ core, room }) => core !== me.core && room > 0 && !open.some(({ to }) => to === core))
    .sort((a, b) => a.load - b.load || (a.core < b.core ? -1 : 1));
  // What is on its way out does not count any more.
  let load = me.load - open.filter((it) => !goes(it)).length;
  for (const receiver of receivers) {
    if (load < receiver.load + 2) break;
    if (now < memory.restSince + pace.settleMs) {
      times.push(memory.restSince + pace.settleMs);
      break;
    }
    const task = choose(sight, receiver, offers, declined);
    if (task === undefined) continue;
    offers.push({ ...task, to: receiver.core, since: now });
    times.push(now + OFFER_MS);
    load--;
  }
  if (declined.size > 0) times.push(Math.min(...declined.values()));
  const dueAt = times.length === 0 ? undefined : Math.min(...times);
  return { offers, declined, restSince: memory.restSince, releases, dueAt };
}

/** What an operator has ordered to another Core that does not stand in line for it yet: offered now, however long ago it was declined. */
function orderedMoves({ me, cores, tasks, held }: GroupSight): Omit<OpenOffer, 'since'>[] {
  return [...held.values()].flatMap(({ task, node, pinned, leaving }) => {
    const seen = tasks.get(task);
    const move = seen?.move;
    if (pinned || leaving || node === undefined || move?.node !== node || move.to === me.core) return [];
    const { spec } = seen!;
    const to = cores.find(({ core }) => core === move.to);
    if (typeof spec === 'string' || to === undefined || to.room <= 0 || seen!.holders.has(move.to)) return [];
    const able = spec.group !== undefined && to.groups.includes(spec.group);
    return able ? [{ task, node, to: move.to, ordered: true }] : [];
  });
}

/** The task that somebody offers and that is to be taken now: one at a time, from the most loaded. */
export function acceptOffer({ me, cores, tasks, held }: GroupSight): string | undefined {
  if (me.room <= 0) return undefined;
  const toMe = cores.flatMap(({ core, load, offers }) =>
    offers
      .filter(({ to }) => to === me.core && core !== me.core)
      .map(({ task, ordered }) => ({ task, load: ordered === true ? Infinity : load, seen: tasks.get(task) })),
  );
  const busy = toMe.some(({ task, seen }) => {
    const own = held.get(task);
    if (own === undefined) return false;
    return own.node === undefined || (typeof seen?.spec === 'object' && seen.line.length > seen.spec.wanted);
  });
  if (busy) return undefined;
  return toMe
    .filter(({ task, load, seen }) => {
      const spec = seen?.spec;
      if (held.has(task) || load < me.load + 2 || spec === undefined || typeof spec === 'string') return false;
      return spec.group !== undefined && me.groups.includes(spec.group);
    })
    .sort((a, b) => b.load - a.load || (a.task < b.task ? -1 : 1))[0]?.task;
}

function advance(
  { me, cores, tasks, held }: GroupSight,
  offer: OpenOffer,
  { warmMs }: BalancePace,
  now: number,
): OpenOffer | 'over' | 'untaken' {
  const own = held.get(offer.task);
  const seen = tasks.get(offer.task);
  if (offer.releasedAt !== undefined) {
    return own?.leaving === true || now < offer.releasedAt + LINGER_MS ? offer : 'over';
  }
  if (own?.node === undefined || own.leaving || seen === undefined || typeof seen.spec === 'string') return 'over';
  const to = cores.find(({ core }) => core === offer.to);
  const at = seen.line.indexOf(own.node);
  if (at >= 0 && seen.line.length > seen.spec.wanted && at < seen.line.length - 1) {
    const takenAt = offer.takenAt ?? now;
    return now >= takenAt + warmMs ? { ...offer, takenAt, releasedAt: now } : { ...offer, takenAt };
  }
  // It was in line and is gone: it may have died.
  if (offer.takenAt !== undefined || to === undefined) return 'over';
  // The taker's load grows before its node is seen here; only then is the difference one.
  if (offer.ordered !== true && me.load - to.load < 1) return 'over';
  return now < offer.since + OFFER_MS ? offer : 'untaken';
}

/** A standby rather than a runner, and the one that was not moved for the longest time. */
function choose(
  { me, tasks, held }: GroupSight,
  receiver: GroupCore,
  offers: readonly OpenOffer[],
  declined: ReadonlyMap<string, number>,
): { task: string; node: string } | undefined {
  const movable = [...held.values()].flatMap(({ task, node, pinned, leaving, order }) => {
    const seen = tasks.get(task);
    if (pinned || leaving || node === undefined || seen === undefined || typeof seen.spec === 'string') return [];
    const { group, wanted } = seen.spec;
    const at = seen.line.indexOf(node);
    // Where an operator put it, it stays.
    if (seen.move?.to === me.core) return [];
    const fits = group !== undefined && receiver.groups.includes(group) && !seen.holders.has(receiver.core);
    const free = !offers.some((offer) => offer.task === task) && !declined.has(`${task} ${receiver.core}`);
    return fits && free && at >= 0 && seen.line.length === wanted
      ? [{ task, node, runs: at === 0 ? 1 : 0, order }]
      : [];
  });
  const [first] = movable.sort((a, b) => a.runs - b.runs || a.order - b.order);
  return first && { task: first.task, node: first.node };
}
