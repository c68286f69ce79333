import type { Series } from '../api/schema/task-detail.js';

/** What is measured of a task at one moment. */
export interface Sample {
  readonly lagMs: number;
  readonly lagBytes: number | undefined;
  readonly rowsPerSecond: number;
  readonly bytesPerSecond: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Steps and how far back each reaches. Together 1,800 points of 22 bytes: 40 KB for each task, whatever happens. */
const FINE = { step: 10 * SECOND, reach: 60 * MINUTE };
const COARSE = { step: MINUTE, reach: 24 * 60 * MINUTE };

/** The measured hours of one task, in memory: fine for the last hour, coarser before; a step in which nothing was heard is a gap. */
export class TaskSeries {
  readonly #fine = new Ring(FINE.step, FINE.reach);
  readonly #coarse = new Ring(COARSE.step, COARSE.reach);

  /** Several samples in one step count as one: the worst lag, the mean rate. */
  add(at: number, sample: Sample): void {
    this.#fine.add(at, sample);
    this.#coarse.add(at, sample);
  }

  /** Of the fine step that `at` lies in; `undefined` where nothing was heard. */
  stepAt(at: number): Sample | undefined {
    return this.#fine.sampleAt(at);
  }

  /** The worst lag of each of the last `minutes` whole minutes, oldest first. */
  spark(minutes: number, now: number): (number | null)[] {
    const last = Math.floor(now / MINUTE) - 1;
    return Array.from({ length: minutes }, (_, i) => this.#coarse.lagAt((last - minutes + 1 + i) * MINUTE));
  }

  /** Points from `from` to `to`, as fine as they are kept that far back. */
  read(from: number, to: number, now: number): Series {
    const ring = from >= now - FINE.reach ? this.#fine : this.#coarse;
    return ring.read(Math.max(from, now - ring.reach), to);
  }
}

/**
 * All tasks together: rates summed, the worst lag. Each fine step is summed once, when it is over, so that reading costs what it costs for one
 * task, however many there are; what a task has done stays in it when the task is deleted.
 */
export class TotalSeries {
  readonly #series = new TaskSeries();
  #next: number | undefined;

  /** Sums the steps that are over at `now`. */
  take(tasks: readonly TaskSeries[], now: number): void {
    const end = Math.floor(now / FINE.step);
    const from = Math.max(this.#next ?? end - 1, end - 6); // a process that stood still has nothing to sum
    for (let step = from; step < end; step++) {
      const sum = summed(tasks.flatMap((series) => series.stepAt(step * FINE.step) ?? []));
      if (sum !== undefined) this.#series.add(step * FINE.step, sum);
    }
    this.#next = end;
  }

  read(from: number, to: number, now: number): Series {
    return this.#series.read(from, to, now);
  }
}

function summed(samples: readonly Sample[]): Sample | undefined {
  if (samples.length === 0) return undefined;
  const sum = { lagMs: 0, lagBytes: undefined as number | undefined, rowsPerSecond: 0, bytesPerSecond: 0 };
  for (const { lagMs, lagBytes, rowsPerSecond, bytesPerSecond } of samples) {
    sum.lagMs = Math.max(sum.lagMs, lagMs);
    if (lagBytes !== undefined) sum.lagBytes = Math.max(sum.lagBytes ?? 0, lagBytes);
    sum.rowsPerSecond += rowsPerSecond;
    sum.bytesPerSecond += bytesPerSecond;
  }
  return sum;
}

class Ring {
  readonly step: number;
  readonly reach: number;
  readonly #size: number;
  /** Number of the step that a place holds, so that what is left of a day ago is not taken for today. */
  readonly #slots: Uint32Array;
  readonly #lagMs: Float32Array;
  readonly #lagBytes: Float32Array;
  readonly #rows: Float32Array;
  readonly #bytes: Float32Array;
  readonly #counts: Uint16Array;

  constructor(step: number, reach: number) {
    this.step = step;
    this.reach = reach;
    this.#size = Math.ceil(reach / step);
    this.#slots = new Uint32Array(this.#size);
    this.#lagMs = new Float32Array(this.#size);
    this.#lagBytes = new Float32Array(this.#size);
    this.#rows = new Float32Array(this.#size);
    this.#bytes = new Float32Array(this.#size);
    this.#counts = new Uint16Array(this.#size);
  }

  add(at: number, { lagMs, lagBytes, rowsPerSecond, bytesPerSecond }: Sample): void {
    const slot = Math.floor(at / this.step);
    const i = slot % this.#size;
    if (this.#slots[i] !== slot) {
      this.#slots[i] = slot;
      this.#counts[i] = 0;
      this.#lagMs[i] = 0;
      this.#lagBytes[i] = NaN;
      this.#rows[i] = 0;
      this.#bytes[i] = 0;
    }
    const count = Math.min(this.#counts[i]! + 1, 65_535);
    this.#counts[i] = count;
    this.#lagMs[i] = Math.max(this.#lagMs[i]!, lagMs);
    if (lagBytes !== undefined) this.#lagBytes[i] = Math.max(this.#lagBytes[i]! || 0, lagBytes);
    this.#rows[i]! += (rowsPerSecond - this.#rows[i]!) / count;
    this.#bytes[i]! += (bytesPerSecond - this.#bytes[i]!) / count;
  }

  sampleAt(at: number): Sample | undefined {
    const slot = Math.floor(at / this.step);
    const i = slot % this.#size;
    if (this.#slots[i] !== slot) return undefined;
    const lagBytes = this.#lagBytes[i]!;
    return {
      lagMs: this.#lagMs[i]!,
      lagBytes: Number.isNaN(lagBytes) ? undefined : lagBytes,
      rowsPerSecond: this.#rows[i]!,
      bytesPerSecond: this.#bytes[i]!,
    };
  }

  lagAt(at: number): number | null {
    const slot = Math.floor(at / this.step);
    const i = slot % this.#size;
    return this.#slots[i] === slot ? Math.round(this.#lagMs[i]!) : null;
  }

  read(from: number, to: number): Series {
    const series: Series = { step: this.step, t: [], lagMs: [], lagBytes: [], rowsPerSecond: [], bytesPerSecond: [] };
    const last = Math.floor(to / this.step);
    for (let slot = Math.max(Math.ceil(from / this.step), last - this.#size + 1); slot <= last; slot++) {
      const i = slot % this.#size;
      const there = this.#slots[i] === slot;
      const held = (values: Float32Array): number | null => {
        const value = values[i]!;
        return there && !Number.isNaN(value) ? Math.round(value * 100) / 100 : null;
      };
      series.t.push(slot * this.step);
      series.lagMs.push(held(this.#lagMs));
      series.lagBytes.push(held(this.#lagBytes));
      series.rowsPerSecond.push(held(this.#rows));
      series.bytesPerSecond.push(held(this.#bytes));
    }
    return series;
  }
}
