import type { Metrics, Sample } from '../coordination/metrics.js';
import { PHASES, type Progress } from '../coordination/schema/znodes.js';
import type { FailureKind } from '../coordination/failure.js';
import type { RunProgress } from './pipeline/messages.js';

/** A leader writes its progress every 10 s at the latest; one that has not for so long does not work. */
const SILENT_MS = 60_000;

interface Known {
  progress: Progress;
  run: RunProgress | undefined;
  at: number;
  leads: number;
}

/** What the tasks of a Core tell: one call for each state that is reported. */
export interface TaskObserver {
  progress(task: string, progress: Progress, run: RunProgress | undefined): void;
  failed(task: string, kind: FailureKind): void;
  /** The lead is over. */
  ended(task: string): void;
}

/** What a Core tells Prometheus. Tasks that it does not lead have no values: as many as it leads, at most its capacity and those by name. */
export class CoreMetrics implements TaskObserver {
  readonly #tasks = new Map<string, Known>();
  readonly #failures: (labels: Record<string, string>) => void;
  #connected: () => boolean = () => false;
  #leftMs: () => number = () => 0;

  constructor(metrics: Metrics) {
    metrics.watchProcess();
    this.#failures = metrics.counter({ name: 'task_failures_total', help: 'Failures by kind.', labels: ['kind'] });
    const labels = ['task'];
    const gauge = (name: string, help: string, value: (known: Known) => number | undefined): void =>
      metrics.gauge({ name, help, labels }, () => this.#each(value));
    const sums = (name: string, help: string, value: (known: Known) => number | undefined): void =>
      metrics.sums({ name, help, labels }, () => this.#each(value));
    sums('task_rows_total', 'Rows delivered since the term began.', ({ progress }) => progress.rows);
    sums('task_run_bytes_total', 'Bytes of binlog delivered since the run began.', ({ run }) => run?.bytes);
    sums('task_leads_total', 'Terms that this Core has led.', ({ leads }) => leads);
    gauge(
      'task_lag_seconds',
      'From a change’s commit at the source until it was delivered.',
      ({ progress }) => progress.lagMs / 1_000,
    );
    gauge(
      'task_lag_bytes',
      'Binlog between the task and the end of its source’s log.',
      ({ progress }) => progress.lagBytes,
    );
    gauge('task_term', 'The term.', ({ progress }) => progress.term);
    gauge('task_dead_letters', 'Changes that were skipped by order.', ({ progress }) => progress.deadLetters);
    gauge(
      'task_report_age_seconds',
      'Since the task last said how it is.',
      ({ at }) => (performance.now() - at) / 1_000,
    );
    metrics.gauge({ name: 'task_phase', help: '1 for the phase that a task is in.', labels: ['task', 'phase'] }, () =>
      this.#phases(),
    );
    metrics.gauge({ name: 'zookeeper_connected', help: '1 while there is a session.' }, () => [
      { labels: {}, value: Number(this.#connected()) },
    ]);
    metrics.gauge({ name: 'zookeeper_lease_seconds', help: 'For so long the session certainly lives.' }, () => [
      { labels: {}, value: Math.max(0, this.#leftMs() / 1_000) },
    ]);
  }

  /** Whose session it is from now on. */
  session(connected: () => boolean, leftMs: () => number): void {
    this.#connected = connected;
    this.#leftMs = leftMs;
  }

  progress(task: string, progress: Progress, run: RunProgress | undefined): void {
    const before = this.#tasks.get(task);
    const leads = (before?.leads ?? 0) + (before?.progress.term === progress.term ? 0 : 1);
    this.#tasks.set(task, { progress, run, at: performance.now(), leads });
  }

  failed(_task: string, kind: FailureKind): void {
    this.#failures({ kind });
  }

  ended(task: string): void {
    this.#tasks.delete(task);
  }

  /** Which task has not said for long how it is; undefined when the work goes on. */
  get notLive(): string | undefined {
    for (const [task, { at }] of this.#tasks) {
      const ms = performance.now() - at;
      if (ms > SILENT_MS) return `task ${task} has said nothing for ${Math.round(ms / 1_000)} s`;
    }
    return undefined;
  }

  get notReady(): string | undefined {
    if (!this.#connected()) return 'there is no ZooKeeper session';
    return this.notLive;
  }

  *#each(value: (known: Known) => number | undefined): Generator<Sample> {
    for (const [task, known] of this.#tasks) {
      const found = value(known);
      if (found !== undefined) yield { labels: { task }, value: found };
    }
  }

  *#phases(): Generator<Sample> {
    for (const [task, { progress }] of this.#tasks) {
      for (const phase of PHASES) yield { labels: { task, phase }, value: Number(progress.phase === phase) };
    }
  }
}
