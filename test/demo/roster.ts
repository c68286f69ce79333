import type { Instance } from '../../coordination/schema/znodes.js';
import type { TaskOverview } from '../../coordination/task-list.js';

export interface TakeOver {
  readonly from: string;
  readonly to: string;
  /** Milliseconds from the end of the process until the other one is RUNNING. */
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

/** Tells a take-over from the order of what is seen: the RUNNING Core's process ends, another Core is RUNNING, a change arrives. */
export class Roster {
  readonly takeOvers: TakeOver[] = [];
  #running: string | undefined;
  #gone: { readonly name: string; readonly at: number } | undefined;
  #awaitsArrival: number | undefined;

  saw(overview: TaskOverview | undefined): void {
    const running = runningOf(overview)?.core;
    if (running === undefined) return;
    if (this.#gone !== undefined && running !== this.#gone.name) {
      const runningMs = performance.now() - this.#gone.at;
      this.takeOvers.push({ from: this.#gone.name, to: running, runningMs, arrivedMs: undefined });
      this.#awaitsArrival = this.#gone.at;
      this.#gone = undefined;
    }
    if (this.#gone === undefined) this.#running = running;
  }

  ended(name: string): void {
    if (name !== this.#running) return;
    this.#gone = { name, at: performance.now() };
  }

  arrived(): void {
    const last = this.takeOvers.at(-1);
    if (this.#awaitsArrival === undefined || last === undefined) return;
    this.takeOvers[this.takeOvers.length - 1] = { ...last, arrivedMs: performance.now() - this.#awaitsArrival };
    this.#awaitsArrival = undefined;
  }
}
