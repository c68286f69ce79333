import { fileNumber } from '../../coordination/position.js';
import type { TaskSight, View } from '../view/view.js';
import { megabytes, span } from './quantity.js';
import { clear, holds, unknown, type Rule } from './rule.js';
import { idle } from './task-run-rules.js';

/** A lag so many times above its limit is critical. */
const MUCH = 10;

const lag: Rule<TaskSight> = {
  id: 'task-lag',
  about: 'task',
  severity: 'warning',
  limit: { value: 60, unit: 's' },
  forMs: 60_000,
  resolveMs: 60_000,
  text: { en: 'Task {object} is {lag} behind its source', zh: '任务 {object} 落后源库 {lag}' },
  reason: {
    en: 'The limit is {limit} s. It delivers {rate} rows/s now {bytes}.',
    zh: '阈值为 {limit} 秒。当前速率 {rate} 行/秒 {bytes}。',
  },
  remedy: {
    en: 'A large transaction or a busy hour passes by itself. Else: is the sink slow, does the Core {core} have processor time left?',
    zh: '大事务或高峰期会自行恢复。否则请检查目标端是否变慢、Core {core} 是否还有 CPU 余量。',
  },
  judge: (task, { limit }) => {
    const none = idle(task);
    if (none) return none;
    const { lagMs, lagBytes, progress } = task;
    if (lagMs === undefined || progress === undefined) return unknown(() => 'nobody runs it, so its lag is not known');
    if (lagMs <= limit * 1_000) return clear(() => `${span(lagMs)} behind, the limit is ${limit} s`);
    const bytes = lagBytes === undefined ? '' : `(${megabytes(lagBytes)} of binlog behind)`;
    const facts = { lag: span(lagMs), limit, rate: Math.round(progress.rowsPerSecond), bytes, core: progress.core };
    const worse = lagMs > MUCH * limit * 1_000 ? { severity: 'critical' as const } : {};
    return holds(() => `${span(lagMs)} behind`, { facts, tasks: [task.name], ...worse });
  },
};

const stalled: Rule<TaskSight> = {
  id: 'task-stalled',
  about: 'task',
  severity: 'critical',
  limit: { value: 60, unit: 's' },
  forMs: 15_000,
  resolveMs: 15_000,
  explains: ['task-lag', 'task-throughput-gone'],
  text: {
    en: 'Task {object} stands still since {age} while its source goes on',
    zh: '任务 {object} 已停滞 {age},而源库仍在写入',
  },
  reason: {
    en: 'It says that it runs, the end of the source’s log has moved, and lastCommit has not: {behind} of binlog wait.',
    zh: '它声称在运行,源库日志末尾在前进,但 lastCommit 没有变化:有 {behind} 的 binlog 在等待。',
  },
  remedy: {
    en: 'Look at the log of {core}. mysql-replicator task hand-over {object} gives it to the next Core.',
    zh: '查看 {core} 的日志。mysql-replicator task hand-over {object} 可将其交给下一个 Core。',
  },
  judge: (task, { view, limit }) => {
    const none = idle(task);
    if (none) return none;
    const { progress, lagBytes, lastCommitAt, running } = task;
    if (progress?.phase !== 'RUNNING' || running === undefined) return clear(() => 'it does not say that it runs');
    if (lagBytes === undefined)
      return unknown(() => 'the end of the source’s log is not known (see --no-probe-sources)');
    if (lagBytes === 0) return clear(() => 'it is at the end of the source’s log');
    const still = view.at - Math.max(lastCommitAt ?? 0, progress.since);
    if (still <= limit * 1_000) return clear(() => `lastCommit moved ${span(still)} ago, the limit is ${limit} s`);
    const facts = { age: span(still), behind: megabytes(lagBytes), core: progress.core };
    return holds(() => `lastCommit has not moved for ${span(still)}`, { facts, tasks: [task.name] });
  },
};

const silent: Rule<TaskSight> = {
  id: 'task-silent',
  about: 'task',
  severity: 'critical',
  limit: { value: 30, unit: 's' },
  forMs: 0,
  resolveMs: 5_000,
  explains: ['task-lag', 'task-stalled', 'task-throughput-gone'],
  text: {
    en: 'Task {object}: its leader {core} has said nothing for {age}',
    zh: '任务 {object}:运行者 {core} 已 {age} 没有任何汇报',
  },
  reason: {
    en: 'A Core that leads a task writes its progress every 10 s at the latest. Its session lives, its work perhaps not.',
    zh: '运行任务的 Core 至少每 10 秒写一次进度。它的会话还在,但工作可能已停。',
  },
  remedy: {
    en: 'Look at process {pid} on {host}; end it, and a standby takes over.',
    zh: '检查 {host} 上的进程 {pid};结束它后备用实例会接管。',
  },
  judge: (task, { view, limit }) => {
    const none = idle(task);
    if (none) return none;
    const { running, progress, progressAt } = task;
    if (running === undefined) return clear(() => 'nobody leads it');
    const { core, host, pid, since } = running;
    const age = view.at - (progress === undefined ? since : (progressAt ?? since));
    if (age <= limit * 1_000) return clear(() => `progress is ${span(age)} old, the limit is ${limit} s`);
    return holds(() => `progress is ${span(age)} old`, {
      facts: { age: span(age), core, host, pid },
      tasks: [task.name],
    });
  },
};

const throughputGone: Rule<TaskSight> = {
  id: 'task-throughput-gone',
  about: 'task',
  severity: 'warning',
  limit: { value: 1_000, unit: 'rows in the same hour yesterday' },
  forMs: 600_000,
  resolveMs: 0,
  text: {
    en: 'Task {object} delivers nothing; yesterday at this time it had {yesterday} rows an hour',
    zh: '任务 {object} 没有任何数据;昨天同一时段为每小时 {yesterday} 行',
  },
  reason: {
    en: 'It runs and has no lag. Perhaps its tables were renamed, or whoever writes them has stopped.',
    zh: '它在运行且没有延迟。可能是表被改名,或写入方已停止。',
  },
  remedy: {
    en: 'Compare the task’s table patterns with the source’s tables; ask whoever writes them.',
    zh: '核对任务的表匹配规则与源库的表;询问写入方。',
  },
  judge: (task, { limit }) => {
    const none = idle(task);
    if (none) return none;
    const { rowsLastHour: now, rowsYesterday: yesterday } = task;
    if (now === undefined || yesterday === undefined) return unknown(() => 'there is no day to compare with yet');
    if (now > 0 || yesterday < limit)
      return clear(() => `${now} rows in the last hour, ${yesterday} in the same yesterday`);
    return holds(() => `no rows in the last hour, ${yesterday} in the same yesterday`, {
      facts: { yesterday },
      tasks: [task.name],
    });
  },
};

/** So near to the end it is critical, as a part of the limit. */
const LAST_PART = 1 / 6;

const purge: Rule<TaskSight> = {
  id: 'task-position-purge',
  about: 'task',
  severity: 'warning',
  limit: { value: 24, unit: 'h left' },
  forMs: 5_000,
  resolveMs: 5_000,
  text: { en: 'Task {object}: its place in the binlog {when}', zh: '任务 {object}:它的 binlog 位点{whenZh}' },
  reason: {
    en: 'It goes on from {file}, the source is at {end}, and the source keeps its files for {keeps}. What is purged is lost to replication.',
    zh: '它将从 {file} 继续,源库已到 {end},源库保留日志 {keeps}。被清除的内容将无法复制。',
  },
  remedy: {
    en: 'Let the task run (it is {state}), or keep the files longer: SET PERSIST binlog_expire_logs_seconds = {more}',
    zh: '让任务运行起来(当前 {state}),或延长保留:SET PERSIST binlog_expire_logs_seconds = {more}',
  },
  judge: (task, { view, limit }) => {
    const source = task.source === undefined ? undefined : view.sources.get(task.source);
    const commit = task.overview.lastCommit.kind === 'present' ? task.overview.lastCommit.value : undefined;
    const position = task.progress?.position ?? commit?.position;
    if (position === undefined || commit === undefined) return clear(() => 'it has no place in the binlog yet');
    if (!source?.probe?.ok) return unknown(() => 'the source’s files are not known (see --no-probe-sources)');
    const { end, files, expireSeconds, serverUuid } = source.probe.facts;
    if (position.serverUuid !== undefined && serverUuid !== undefined && position.serverUuid !== serverUuid) {
      return clear(() => 'its place belongs to another server');
    }
    if (fileNumber(position.file) >= fileNumber(end.file))
      return clear(() => 'it reads the file that the source writes');
    const there = files.some(({ name }) => name === position.file);
    if (there && expireSeconds === 0) return clear(() => 'the source keeps its files for ever');
    // A file is kept for so long after its last event, which is not before the last one that was consumed.
    const left = (commit.eventTime ?? commit.committedAt) + expireSeconds * 1_000 - view.at;
    const facts = {
      file: position.file,
      end: end.file,
      keeps: span(expireSeconds * 1_000),
      state: task.summary.state,
      more: Math.max(2 * expireSeconds, 604_800),
      when: there ? (left <= 0 ? 'may be purged at any moment' : `is purged in ${span(left)}`) : 'is purged already',
      whenZh: there ? (left <= 0 ? '随时可能被清除' : `将在 ${span(left)} 后被清除`) : '已被清除',
    };
    if (there && left > limit * 3_600_000) return clear(() => `${span(left)} left, the limit is ${limit} h`);
    const near = !there || left < limit * 3_600_000 * LAST_PART;
    return holds(() => facts.when, { facts, tasks: [task.name], ...(near && { severity: 'critical' as const }) });
  },
};

const deadLetters: Rule<TaskSight> = {
  id: 'task-dead-letters',
  about: 'task',
  severity: 'warning',
  limit: { value: 0, unit: 'dead letters' },
  forMs: 0,
  resolveMs: 0,
  text: { en: 'Task {object} has {count} dead letters', zh: '任务 {object} 有 {count} 条死信' },
  reason: {
    en: 'Changes that an operator let it skip; they are missing in the sink.',
    zh: '运维人员允许跳过的变更;目标端缺少它们。',
  },
  remedy: { en: 'Look at them, and deliver by hand what is needed.', zh: '查看这些变更,必要时手工补送。' },
  judge: (task, { limit }) => {
    const count = task.progress?.deadLetters ?? 0;
    if (count <= limit) return clear(() => `${count} dead letters`);
    return holds(() => `${count} dead letters`, { facts: { count }, tasks: [task.name] });
  },
};

const recordSize: Rule<TaskSight> = {
  id: 'task-record-size',
  about: 'task',
  severity: 'warning',
  limit: { value: 80, unit: '% of what the sink takes' },
  forMs: 0,
  resolveMs: 0,
  text: { en: 'Task {object}: records come near to the sink’s limit', zh: '任务 {object}:记录大小接近目标端上限' },
  reason: {
    en: 'The largest had {size} of {most}. One above it stops the task.',
    zh: '最大的一条为 {size},上限 {most}。超过上限会使任务停止。',
  },
  remedy: {
    en: 'Raise max.message.bytes of the topic (and message.max.bytes of the brokers).',
    zh: '调大主题的 max.message.bytes(以及 broker 的 message.max.bytes)。',
  },
  judge: (task, { limit }) => {
    const { largestRecordBytes: size, recordLimitBytes: most } = task.progress ?? {};
    if (size === undefined || most === undefined) return clear(() => 'the sink tells no sizes');
    const share = (size / most) * 100;
    if (share < limit) return clear(() => `the largest record had ${Math.round(share)} % of what the sink takes`);
    return holds(() => `${Math.round(share)} %`, {
      facts: { size: megabytes(size), most: megabytes(most) },
      tasks: [task.name],
    });
  },
};

const sameServer: Rule<TaskSight> = {
  id: 'task-server-changed',
  about: 'task',
  severity: 'critical',
  forMs: 0,
  resolveMs: 5_000,
  explains: ['task-lag', 'task-stalled', 'task-waiting'],
  text: {
    en: 'Task {object}: {source} is another server than before',
    zh: '任务 {object}:{source} 已不是原来的服务器',
  },
  reason: {
    en: 'Its position belongs to server {was}; now {is} answers there. File names and offsets mean something else.',
    zh: '其位点属于服务器 {was},现在应答的是 {is}。文件名与偏移的含义已不同。',
  },
  remedy: {
    en: 'Point the task at the right server, or let it begin anew: mysql-replicator task resume {object} --from …',
    zh: '将任务指向正确的服务器,或重新开始:mysql-replicator task resume {object} --from …',
  },
  judge: (task, { view }) => {
    const source = task.source === undefined ? undefined : view.sources.get(task.source);
    const commit = task.overview.lastCommit;
    const was = commit.kind === 'present' ? commit.value.position?.serverUuid : undefined;
    if (was === undefined) return clear(() => 'its position names no server');
    if (!source?.probe?.ok || source.probe.facts.serverUuid === undefined)
      return unknown(() => 'the server’s identity is not known');
    const is = source.probe.facts.serverUuid;
    if (is === was) return clear(() => `the same server, ${is}`);
    return holds(() => `${was} was, ${is} is`, {
      facts: { was, is, source: source.name },
      tasks: [task.name],
    });
  },
};

export const TASK_FLOW_RULES: readonly Rule<TaskSight>[] = [
  lag,
  stalled,
  silent,
  throughputGone,
  purge,
  deadLetters,
  recordSize,
  sameServer,
];

/** A view's tasks that a source or sink serves and that somebody wants to run. */
export function working(view: View, names: readonly string[]): TaskSight[] {
  return names.flatMap((name) => view.tasks.get(name) ?? []).filter((task) => idle(task) === undefined);
}
