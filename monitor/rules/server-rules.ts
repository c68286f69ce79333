import type { FailureKind } from '../../coordination/failure.js';
import type { SinkSight, SourceSight, TaskSight, View } from '../view/view.js';
import { some, span } from './quantity.js';
import { clear, holds, unknown, type Rule, type Verdict } from './rule.js';
import { working } from './task-flow-rules.js';

const SOURCE_KINDS: ReadonlySet<FailureKind> = new Set(['source-unreachable', 'source-stalled']);
const SINK_KINDS: ReadonlySet<FailureKind> = new Set(['sink-unreachable']);
const TASK_SYMPTOMS = ['task-waiting', 'task-lag', 'task-stalled', 'task-throughput-gone', 'task-silent'];
const DAY_MS = 86_400_000;

/** Tasks that fail because of what their server does not do. */
function failing(view: View, names: readonly string[], kinds: ReadonlySet<FailureKind>): TaskSight[] {
  return working(view, names).filter(({ progress }) => {
    const { failure, phase } = progress ?? {};
    return failure !== undefined && phase !== 'RUNNING' && kinds.has(failure.kind);
  });
}

function names(tasks: readonly TaskSight[]): string[] {
  return tasks.map(({ name }) => name);
}

const sourceDown: Rule<SourceSight> = {
  id: 'source-unreachable',
  about: 'source',
  severity: 'critical',
  forMs: 10_000,
  resolveMs: 5_000,
  explains: [...TASK_SYMPTOMS, 'source-replica'],
  text: {
    en: 'Source {object} cannot be reached; {count} tasks wait for it',
    zh: '源库 {object} 无法连接;{count} 个任务在等待',
  },
  reason: { en: '{error} Tasks: {tasks}', zh: '{error} 任务:{tasks}' },
  remedy: {
    en: 'See that the server runs and that the Cores reach it. The tasks go on by themselves from where they are.',
    zh: '检查服务器是否运行、Core 能否连接。恢复后任务会从原位点自动继续。',
  },
  judge: (source, { view }) => {
    const hit = failing(view, source.tasks, SOURCE_KINDS);
    const all = names(working(view, source.tasks));
    const { probe } = source;
    // Who runs a task knows best. The Monitor's own way there may be blocked, which is nobody's failure.
    const alone = probe !== undefined && !probe.ok && hit.length === 0;
    if (hit.length === 0) return clear(() => (alone ? 'only the Monitor does not reach it' : 'it answers'));
    const error = hit[0]?.progress?.failure?.message ?? '';
    const facts = { count: all.length, error: `${error}.`, tasks: some(all, 10) };
    return holds(() => `${hit.length} tasks do not reach it`, { facts, tasks: all });
  },
};

const replica: Rule<SourceSight> = {
  id: 'source-replica',
  about: 'source',
  severity: 'critical',
  forMs: 30_000,
  resolveMs: 30_000,
  text: { en: 'Source {object} is a replica whose replication has stopped', zh: '源库 {object} 是从库,且其复制已停止' },
  reason: {
    en: '{detail} It answers, and gets nothing new: {count} tasks look well and are not.',
    zh: '{detail} 它能应答但没有新数据:{count} 个任务看似正常。',
  },
  remedy: {
    en: 'On {object}: SHOW REPLICA STATUS, mend what it says, START REPLICA',
    zh: '在 {object} 上执行 SHOW REPLICA STATUS,修复后 START REPLICA',
  },
  judge: ({ probe, tasks }) => {
    if (!probe?.ok) return unknown(() => 'nobody looks at it');
    const { replica: state } = probe.facts;
    if (state === undefined) return clear(() => 'it is no replica');
    if (state.running) return clear(() => 'its replication runs');
    return holds(() => state.detail, { facts: { detail: state.detail, count: tasks.length }, tasks });
  },
};

const settings: Rule<SourceSight> = {
  id: 'source-settings',
  about: 'source',
  severity: 'warning',
  forMs: 0,
  resolveMs: 5_000,
  text: { en: 'Source {object} writes its binlog with {wrong}', zh: '源库 {object} 的 binlog 设置为 {wrong}' },
  reason: {
    en: 'With {wrong} a change of a table cannot be followed exactly, or rows come without all their columns.',
    zh: '使用 {wrong} 时无法精确跟踪表结构变更,或行数据缺少列。',
  },
  remedy: { en: 'On {object}: {sql}', zh: '在 {object} 上执行:{sql}' },
  judge: ({ probe, tasks }) => {
    if (!probe?.ok) return unknown(() => 'nobody looks at it');
    const wanted: readonly (readonly [name: string, is: string | undefined])[] = [
      ['binlog_row_metadata', probe.facts.rowMetadata],
      ['binlog_row_image', probe.facts.rowImage],
    ];
    const wrong = wanted.filter(([, is]) => is !== undefined && is.toUpperCase() !== 'FULL');
    if (wrong.length === 0) return clear(() => 'binlog_row_metadata and binlog_row_image are FULL');
    const text = wrong.map(([name, is]) => `${name}=${is}`).join(', ');
    const sql = wrong.map(([name]) => `SET PERSIST ${name} = FULL`).join('; ');
    return holds(() => text, { facts: { wrong: text, sql }, tasks });
  },
};

const sourceClock: Rule<SourceSight> = {
  id: 'source-clock',
  about: 'source',
  severity: 'warning',
  limit: { value: 2, unit: 's' },
  forMs: 30_000,
  resolveMs: 30_000,
  text: { en: 'The clock of source {object} is wrong by {skew}', zh: '源库 {object} 的时钟偏差 {skew}' },
  reason: {
    en: 'Measured against ZooKeeper’s clock. Lags are shown without it.',
    zh: '以 ZooKeeper 的时钟为准。显示的延迟已扣除该偏差。',
  },
  remedy: { en: 'Let its machine keep its time by NTP.', zh: '让该机器通过 NTP 校时。' },
  judge: ({ probe }, { view, limit }) => {
    if (!probe?.ok) return unknown(() => 'nobody looks at it');
    const skew = Math.abs(probe.facts.clockAheadMs + (view.monitor.clockAheadMs ?? 0));
    if (skew < limit * 1_000) return clear(() => `wrong by ${span(skew)}, the limit is ${limit} s`);
    return holds(() => `wrong by ${span(skew)}`, { facts: { skew: span(skew) } });
  },
};

function certificate(until: number | undefined, at: number, limitDays: number): Verdict {
  if (until === undefined) return clear(() => 'there is no TLS, or nobody looks at it');
  const left = until - at;
  if (left > limitDays * DAY_MS) return clear(() => `valid for ${span(left)}, the limit is ${limitDays} d`);
  const facts = {
    left: left <= 0 ? 'has expired' : `expires in ${span(left)}`,
    leftZh: left <= 0 ? '已过期' : `将在 ${span(left)} 后过期`,
  };
  return holds(() => facts.left, { facts, ...(left < DAY_MS && { severity: 'critical' as const }) });
}

const sourceCertificate: Rule<SourceSight> = {
  id: 'source-certificate',
  about: 'source',
  severity: 'warning',
  limit: { value: 21, unit: 'd left' },
  forMs: 0,
  resolveMs: 0,
  text: { en: 'The certificate of source {object} {left}', zh: '源库 {object} 的证书{leftZh}' },
  reason: { en: 'Tasks that check it cannot connect after that.', zh: '此后校验证书的任务将无法连接。' },
  remedy: { en: 'Renew the server’s certificate.', zh: '更新服务器证书。' },
  judge: ({ probe }, { view, limit }) =>
    probe?.ok ? certificate(probe.facts.certificateUntil, view.at, limit) : unknown(() => 'nobody looks at it'),
};

const sinkDown: Rule<SinkSight> = {
  id: 'sink-unreachable',
  about: 'sink',
  severity: 'critical',
  forMs: 10_000,
  resolveMs: 5_000,
  explains: [...TASK_SYMPTOMS, 'sink-broker'],
  text: {
    en: 'Kafka at {object} does not acknowledge; {count} tasks wait for it',
    zh: 'Kafka {object} 无法写入;{count} 个任务在等待',
  },
  reason: { en: '{error} Tasks: {tasks}', zh: '{error} 任务:{tasks}' },
  remedy: {
    en: 'See that the brokers run and that their topics have leaders. The tasks go on by themselves; nothing is lost meanwhile.',
    zh: '检查 broker 是否运行、主题是否有 leader。恢复后任务会自动继续,期间不会丢失数据。',
  },
  judge: (sink, { view }) => {
    const hit = failing(view, sink.tasks, SINK_KINDS);
    const probes = [...sink.brokers.values()];
    const dead = probes.length > 0 && probes.every(({ ok }) => !ok);
    if (hit.length === 0 && !dead) return clear(() => 'it acknowledges');
    const all = names(working(view, sink.tasks));
    if (all.length === 0) return clear(() => 'no task needs it now');
    const refused = probes.flatMap((probe) => (probe.ok ? [] : [probe.error]))[0];
    const error = hit[0]?.progress?.failure?.message ?? refused ?? '';
    return holds(() => `${hit.length} tasks wait; ${error}`, {
      facts: { count: all.length, error: `${error}.`, tasks: some(all, 10) },
      tasks: all,
    });
  },
};

const broker: Rule<SinkSight> = {
  id: 'sink-broker',
  about: 'sink',
  severity: 'warning',
  forMs: 30_000,
  resolveMs: 15_000,
  text: { en: 'Kafka at {object}: {down} does not answer', zh: 'Kafka {object}:{down} 无应答' },
  reason: {
    en: 'The others carry on as long as enough replicas are in sync.',
    zh: '只要同步副本足够,其他 broker 会继续工作。',
  },
  remedy: {
    en: 'Start the broker again, or take its address out of the tasks.',
    zh: '重新启动该 broker,或从任务中移除其地址。',
  },
  judge: ({ brokers }) => {
    const down = [...brokers].filter(([, { ok }]) => !ok).map(([name]) => name);
    if (down.length === 0) return clear(() => (brokers.size === 0 ? 'nobody looks at it' : 'every broker answers'));
    return holds(() => `${down.join(', ')} does not answer`, { facts: { down: some(down) } });
  },
};

const sinkCertificate: Rule<SinkSight> = {
  id: 'sink-certificate',
  about: 'sink',
  severity: 'warning',
  limit: { value: 21, unit: 'd left' },
  forMs: 0,
  resolveMs: 0,
  text: { en: 'A certificate of Kafka at {object} {left}', zh: 'Kafka {object} 的证书{leftZh}' },
  reason: { en: 'Tasks that check it cannot connect after that.', zh: '此后校验证书的任务将无法连接。' },
  remedy: { en: 'Renew the brokers’ certificates.', zh: '更新 broker 证书。' },
  judge: ({ brokers }, { view, limit }) => {
    const untils = [...brokers.values()].flatMap((probe) => (probe.ok ? (probe.facts.certificateUntil ?? []) : []));
    return certificate(untils.length === 0 ? undefined : Math.min(...untils), view.at, limit);
  },
};

export const SOURCE_RULES: readonly Rule<SourceSight>[] = [
  sourceDown,
  replica,
  settings,
  sourceClock,
  sourceCertificate,
];
export const SINK_RULES: readonly Rule<SinkSight>[] = [sinkDown, broker, sinkCertificate];
