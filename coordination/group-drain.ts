import type { GroupSight } from './group-claims.js';

/**
 * How a Core that stops gives its tasks up: those that nobody stands in line behind are offered to whoever is next, and it goes from
 * each as soon as somebody has stood behind it for a while. Pure: no clock, no network.
 */
export interface DrainPlan {
  /** Tasks to withdraw from now. */
  readonly leave: readonly string[];
  /** Since when somebody stands in line behind the own instance. */
  readonly behindSince: ReadonlyMap<string, number>;
  /** When the next one can go if nothing changes. */
  readonly dueAt: number | undefined;
}

/**
 * @param warmMs how long a successor is given to warm up
 * @param alone nobody else can be seen: ZooKeeper is away, or there is no time left
 * @param keeps the Core goes on living: what nobody else can take stays with it
 * @param now monotonic milliseconds
 */
export function planDrain(
  { me, cores, tasks, held }: GroupSight,
  memory: Pick<DrainPlan, 'behindSince'>,
  { warmMs, alone, keeps = false }: { readonly warmMs: number; readonly alone: boolean; readonly keeps?: boolean },
  now: number,
): DrainPlan {
  const behindSince = new Map<string, number>();
  const leave: string[] = [];
  for (const { task, node, pinned, leaving } of held.values()) {
    if (pinned || leaving) continue;
    const { spec, line = [] } = tasks.get(task) ?? {};
    const at = node === undefined ? -1 : line.indexOf(node);
    const behind = at >= 0 && at < line.length - 1;
    const group = typeof spec === 'object' ? spec.group : undefined;
    const hope = cores.some(({ core, groups, room }) => {
      return core !== me.core && room > 0 && group !== undefined && groups.includes(group);
    });
    const since = memory.behindSince.get(task) ?? now;
    // A standby is missed by nobody.
    if (at !== 0 || alone || (behind ? now >= since + warmMs : !hope && !keeps)) leave.push(task);
    else if (behind) behindSince.set(task, since);
  }
  const dueAt = behindSince.size === 0 ? undefined : Math.min(...behindSince.values()) + warmMs;
  return { leave, behindSince, dueAt };
}
