import type { Instance } from '../../coordination/schema/znodes.js';
import type { TaskOverview } from '../../coordination/task-list.js';

export interface TakeOver {
  readonly from: string;
  readonly to: string;
  /** Milliseconds from the end of the process until the other one is RUNNING; 0 when that was seen before the end was. */
  readonly runningMs: number;
  /** … and until the first change came from it to Kafka; undefined until then. */
  readonly arrivedMs: number | undefined;
}

/** The instances that a look at the task has found readable, in the order of their turn. */
export function instancesOf(overview: TaskOverview | undefined): Instance[] {
  return (overview?.instances ?? []).flatMap(({ reading }) => (reading.kind === 'present' ? [reading.value] : []));
}

export function runningOf(overview: TaskOverview | undefined): Instance | undefined {
  return instancesOf(overview).find(({ state }) => state === 'RUNNING');
}

/** A process's end is seen so long after its successor at most; whoever handed over and ends later was not taken over from. */
const SEEN_LATE_MS = 1_000;

/** Tells a take-over from the order of what is seen: the RUNNING Core's process ends, another Core is RUNNING, a change arrives. */
export class Roster {
  readonly takeOvers: TakeOver[] = [];
  #running: string | undefined;
  #gone: { readonly name: string; readonly at: number } | undefined;
  #awaitsArrival: number | undefined;
  /** Who was RUNNING before, and since when it is not: its process's end may be seen later than its successor. */
  #replaced: { readonly name: string; readonly at: number } | undefined;

  saw(overview: TaskOverview | undefined): void {
    const running = runningOf(overview)?.core;
    if (running === undefined) return;
    const before = this.#running;
    if (this.#gone !== undefined && running !== this.#gone.name) {
      this.#note(this.#gone, running);
      this.#gone = undefined;
    } else if (before !== undefined && running !== before) this.#replaced = { name: before, at: performance.now() };
    if (this.#gone === undefined) this.#running = running;
  }

  ended(name: string): void {
    const at = performance.now();
    if (name === this.#running) this.#gone ??= { name, at };
    else if (name === this.#replaced?.name && at - this.#replaced.at < SEEN_LATE_MS)
      this.#note({ name, at }, this.#running!);
    this.#replaced = undefined;
  }

  #note(gone: { readonly name: string; readonly at: number }, to: string): void {
    this.takeOvers.push({ from: gone.name, to, runningMs: performance.now() - gone.at, arrivedMs: undefined });
    this.#awaitsArrival = gone.at;
  }

  arrived(): void {
    const last = this.takeOvers.at(-1);
    if (this.#awaitsArrival === undefined || last === undefined) return;
    this.takeOvers[this.takeOvers.length - 1] = { ...last, arrivedMs: performance.now() - this.#awaitsArrival };
    this.#awaitsArrival = undefined;
  }
}
