import type { CoreInfo } from '../../coordination/schema/znodes.js';
import type { TaskOverview } from '../../coordination/task-list.js';
import type { GoneCore } from './view.js';

/** The nodes of a dead Core go together, and are seen to go one after the other. */
const REMEMBERED_MS = 5_000;
/** A Core whose work others have done for so long will not come back under its name. */
const FORGOTTEN_MS = 900_000;

interface Known {
  info: CoreInfo;
  /** Task to when it was last seen to be served. */
  readonly served: Map<string, number>;
}

/** Remembers which Cores there were and what they served, so that one that goes without saying so is known by name. */
export class GoneCores {
  readonly #known = new Map<string, Known>();
  readonly #gone = new Map<string, GoneCore>();

  get gone(): ReadonlyMap<string, GoneCore> {
    return this.#gone;
  }

  /** What an alert of an earlier Monitor knows. */
  adopt(core: GoneCore): void {
    if (!this.#known.has(core.name) && !this.#gone.has(core.name)) this.#gone.set(core.name, core);
  }

  /** Takes a complete look at the tree. */
  look(at: number, cores: ReadonlyMap<string, CoreInfo>, tasks: ReadonlyMap<string, TaskOverview>): void {
    for (const [name, info] of cores) {
      const known = this.#known.get(name);
      if (known === undefined) this.#known.set(name, { info, served: new Map() });
      else known.info = info;
      this.#gone.delete(name);
    }
    for (const [task, { instances }] of tasks) {
      for (const { reading } of instances) {
        if (reading.kind === 'present') this.#known.get(reading.value.core)?.served.set(task, at);
      }
    }
    for (const [name, known] of this.#known) {
      for (const [task, seen] of known.served) if (at - seen > REMEMBERED_MS) known.served.delete(task);
      if (cores.has(name)) continue;
      this.#known.delete(name);
      const { info, served } = known;
      if (info.leaving === true) continue;
      const names = [...new Set([...served.keys(), ...info.tasks])].sort();
      this.#gone.set(name, { name, host: info.host, goneAt: at, groups: info.groups, tasks: names });
    }
    for (const [name, core] of this.#gone) if (replaced(core, at, cores, tasks)) this.#gone.delete(name);
  }
}

/** Somebody on the same machine does its work again, or others have for long, or there is none left. */
function replaced(
  core: GoneCore,
  at: number,
  cores: ReadonlyMap<string, CoreInfo>,
  tasks: ReadonlyMap<string, TaskOverview>,
): boolean {
  for (const info of cores.values()) {
    if (info.host !== core.host || info.since < core.goneAt - REMEMBERED_MS) continue;
    const named = core.tasks.every((task) => info.tasks.includes(task));
    if (core.groups.length > 0 ? core.groups.every((group) => info.groups.includes(group)) : named) return true;
  }
  const there = core.tasks.flatMap((name) => tasks.get(name) ?? []).filter(({ spec }) => spec.kind !== 'absent');
  if (core.tasks.length > 0 && there.length === 0) return true;
  const carried = there.every(({ spec, instances }) => {
    return instances.length >= (spec.kind === 'present' ? spec.value.instances : 1);
  });
  return carried && at - core.goneAt > FORGOTTEN_MS;
}
