import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** One value with its labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Named {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
}

/** All names begin with this. */
export const PREFIX = 'mysql_replicator_';

/**
 * The metrics of one process, in Prometheus' text format. Values that belong to things which come and go (tasks, Cores) are read when they are asked
 * for, so that nothing is kept of what is gone, and no metric grows by names that users choose beyond what there is now.
 */
export class Metrics {
  readonly #registry = new Registry();

  /** Memory, processor time, event loop, garbage collection of this process, under Prometheus' own names. */
  watchProcess(): void {
    collectDefaultMetrics({ register: this.#registry });
  }

  /** A gauge whose values are what `read` gives at the time. */
  gauge({ name, help, labels = [] }: Named, read: () => Iterable<Sample>): void {
    new Gauge({
      name: PREFIX + name,
      help,
      labelNames: [...labels],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const { labels: of, value } of read()) this.set(of, value);
      },
    });
  }

  /** A counter that is kept elsewhere: `read` gives its sums. */
  sums({ name, help, labels = [] }: Named, read: () => Iterable<Sample>): void {
    new Counter({
      name: PREFIX + name,
      help,
      labelNames: [...labels],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const { labels: of, value } of read()) this.inc(of, value);
      },
    });
  }

  /** A counter; the function adds one. Its labels must have few values. */
  counter({ name, help, labels = [] }: Named): (labels: Readonly<Record<string, string>>, value?: number) => void {
    const counter = new Counter({ name: PREFIX + name, help, labelNames: [...labels], registers: [this.#registry] });
    return (of, value = 1) => counter.inc(of, value);
  }

  /** A histogram; the function adds a value. */
  histogram(
    { name, help, labels = [] }: Named,
    buckets: readonly number[],
  ): (labels: Readonly<Record<string, string>>, value: number) => void {
    const options = {
      name: PREFIX + name,
      help,
      labelNames: [...labels],
      buckets: [...buckets],
      registers: [this.#registry],
    };
    const histogram = new Histogram(options);
    return (of, value) => histogram.observe(of, value);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
