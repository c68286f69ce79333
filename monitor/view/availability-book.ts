import { inParallel } from '../../coordination/in-parallel.js';
import { paths } from '../../coordination/paths.js';
import { AVAILABILITY_DAYS, availabilitySchema, type Availability } from '../../coordination/schema/alerts.js';
import { CoordinationError, type Session } from '../../coordination/session.js';
import { createOrFill, look, writeTyped } from '../../coordination/znode.js';
import type { TaskSight } from './view.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const HOURS_KEPT = 26;
/** A pass that comes later than this has seen nothing in between. */
const LONGEST_STEP_MS = 5_000;
const WRITE_EVERY_MS = 300_000;
const WRITES_A_PASS = 20;
const AT_ONCE = 16;

interface Entry {
  days: Map<string, [looked: number, good: number]>;
  hours: Map<number, number>;
  rows: { term: number; rows: number } | undefined;
  writtenAt: number;
  dirty: boolean;
}

/** Counts for each task how long it was well, by day, and how many rows it delivered, by hour; kept by the Monitor that acts. */
export class AvailabilityBook {
  readonly #entries = new Map<string, Entry>();
  #lastAt: number | undefined;

  /** Takes up what earlier Monitors have counted. @throws CoordinationError */
  static async open(session: Session): Promise<AvailabilityBook> {
    const book = new AvailabilityBook();
    const tasks = (await session.children(paths.availabilities)) ?? [];
    await inParallel(tasks, AT_ONCE, async (task) => {
      const reading = await look(session, paths.availability(task), availabilitySchema);
      if (reading.kind !== 'present') return;
      const { days, hours } = reading.value;
      book.#entries.set(task, {
        days: new Map(Object.entries(days).map(([day, [looked, good]]) => [day, [looked, good]])),
        hours: new Map(Object.entries(hours).map(([hour, rows]) => [Number(hour), rows])),
        rows: undefined,
        writtenAt: Date.now() - Math.random() * WRITE_EVERY_MS,
        dirty: false,
      });
    });
    return book;
  }

  /** One look at all tasks; `lagLimitMs` is what each may be behind. */
  count(at: number, tasks: Iterable<TaskSight>, lagLimitMs: (task: TaskSight) => number): void {
    const passed = this.#lastAt === undefined ? 0 : Math.min(LONGEST_STEP_MS, Math.max(0, at - this.#lastAt));
    this.#lastAt = at;
    const day = new Date(at).toISOString().slice(0, 10);
    const hour = Math.floor(at / HOUR_MS);
    for (const task of tasks) {
      // A task that nobody wants to run is not looked at.
      if (task.spec === undefined || task.summary.state === 'PAUSED') continue;
      const entry = this.#entry(task.name, at);
      const sums = entry.days.get(day) ?? [0, 0];
      const well = task.progress?.phase === 'RUNNING' && (task.lagMs ?? 0) <= lagLimitMs(task);
      entry.days.set(day, [sums[0] + passed, sums[1] + (well ? passed : 0)]);
      entry.hours.set(hour, (entry.hours.get(hour) ?? 0) + newRows(entry, task));
      entry.dirty = true;
      if (entry.days.size > AVAILABILITY_DAYS)
        drop(entry.days, new Date(at - AVAILABILITY_DAYS * DAY_MS).toISOString().slice(0, 10));
      if (entry.hours.size > HOURS_KEPT) drop(entry.hours, hour - HOURS_KEPT + 1);
    }
  }

  /** Rows in the hour that was last complete and since, and in the same hour a day before. */
  rows(task: string, at: number): { lastHour: number | undefined; yesterday: number | undefined } {
    const hours = this.#entries.get(task)?.hours;
    const hour = Math.floor(at / HOUR_MS);
    const before = hours?.get(hour - 1);
    return {
      lastHour: before === undefined ? undefined : before + (hours?.get(hour) ?? 0),
      yesterday: hours?.get(hour - 25),
    };
  }

  /** Writes what is due, some at a time; `all` at the end. Forgets tasks that are no more. @throws CoordinationError */
  async write(session: Session, at: number, known: ReadonlyMap<string, unknown>, all = false): Promise<void> {
    const due = [...this.#entries].filter(
      ([, entry]) => entry.dirty && (all || at - entry.writtenAt >= WRITE_EVERY_MS),
    );
    await inParallel(all ? due : due.slice(0, WRITES_A_PASS), AT_ONCE, async ([task, entry]) => {
      if (!known.has(task)) {
        this.#entries.delete(task);
        await session.remove(paths.availability(task));
        return;
      }
      entry.writtenAt = at;
      entry.dirty = false;
      await put(session, paths.availability(task), {
        days: Object.fromEntries(
          [...entry.days].map(([day, [looked, good]]) => [day, [Math.round(looked), Math.round(good)]]),
        ),
        hours: Object.fromEntries(entry.hours),
      });
    });
  }

  #entry(task: string, at: number): Entry {
    let entry = this.#entries.get(task);
    if (entry === undefined) {
      const writtenAt = at - Math.random() * WRITE_EVERY_MS;
      entry = { days: new Map(), hours: new Map(), rows: undefined, writtenAt, dirty: true };
      this.#entries.set(task, entry);
    }
    return entry;
  }
}

function newRows(entry: Entry, { progress }: TaskSight): number {
  if (progress === undefined) return 0;
  const { term, rows } = progress;
  const before = entry.rows;
  entry.rows = { term, rows };
  if (before === undefined) return 0;
  return before.term === term ? Math.max(0, rows - before.rows) : rows;
}

function drop<K extends string | number>(map: Map<K, unknown>, before: K): void {
  for (const key of map.keys()) if (key < before) map.delete(key);
}

async function put(session: Session, path: string, value: Availability): Promise<void> {
  try {
    await writeTyped(session, path, availabilitySchema, value, -1);
  } catch (error) {
    if (!(error instanceof CoordinationError) || error.kind !== 'no-node') throw error;
    await createOrFill(session, path, availabilitySchema, value);
  }
}
