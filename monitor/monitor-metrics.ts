import type { Metrics, Sample } from '../coordination/metrics.js';
import type { Channel } from '../coordination/schema/alert-config.js';
import type { Delivery } from '../coordination/schema/alerts.js';
import { TASK_STATES } from '../coordination/task-state.js';
import type { MonitorNews } from './monitor.js';
import type { TaskSight } from './view/view.js';

/** So many tasks have metrics of their own; the sums have all. */
const MOST_TASKS = 2_000;
/** A Monitor that has not looked for so long does not work any more. */
const LIVE_MS = 30_000;
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What a Monitor tells Prometheus: every task as it sees it, the alerts, and how it does itself. */
export class MonitorMetrics {
  #news: MonitorNews | undefined;
  #lookedAt = performance.now();
  readonly #passes: (labels: Record<string, string>, value: number) => void;
  readonly #delivered: (labels: Record<string, string>) => void;
  readonly #deliveryTook: (labels: Record<string, string>, value: number) => void;

  constructor(metrics: Metrics) {
    metrics.watchProcess();
    this.#passes = metrics.histogram({ name: 'monitor_pass_seconds', help: 'Time to judge all rules once.' }, SECONDS);
    const labels = ['channel', 'outcome'];
    this.#delivered = metrics.counter({
      name: 'monitor_deliveries_total',
      help: 'Messages that were sent, by channel.',
      labels,
    });
    this.#deliveryTook = metrics.histogram({ name: 'monitor_delivery_seconds', help: 'Time that sending took.', labels: ['channel'] }, SECONDS); // prettier-ignore
    this.#declareTasks(metrics);
    this.#declareOwn(metrics);
  }

  pass(news: MonitorNews): void {
    this.#news = news;
    this.#lookedAt = performance.now();
    this.#passes({}, news.passMs / 1_000);
  }

  delivery({ name }: Channel, { ok, ms }: Delivery): void {
    this.#delivered({ channel: name, outcome: ok ? 'delivered' : 'failed' });
    this.#deliveryTook({ channel: name }, ms / 1_000);
  }

  /** Why the Monitor does not work; undefined when it does. Without ZooKeeper it lives, and waits. */
  get notLive(): string | undefined {
    const ms = performance.now() - this.#lookedAt;
    return ms < LIVE_MS || this.#news === undefined ? undefined : `the last pass is ${Math.round(ms / 1_000)} s old`;
  }

  get notReady(): string | undefined {
    if (this.#news === undefined) return 'the tree was not read yet';
    return this.notLive;
  }

  #declareTasks(metrics: Metrics): void {
    const labels = ['task'];
    const each = (name: string, help: string, value: (task: TaskSight) => number | undefined): void => {
      metrics.gauge({ name, help, labels }, () => this.#tasks(value));
    };
    each('task_lag_seconds', 'How far a task is behind its source.', ({ lagMs }) => lagMs && lagMs / 1_000);
    each('task_lag_bytes', 'Binlog between a task and the end of its source’s log.', ({ lagBytes }) => lagBytes);
    each('task_instances', 'Instances in line.', ({ overview }) => overview.instances.length);
    each('task_instances_wanted', 'Instances wanted.', ({ spec }) => spec?.instances);
    each('task_running', '1 when an instance leads and says that it runs.', ({ progress }) =>
      Number(progress?.phase === 'RUNNING'),
    );
    each('task_term', 'The term that leads.', ({ progress }) => progress?.term);
    each('task_rows_per_second', 'Rows delivered.', ({ progress }) => progress?.rowsPerSecond);
    each('task_bytes_per_second', 'Bytes of binlog delivered.', ({ progress }) => progress?.bytesPerSecond);
    each('task_dead_letters', 'Changes that were skipped by order.', ({ progress }) => progress?.deadLetters);
    metrics.gauge({ name: 'tasks', help: 'Tasks by state.', labels: ['state'] }, () => {
      const counts = new Map<string, number>(TASK_STATES.map((state) => [state, 0]));
      for (const { summary } of this.#news?.view.tasks.values() ?? [])
        counts.set(summary.state, (counts.get(summary.state) ?? 0) + 1);
      return [...counts].map(([state, value]) => ({ labels: { state }, value }));
    });
  }

  #declareOwn(metrics: Metrics): void {
    const one = (name: string, help: string, value: () => number | undefined): void => {
      metrics.gauge({ name, help }, () => single(value()));
    };
    one('monitor_acting', '1 for the Monitor that sends.', () => Number(this.#news?.acting === true));
    one('monitor_clock_ahead_seconds', 'The machine’s clock less ZooKeeper’s.', () => {
      const ms = this.#news?.view.monitor.clockAheadMs;
      return ms === undefined ? undefined : ms / 1_000;
    });
    one('zookeeper_connected', '1 while there is a session.', () =>
      Number(this.#news?.view.zookeeper.connected === true),
    );
    one('zookeeper_latency_seconds', '95th percentile of the last minute.', () => {
      const ms = this.#news?.view.zookeeper.latencyMs;
      return ms === undefined ? undefined : ms / 1_000;
    });
    one('cores', 'Cores that live.', () => this.#news?.view.cores.size);
    one(
      'monitor_last_pass_age_seconds',
      'Since the last look at everything.',
      () => (performance.now() - this.#lookedAt) / 1_000,
    );
    metrics.gauge({ name: 'zookeeper_member_up', help: '1 for a member that serves.', labels: ['member'] }, () =>
      [...(this.#news?.view.zookeeper.members ?? [])].map(([member, probe]) => {
        return { labels: { member }, value: Number(probe.ok && probe.facts.mode !== 'none') };
      }),
    );
    metrics.gauge(
      { name: 'alerts', help: 'Open alerts, of the Monitor that acts.', labels: ['rule', 'severity'] },
      () => {
        const counts = new Map<string, Sample>();
        for (const { rule, severity, state } of this.#news?.alerts.values() ?? []) {
          if (state !== 'firing') continue;
          const key = `${rule} ${severity}`;
          counts.set(key, { labels: { rule, severity }, value: (counts.get(key)?.value ?? 0) + 1 });
        }
        return counts.values();
      },
    );
  }

  *#tasks(value: (task: TaskSight) => number | undefined): Generator<Sample> {
    let left = MOST_TASKS;
    for (const task of this.#news?.view.tasks.values() ?? []) {
      const found = value(task);
      if (found !== undefined) yield { labels: { task: task.name }, value: found };
      if (--left === 0) return;
    }
  }
}

function single(value: number | undefined): Sample[] {
  return value === undefined ? [] : [{ labels: {}, value }];
}
