import { isDeepStrictEqual } from 'node:util';
import type {
  Change,
  CoreSummary,
  GroupSummary,
  Snapshot,
  TaskSummary,
  TaskVitals,
} from '../api/schema/task-summary.js';
import type { TreeView } from '../view/tree-view.js';
import type { ZookeeperLink } from '../zookeeper-link.js';
import { sseFrame, type EventStream } from './event-stream.js';

/** Changes are told together, at the latest after this. */
const BATCH_MS = 80;
const TICK_MS = 5_000;
const MINUTE = 60_000;

/**
 * Tells every open console the same: a snapshot first, then what changes. Each batch is written out once and handed to all. A console that does
 * not read gets nothing more until it has read what it was sent, and then a snapshot instead of what it missed.
 */
export class LiveHub {
  readonly #view: TreeView;
  readonly #link: ZookeeperLink;
  readonly #streams = new Set<EventStream>();
  readonly #waiting = new Set<EventStream>();
  readonly #tick: NodeJS.Timeout;
  readonly #off: (() => void)[];
  #batch: NodeJS.Timeout | undefined;
  /** What the consoles were told. */
  #tasks = new Map<string, TaskSummary>();
  #cores = new Map<string, CoreSummary>();
  #groups = new Map<string, GroupSummary>();
  #minute = Math.floor(Date.now() / MINUTE);
  #snapshot: Buffer | undefined;

  constructor(view: TreeView, link: ZookeeperLink) {
    this.#view = view;
    this.#link = link;
    this.#off = [
      view.onChange(() => this.#schedule()),
      link.onChange((connection) => {
        view.connection = connection.state;
        this.#flush();
        this.#snapshot = undefined;
        this.#send(sseFrame('connection', connection));
      }),
    ];
    this.#tick = setInterval(() => this.#onTick(), TICK_MS).unref();
  }

  /** How many consoles are open. */
  get streams(): number {
    return this.#streams.size;
  }

  /** Of every task, as the consoles see them. */
  summaries(now: number): TaskSummary[] {
    if (!this.#view.everSettled) return this.#view.summaries(now);
    this.#flush();
    return [...this.#tasks.values()];
  }

  /** Adds a console; it gets a snapshot as soon as there is one. The function that it returns takes it out. */
  join(stream: EventStream): () => void {
    const begin = (): void => {
      this.#waiting.add(stream);
      this.#flush();
    };
    stream.write(sseFrame('connection', this.#link.connection));
    this.#streams.add(stream);
    stream.onDrain = begin;
    begin();
    return () => {
      this.#streams.delete(stream);
      this.#waiting.delete(stream);
    };
  }

  close(): void {
    clearInterval(this.#tick);
    clearTimeout(this.#batch);
    for (const off of this.#off) off();
    for (const stream of this.#streams) stream.end();
    this.#streams.clear();
  }

  #makeSnapshot(): Buffer {
    const snapshot: Snapshot = {
      now: Date.now(),
      zookeeper: this.#link.connection,
      tasks: [...this.#tasks.values()],
      cores: [...this.#cores.values()],
      groups: [...this.#groups.values()],
      alerts: [],
      monitors: [],
    };
    return sseFrame('snapshot', snapshot);
  }

  #schedule(): void {
    this.#batch ??= setTimeout(() => this.#flush(), BATCH_MS);
  }

  #flush(): void {
    clearTimeout(this.#batch);
    this.#batch = undefined;
    // Half of the tree at the start would look like the whole of it.
    if (!this.#view.everSettled) return;
    const change = this.#takeChange();
    if (change !== undefined) {
      this.#snapshot = undefined;
      this.#send(sseFrame('change', change));
    }
    // A console begins with what all the others were told, so that the next batch fits it.
    for (const stream of this.#waiting) stream.write((this.#snapshot ??= this.#makeSnapshot()));
    this.#waiting.clear();
  }

  #takeChange(): Change | undefined {
    const { tasks: names, cluster } = this.#view.takeDirty();
    const now = Date.now();
    const tasks: Record<string, TaskSummary | null> = {};
    const vitals: Record<string, TaskVitals> = {};
    const cores = this.#view.livingCores();
    for (const name of names) {
      const before = this.#tasks.get(name);
      const after = this.#view.summary(name, now, cores);
      if (after === undefined) {
        if (before !== undefined) tasks[name] = null;
        this.#tasks.delete(name);
        continue;
      }
      this.#tasks.set(name, after);
      if (before === undefined || !isDeepStrictEqual(still(before), still(after))) tasks[name] = after;
      else {
        const numbers = vitalsOf(after);
        if (!isDeepStrictEqual(vitalsOf(before), numbers)) vitals[name] = numbers;
      }
    }
    const changedCores = cluster ? replace(this.#cores, this.#view.coreSummaries()) : {};
    const changedGroups = cluster ? replace(this.#groups, this.#view.groupSummaries(this.#tasks.values())) : {};
    const parts = { tasks, vitals, cores: changedCores, groups: changedGroups };
    const told = Object.entries(parts).filter(([, part]) => Object.keys(part).length > 0);
    return told.length === 0 ? undefined : { now, ...(Object.fromEntries(told) as Partial<Change>) };
  }

  #onTick(): void {
    const now = Date.now();
    this.#send(sseFrame('tick', { now }));
    const minute = Math.floor(now / MINUTE);
    if (minute === this.#minute || !this.#view.everSettled) return;
    this.#minute = minute;
    this.#flush();
    const sparks: Record<string, number | null> = {};
    for (const [name, summary] of this.#tasks) {
      const spark = this.#view.task(name)?.series.spark(summary.spark.length, now) ?? [];
      sparks[name] = spark.at(-1) ?? null;
      this.#tasks.set(name, { ...summary, spark });
    }
    this.#snapshot = undefined;
    this.#send(sseFrame('change', { now, sparks } satisfies Change));
  }

  #send(frame: Buffer): void {
    for (const stream of this.#streams) if (!this.#waiting.has(stream)) stream.write(frame);
  }
}

const VITALS = [
  'lagMs',
  'lagBytes',
  'idleSince',
  'rowsPerSecond',
  'bytesPerSecond',
  'position',
  'updatedAt',
] as const satisfies (keyof TaskVitals)[];

function vitalsOf(summary: TaskSummary): TaskVitals {
  return Object.fromEntries(
    VITALS.flatMap((key) => (summary[key] === undefined ? [] : [[key, summary[key]]])),
  ) as TaskVitals;
}

/** What does not move all the time. */
function still(summary: TaskSummary): Partial<TaskSummary> {
  const rest: Partial<TaskSummary> = { ...summary };
  for (const key of [...VITALS, 'spark'] as const) delete rest[key];
  return rest;
}

/** Puts the new ones in the place of the old; what is different, or gone, is the answer. */
function replace<T extends { name: string }>(known: Map<string, T>, next: readonly T[]): Record<string, T | null> {
  const changed: Record<string, T | null> = {};
  const names = new Set(next.map(({ name }) => name));
  for (const name of known.keys()) {
    if (names.has(name)) continue;
    known.delete(name);
    changed[name] = null;
  }
  for (const item of next) {
    if (isDeepStrictEqual(known.get(item.name), item)) continue;
    known.set(item.name, item);
    changed[item.name] = item;
  }
  return changed;
}
