import type { GroupCore, GroupSight, GroupTask, Held, Offer } from '../../coordination/group-claims.js';

/**
 * What one Core sees, in short: nodes are called like their Cores, lists are words, an offer is `task>core>node`, node a
 * if nothing is said, and core * for whoever is next.
 */
export interface Scene {
  readonly me: string;
  readonly cores: Readonly<Record<string, { load?: number; room?: number; groups?: string; offers?: string }>>;
  readonly tasks: Readonly<Record<string, { wanted: number; line: string; group?: string } | 'absent' | 'unreadable'>>;
  /** What `me` serves; its node is in line unless it is still joining. */
  readonly held?: Readonly<Record<string, { pinned?: boolean; leaving?: boolean; joining?: boolean; order?: number }>>;
}

export function sightOf({ me, cores, tasks, held = {} }: Scene): GroupSight {
  const all = Object.entries(cores).map(([core, { load = 0, room = 100, groups = 'g', offers = '' }]): GroupCore => {
    return { core, load, room, groups: words(groups), offers: words(offers).map(offerOf) };
  });
  return {
    me: all.find(({ core }) => core === me)!,
    cores: all,
    tasks: new Map(Object.entries(tasks).map(([task, seen]) => [task, taskOf(task, seen)])),
    held: new Map(
      Object.entries(held).map(([task, { pinned = false, leaving = false, joining = false, order = 0 }], i) => {
        const own: Held = { task, node: joining || pinned ? undefined : me, pinned, leaving, order: order || i + 1 };
        return [task, own];
      }),
    ),
  };
}

function taskOf(task: string, seen: Scene['tasks'][string]): GroupTask {
  if (typeof seen === 'string') return { task, spec: seen, line: [], holders: new Set() };
  const line = words(seen.line);
  return { task, spec: { group: seen.group ?? 'g', wanted: seen.wanted }, line, holders: new Set(line) };
}

function words(text: string): string[] {
  return text.split(' ').filter(Boolean);
}

function offerOf(text: string): Offer {
  const [task = '', to = '', node = ''] = text.split('>');
  return { task, node: node || 'a', to: to === '*' ? undefined : to };
}
