import type { FailureKind } from '../../coordination/failure.js';
import type { TaskSight } from '../view/view.js';
import { span } from './quantity.js';
import { clear, holds, unknown, type Rule, type Verdict } from './rule.js';

/** Whether anybody wants the task to run now; else why not. */
export function idle(task: TaskSight): Verdict | undefined {
  if (task.spec === undefined) return clear(() => 'the task has no readable configuration');
  if (task.summary.state === 'PAUSED') return clear(() => 'the task is paused by order');
  return undefined;
}

const notRunning: Rule<TaskSight> = {
  id: 'task-not-running',
  about: 'task',
  severity: 'critical',
  forMs: 10_000,
  resolveMs: 5_000,
  explains: ['task-standby-missing', 'task-lag', 'task-stalled', 'task-silent', 'task-throughput-gone', 'task-waiting'],
  text: { en: 'Task {object} runs nowhere', zh: '任务 {object} 没有在任何地方运行' },
  reason: {
    en: 'No instance is RUNNING: {why}. Nothing is replicated; the changes wait in the source’s binlog.',
    zh: '没有 RUNNING 的实例:{why}。复制已停止,变更仍保留在源库的 binlog 中。',
  },
  remedy: {
    en: 'Start a Core for it: {start}. Then: mysql-replicator task show {object}',
    zh: '为它启动一个 Core:{start}。然后查看:mysql-replicator task show {object}',
  },
  judge: (task) => {
    const none = idle(task);
    if (none) return none;
    if (task.running) return clear(() => `it runs on ${task.running?.core}`);
    const { state, reason, standby } = task.summary;
    const why = reason ?? (standby > 0 ? `${standby} stand by and none leads` : 'no Core serves it');
    const start =
      task.group === undefined
        ? `mysql-replicator core --task ${task.name}`
        : `mysql-replicator core --group ${task.group}`;
    return holds(() => `it is ${state}: ${why}`, { facts: { why, start }, tasks: [task.name] });
  },
};

const standbyMissing: Rule<TaskSight> = {
  id: 'task-standby-missing',
  about: 'task',
  severity: 'warning',
  forMs: 60_000,
  resolveMs: 30_000,
  text: {
    en: 'Task {object} has {there} of {wanted} instances',
    zh: '任务 {object} 只有 {there} 个实例,期望 {wanted} 个',
  },
  reason: {
    en: 'The next death of a Core would leave it without a warm standby.',
    zh: '如果再有一个 Core 失效,将没有热备可以接管。',
  },
  remedy: {
    en: 'Start another Core that serves it, or lower "instances" in its configuration.',
    zh: '再启动一个为它服务的 Core,或调低配置中的 instances。',
  },
  judge: (task) => {
    const none = idle(task);
    if (none) return none;
    const wanted = task.spec?.instances ?? 1;
    const there = task.overview.instances.length;
    if (there >= wanted) return clear(() => `${there} instances, ${wanted} wanted`);
    return holds(() => `${there} instances, ${wanted} wanted`, { facts: { there, wanted }, tasks: [task.name] });
  },
};

const TERMS_MS = 600_000;

const termsChanging: Rule<TaskSight> = {
  id: 'task-terms-changing',
  about: 'task',
  severity: 'warning',
  limit: { value: 5, unit: 'terms in 10 min' },
  forMs: 0,
  resolveMs: 0,
  text: {
    en: 'Task {object} has changed its leader {terms} times in 10 min',
    zh: '任务 {object} 在 10 分钟内切换了 {terms} 次',
  },
  reason: {
    en: 'Each change interrupts it. Cores that die again and again, or a ZooKeeper that answers too late, are the usual causes.',
    zh: '每次切换都会中断复制。常见原因是 Core 反复崩溃,或 ZooKeeper 响应过慢。',
  },
  remedy: {
    en: 'Look at the terms (mysql-replicator task show {object}) and at the logs of {cores}.',
    zh: '查看任期历史(mysql-replicator task show {object})以及 {cores} 的日志。',
  },
  judge: (task, { view, limit }) => {
    const recent = task.terms.filter(({ began }) => view.at - began < TERMS_MS);
    const terms = recent.length;
    if (terms < limit) return clear(() => `${terms} terms in 10 min, the limit is ${limit}`);
    const cores = [...new Set(recent.map(({ core }) => core))].join(', ');
    return holds(() => `${terms} terms in 10 min`, { facts: { terms, cores }, tasks: [task.name] });
  },
};

const twoWriters: Rule<TaskSight> = {
  id: 'task-two-writers',
  about: 'task',
  severity: 'critical',
  forMs: 0,
  resolveMs: 60_000,
  text: { en: 'Task {object}: two writers are seen', zh: '任务 {object}:发现两个写入者' },
  reason: {
    en: '{why}. What the past one writes is refused by its term; but it should not be there.',
    zh: '{why}。旧写入者的写入会因任期过期被拒绝,但它本不应存在。',
  },
  remedy: {
    en: 'Look whether two deployments share the task’s name in one Kafka cluster, or a frozen process woke up: mysql-replicator task show {object}',
    zh: '检查是否有两套部署在同一 Kafka 集群中使用了相同的任务名,或有冻结的进程被唤醒:mysql-replicator task show {object}',
  },
  judge: (task) => {
    const found = (why: string): Verdict => holds(() => why, { facts: { why }, tasks: [task.name] });
    const running = task.overview.instances.filter(
      ({ reading }) => reading.kind === 'present' && reading.value.state === 'RUNNING',
    );
    if (running.length > 1) return found(`${running.length} instances say that they are RUNNING`);
    const term = task.running?.term;
    const { lastCommit } = task.overview;
    if (term !== undefined && lastCommit.kind === 'present' && lastCommit.value.term > term) {
      return found(`lastCommit was written by term ${lastCommit.value.term}, later than the leader's ${term}`);
    }
    const kind = task.progress?.failure?.kind;
    if (kind === 'sink-fenced' || kind === 'term-behind') return found(`the sink says so (${kind})`);
    return clear(() => 'one writer, one term');
  },
};

/** Rules that would say of the server what the task's own failure says already. */
const SAME: Readonly<Partial<Record<FailureKind, readonly string[]>>> = {
  'position-purged': ['task-position-purge'],
  'source-changed': ['task-server-changed'],
};

const stopped: Rule<TaskSight> = {
  id: 'task-stopped',
  about: 'task',
  severity: 'critical',
  forMs: 0,
  resolveMs: 5_000,
  explains: ['task-lag', 'task-stalled', 'task-waiting', 'task-throughput-gone', 'task-two-writers'],
  text: { en: 'Task {object} is STOPPED: {kind}', zh: '任务 {object} 已停止:{kind}' },
  reason: { en: '{message} {place}', zh: '{message} {place}' },
  remedy: {
    en: '{remedy} Then: mysql-replicator task resume {object}',
    zh: '{remedy} 处理后执行:mysql-replicator task resume {object}',
  },
  judge: (task) => {
    const { progress } = task;
    if (progress === undefined) return clear(() => 'nobody leads it');
    const { failure, phase, since } = progress;
    if (phase !== 'STOPPED' || task.summary.state === 'PAUSED') return clear(() => `it is ${phase}`);
    const { kind = 'internal', message = '', place, remedy } = failure ?? {};
    const facts = {
      kind,
      message,
      place: place === undefined ? '' : `(at ${place})`,
      remedy: remedy === undefined ? '' : `${remedy}.`,
    };
    return holds(() => `STOPPED: ${kind}: ${message}`, {
      facts,
      since,
      tasks: [task.name],
      explains: SAME[kind] ?? [],
    });
  },
};

const waiting: Rule<TaskSight> = {
  id: 'task-waiting',
  about: 'task',
  severity: 'warning',
  forMs: 60_000,
  resolveMs: 30_000,
  explains: ['task-lag', 'task-stalled', 'task-throughput-gone'],
  text: { en: 'Task {object} fails and tries again: {kind}', zh: '任务 {object} 失败后反复重试:{kind}' },
  reason: { en: '{message} {place}', zh: '{message} {place}' },
  remedy: {
    en: '{remedy} It goes on by itself when the cause is gone.',
    zh: '{remedy} 原因消除后它会自动继续。',
  },
  judge: (task) => {
    const { progress } = task;
    if (progress === undefined) return clear(() => 'nobody leads it');
    const { failure, phase } = progress;
    if (failure === undefined || phase === 'STOPPED' || phase === 'PAUSED') return clear(() => `it is ${phase}`);
    const { kind, message, place, remedy } = failure;
    const facts = {
      kind,
      message,
      place: place === undefined ? '' : `(at ${place})`,
      remedy: remedy === undefined ? '' : `${remedy}.`,
    };
    return holds(() => `${phase}: ${kind}: ${message}`, { facts, tasks: [task.name] });
  },
};

const HOUR_MS = 3_600_000;

const pausedLong: Rule<TaskSight> = {
  id: 'task-paused-long',
  about: 'task',
  severity: 'warning',
  limit: { value: 24, unit: 'h' },
  forMs: 0,
  resolveMs: 0,
  text: { en: 'Task {object} is paused since {span}', zh: '任务 {object} 已暂停 {span}' },
  reason: {
    en: 'Whoever paused it may have forgotten it; its place in the binlog is purged some day.',
    zh: '暂停它的人可能已经忘记;它在 binlog 中的位点总有一天会被清除。',
  },
  remedy: {
    en: 'mysql-replicator task resume {object}, or delete it when it is not needed any more',
    zh: 'mysql-replicator task resume {object};如不再需要请删除',
  },
  judge: (task, { view, limit }) => {
    if (task.summary.state !== 'PAUSED') return clear(() => 'it is not paused');
    if (task.controlAt === undefined) return unknown(() => 'nobody knows since when it is paused');
    const ms = view.at - task.controlAt;
    if (ms < limit * HOUR_MS) return clear(() => `paused for ${span(ms)}, the limit is ${limit} h`);
    return holds(() => `paused for ${span(ms)}`, {
      facts: { span: span(ms) },
      since: task.controlAt,
      tasks: [task.name],
    });
  },
};

const unreadable: Rule<TaskSight> = {
  id: 'task-unreadable',
  about: 'task',
  severity: 'critical',
  forMs: 2_000,
  resolveMs: 2_000,
  explains: ['task-not-running', 'task-stopped'],
  text: { en: 'The configuration of task {object} cannot be read', zh: '任务 {object} 的配置无法读取' },
  reason: { en: '{fault}', zh: '{fault}' },
  remedy: {
    en: 'mysql-replicator doctor shows what is wrong; register the task again with --replace',
    zh: '用 mysql-replicator doctor 查看问题;用 --replace 重新注册该任务',
  },
  judge: ({ name, overview }) => {
    const parts = [overview.spec, overview.control].flatMap((part) =>
      part.kind === 'unreadable' ? [part.error.message] : [],
    );
    if (parts.length === 0) return clear(() => 'it can be read');
    return holds(() => parts.join('; '), { facts: { fault: parts.join('; ') }, tasks: [name] });
  },
};

export const TASK_RUN_RULES: readonly Rule<TaskSight>[] = [
  notRunning,
  standbyMissing,
  termsChanging,
  twoWriters,
  stopped,
  waiting,
  pausedLong,
  unreadable,
];
