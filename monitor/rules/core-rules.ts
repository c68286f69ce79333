import type { CoreSight, GoneCore, GroupSight } from '../view/view.js';
import { megabytes, some, span } from './quantity.js';
import { clear, holds, unknown, type Rule } from './rule.js';
import { idle } from './task-run-rules.js';

/** A Core that was there: lives, or went without saying so. */
export type CoreSubject = {
  readonly name: string;
  readonly core: CoreSight | undefined;
  readonly gone: GoneCore | undefined;
};

const gone: Rule<CoreSubject> = {
  id: 'core-gone',
  about: 'core',
  severity: 'warning',
  forMs: 10_000,
  resolveMs: 5_000,
  explains: [
    'task-not-running',
    'task-standby-missing',
    'task-terms-changing',
    'task-silent',
    'task-lag',
    'group-without-core',
    'group-full',
  ],
  text: { en: 'Core {object} is gone{without}', zh: 'Core {object} 已消失{withoutZh}' },
  reason: {
    en: 'It ended on {host} without saying so: killed, crashed, or cut off from ZooKeeper. It had served {count} tasks.',
    zh: '它在 {host} 上非正常结束:被杀、崩溃或与 ZooKeeper 断开。它曾服务 {count} 个任务。',
  },
  remedy: {
    en: 'Start it again, and look at its log for the last lines. {standing}',
    zh: '重新启动它,并查看其日志的最后几行。{standing}',
  },
  judge: ({ core, gone }, { view }) => {
    if (gone === undefined) return clear(() => (core === undefined ? 'nobody knows it' : 'it lives'));
    const there = gone.tasks.flatMap((name) => view.tasks.get(name) ?? []);
    const unled = there
      .filter((task) => idle(task) === undefined && task.running === undefined)
      .map(({ name }) => name);
    const groups = gone.groups.map((group) => `group:${group}`);
    const facts = {
      host: gone.host,
      count: gone.tasks.length,
      without: unled.length === 0 ? '; others carry on' : `; without an instance: ${some(unled)}`,
      withoutZh: unled.length === 0 ? ',其他 Core 已接管' : `,以下任务无实例:${some(unled)}`,
      standing: unled.length === 0 ? '' : `Nobody else can run ${some(unled)}.`,
      goneAt: gone.goneAt,
      groups: gone.groups.join(','),
    };
    return holds(() => `gone for ${span(view.at - gone.goneAt)}`, {
      facts,
      since: gone.goneAt,
      tasks: gone.tasks,
      causes: groups,
      ...(unled.length > 0 && { severity: 'critical' as const }),
    });
  },
};

const memory: Rule<CoreSubject> = {
  id: 'core-memory',
  about: 'core',
  severity: 'warning',
  limit: { value: 85, unit: '% of what it may have' },
  forMs: 60_000,
  resolveMs: 60_000,
  text: { en: 'Core {object} has {share} % of its memory in use', zh: 'Core {object} 已使用 {share}% 的可用内存' },
  reason: {
    en: '{used} of {most} on {host}. Beyond that the system kills it.',
    zh: '在 {host} 上使用 {used} / {most}。超过后系统会将其杀死。',
  },
  remedy: { en: 'Give it more memory, or a smaller --capacity.', zh: '增加内存,或调小 --capacity。' },
  judge: ({ core }, { limit }) => {
    if (core?.health === undefined) return unknown(() => 'it says nothing of its memory');
    const { rssBytes, memoryLimitBytes } = core.health;
    const share = Math.round((rssBytes / memoryLimitBytes) * 100);
    if (share < limit) return clear(() => `${share} % of ${megabytes(memoryLimitBytes)}, the limit is ${limit} %`);
    const facts = { share, used: megabytes(rssBytes), most: megabytes(memoryLimitBytes), host: core.info.host };
    return holds(() => `${share} %`, { facts });
  },
};

const eventLoop: Rule<CoreSubject> = {
  id: 'core-blocked',
  about: 'core',
  severity: 'warning',
  limit: { value: 500, unit: 'ms' },
  forMs: 30_000,
  resolveMs: 30_000,
  text: { en: 'The main thread of Core {object} is late by {delay} ms', zh: 'Core {object} 的主线程延迟 {delay} 毫秒' },
  reason: {
    en: 'A session that is renewed too late expires, and its tasks go to others.',
    zh: '会话续期过晚会过期,任务会转给其他 Core。',
  },
  remedy: {
    en: 'Give {host} more processor time, or the Core a smaller --capacity.',
    zh: '为 {host} 提供更多 CPU,或调小 --capacity。',
  },
  judge: ({ core }, { limit }) => {
    if (core?.health === undefined) return unknown(() => 'it says nothing of its event loop');
    const delay = Math.round(core.health.eventLoopDelayMs);
    if (delay < limit) return clear(() => `late by ${delay} ms, the limit is ${limit} ms`);
    return holds(() => `late by ${delay} ms`, { facts: { delay, host: core.info.host } });
  },
};

const coreClock: Rule<CoreSubject> = {
  id: 'core-clock',
  about: 'core',
  severity: 'warning',
  limit: { value: 2, unit: 's' },
  forMs: 30_000,
  resolveMs: 30_000,
  text: { en: 'The clock of Core {object} is wrong by {skew}', zh: 'Core {object} 的时钟偏差 {skew}' },
  reason: {
    en: 'Measured against ZooKeeper’s clock. Lags and times that it writes are wrong by as much; replication does not depend on them.',
    zh: '以 ZooKeeper 的时钟为准。它写出的延迟和时间会有同样的偏差;复制本身不依赖时钟。',
  },
  remedy: { en: 'Let {host} keep its time by NTP.', zh: '让 {host} 通过 NTP 校时。' },
  judge: ({ core }, { limit }) => {
    const skew = core?.clockAheadMs;
    if (core === undefined || skew === undefined) return unknown(() => 'its clock is not known');
    if (Math.abs(skew) < limit * 1_000) return clear(() => `wrong by ${span(Math.abs(skew))}, the limit is ${limit} s`);
    return holds(() => `wrong by ${span(Math.abs(skew))}`, {
      facts: { skew: span(Math.abs(skew)), host: core.info.host },
    });
  },
};

const withoutCore: Rule<GroupSight> = {
  id: 'group-without-core',
  about: 'group',
  severity: 'critical',
  forMs: 10_000,
  resolveMs: 5_000,
  explains: ['task-not-running', 'task-standby-missing'],
  text: {
    en: 'Group {object} has no Core; {count} tasks run nowhere',
    zh: '组 {object} 没有 Core;{count} 个任务无处运行',
  },
  reason: { en: 'No living Core was started with --group {object}.', zh: '没有以 --group {object} 启动的 Core。' },
  remedy: { en: 'mysql-replicator core --group {object}', zh: 'mysql-replicator core --group {object}' },
  judge: ({ name, tasks, cores }, { view }) => {
    if (cores.length > 0) return clear(() => `${cores.length} Cores live`);
    const unled = tasks
      .flatMap((task) => view.tasks.get(task) ?? [])
      .filter((task) => idle(task) === undefined && !task.running);
    if (unled.length === 0) return clear(() => 'none of its tasks needs a Core');
    return holds(() => `no Core of group ${name} lives`, {
      facts: { count: unled.length },
      tasks: unled.map((task) => task.name),
    });
  },
};

const full: Rule<GroupSight> = {
  id: 'group-full',
  about: 'group',
  severity: 'critical',
  forMs: 30_000,
  resolveMs: 15_000,
  explains: ['task-not-running', 'task-standby-missing'],
  text: { en: 'Group {object} is full; {count} tasks run nowhere', zh: '组 {object} 已满;{count} 个任务无处运行' },
  reason: {
    en: 'All {cores} Cores serve as many tasks as --capacity allows.',
    zh: '全部 {cores} 个 Core 已达到 --capacity 上限。',
  },
  remedy: {
    en: 'Start another: mysql-replicator core --group {object}; or give them a larger --capacity.',
    zh: '再启动一个:mysql-replicator core --group {object};或调大 --capacity。',
  },
  judge: ({ tasks, cores, room }, { view }) => {
    if (cores.length === 0 || room > 0) return clear(() => `${cores.length} Cores with room for ${room} more`);
    const unserved = tasks.filter((task) => view.tasks.get(task)?.summary.state === 'UNSERVED');
    if (unserved.length === 0) return clear(() => 'full, and every task is served');
    return holds(() => `${unserved.length} tasks unserved`, {
      facts: { count: unserved.length, cores: cores.length },
      tasks: unserved,
    });
  },
};

export const CORE_RULES: readonly Rule<CoreSubject>[] = [gone, memory, eventLoop, coreClock];
export const GROUP_RULES: readonly Rule<GroupSight>[] = [withoutCore, full];
