import type { ChannelSight, MonitorSight, ZookeeperSight } from '../view/view.js';
import { some, span } from './quantity.js';
import { clear, holds, unknown, type Rule } from './rule.js';

/** Whether a majority of the members serves, by what each says of itself. */
export function hasQuorum({ members }: ZookeeperSight): boolean {
  const serving = [...members.values()].filter((probe) => probe.ok && probe.facts.mode !== 'none').length;
  return serving > members.size / 2;
}

const noQuorum: Rule<ZookeeperSight> = {
  id: 'zookeeper-no-quorum',
  about: 'zookeeper',
  severity: 'critical',
  forMs: 5_000,
  resolveMs: 5_000,
  explains: ['*'],
  text: { en: 'ZooKeeper has no quorum: replication stands still', zh: 'ZooKeeper 失去法定人数:复制已暂停' },
  reason: {
    en: 'Seen from {host}: {state}. No Core may write without it. Nothing is lost; all goes on by itself when it is back.',
    zh: '从 {host} 看到:{state}。没有它任何 Core 都不能写入。不会丢失数据,恢复后一切自动继续。',
  },
  remedy: {
    en: 'Start enough ZooKeeper servers for a majority: {down}',
    zh: '启动足够多的 ZooKeeper 服务器以形成多数:{down}',
  },
  judge: (zookeeper, { view }) => {
    if (zookeeper.connected) return clear(() => 'the Monitor has a session');
    if (zookeeper.members.size === 0) return unknown(() => 'no member was asked yet');
    const states = [...zookeeper.members].map(
      ([name, probe]) => `${name} ${probe.ok ? probe.facts.mode : probe.error}`,
    );
    if (hasQuorum(zookeeper)) return clear(() => `most members serve: ${states.join(', ')}`);
    const down = [...zookeeper.members]
      .filter(([, probe]) => !probe.ok || probe.facts.mode === 'none')
      .map(([name]) => name);
    return holds(() => states.join(', '), {
      facts: { host: view.monitor.host, state: states.join(', '), down: some(down) },
      since: zookeeper.since,
    });
  },
};

const memberDown: Rule<ZookeeperSight> = {
  id: 'zookeeper-member-down',
  about: 'zookeeper',
  severity: 'warning',
  forMs: 10_000,
  resolveMs: 5_000,
  explains: ['zookeeper-slow'],
  text: { en: 'ZooKeeper: {down} does not serve', zh: 'ZooKeeper:{down} 不提供服务' },
  reason: {
    en: '{left} of {all} members serve. {more} more may fail before replication stands still.',
    zh: '{all} 个成员中有 {left} 个在服务。再失效 {more} 个以上复制将暂停。',
  },
  remedy: { en: 'Start it again. {error}', zh: '重新启动它。{error}' },
  judge: (zookeeper) => {
    const { members } = zookeeper;
    if (members.size === 0) return unknown(() => 'no member was asked yet');
    const down = [...members].filter(([, probe]) => !probe.ok || probe.facts.mode === 'none');
    if (down.length === 0) return clear(() => `all ${members.size} members serve`);
    if (!zookeeper.connected && !hasQuorum(zookeeper)) return clear(() => 'there is no quorum at all');
    const left = members.size - down.length;
    const error = down.map(([name, probe]) => `${name}: ${probe.ok ? 'it is not serving' : probe.error}`).join('; ');
    const facts = {
      down: some(down.map(([name]) => name)),
      left,
      all: members.size,
      more: Math.max(0, left - Math.floor(members.size / 2) - 1),
      error,
    };
    return holds(() => error, { facts });
  },
};

const slow: Rule<ZookeeperSight> = {
  id: 'zookeeper-slow',
  about: 'zookeeper',
  severity: 'warning',
  limit: { value: 500, unit: 'ms' },
  forMs: 60_000,
  resolveMs: 60_000,
  text: { en: 'ZooKeeper answers in {latency} ms', zh: 'ZooKeeper 响应时间为 {latency} 毫秒' },
  reason: { en: 'Slow answers make leases run out and leaders change.', zh: '响应过慢会导致租约到期和主备切换。' },
  remedy: {
    en: 'See that its disks are fast and its own: it writes its log before each answer.',
    zh: '确保它使用独立的快速磁盘:每次应答前都要写日志。',
  },
  judge: ({ latencyMs }, { limit }) => {
    if (latencyMs === undefined) return unknown(() => 'nothing was measured yet');
    const latency = Math.round(latencyMs);
    if (latency < limit) return clear(() => `answers in ${latency} ms, the limit is ${limit} ms`);
    return holds(() => `answers in ${latency} ms`, { facts: { latency } });
  },
};

const channelFailing: Rule<ChannelSight> = {
  id: 'channel-failing',
  about: 'channel',
  severity: 'warning',
  limit: { value: 3, unit: 'attempts' },
  forMs: 0,
  resolveMs: 0,
  text: { en: 'Channel {object} does not take messages since {span}', zh: '通道 {object} 已 {span} 无法发送消息' },
  reason: { en: '{error}', zh: '{error}' },
  remedy: {
    en: 'Mend it, then: mysql-replicator monitor test-channel {object}',
    zh: '修复后执行:mysql-replicator monitor test-channel {object}',
  },
  judge: ({ failing }, { view, limit }) => {
    if (failing === undefined) return clear(() => 'its last message was taken');
    const { since, attempts, error } = failing;
    if (attempts < limit) return clear(() => `failed ${attempts} times, the limit is ${limit}`);
    return holds(() => error, { facts: { span: span(Math.max(0, view.at - since)), error }, since });
  },
};

const configuration: Rule<MonitorSight> = {
  id: 'monitor-configuration',
  about: 'monitor',
  severity: 'critical',
  forMs: 2_000,
  resolveMs: 2_000,
  text: { en: 'A configuration of the cluster cannot be read', zh: '集群配置无法读取' },
  reason: { en: '{fault} What was read before stays in force.', zh: '{fault} 之前读到的配置继续有效。' },
  remedy: {
    en: 'mysql-replicator monitor config apply -f FILE writes it anew; mysql-replicator doctor names other znodes.',
    zh: '用 mysql-replicator monitor config apply -f FILE 重写;其他节点见 mysql-replicator doctor。',
  },
  judge: ({ unreadable }) => {
    if (unreadable.length === 0) return clear(() => 'all of it can be read');
    return holds(() => unreadable.join('; '), { facts: { fault: some(unreadable, 3).slice(0, 900) } });
  },
};

const tooMany: Rule<MonitorSight> = {
  id: 'monitor-too-many',
  about: 'monitor',
  severity: 'critical',
  forMs: 0,
  resolveMs: 60_000,
  text: { en: 'More alerts than the Monitor keeps; {left} are left out', zh: '告警数量超过上限;有 {left} 条被省略' },
  reason: {
    en: 'The worst and oldest are kept. Something general is wrong, or a limit is.',
    zh: '保留最严重和最早的。可能是整体性故障,或阈值设置不当。',
  },
  remedy: {
    en: 'mysql-replicator alert list, and look for what they have in common.',
    zh: '执行 mysql-replicator alert list 并寻找共同点。',
  },
  judge: ({ left }) =>
    left === 0 ? clear(() => 'all alerts are kept') : holds(() => `${left} left out`, { facts: { left } }),
};

const ownClock: Rule<MonitorSight> = {
  id: 'monitor-clock',
  about: 'monitor',
  severity: 'warning',
  limit: { value: 2, unit: 's' },
  forMs: 30_000,
  resolveMs: 30_000,
  text: { en: 'The clock of the Monitor on {host} is wrong by {skew}', zh: '{host} 上 Monitor 的时钟偏差 {skew}' },
  reason: {
    en: 'Measured against ZooKeeper’s clock, by which all ages are counted.',
    zh: '以 ZooKeeper 的时钟为准,所有时长都按其计算。',
  },
  remedy: { en: 'Let {host} keep its time by NTP.', zh: '让 {host} 通过 NTP 校时。' },
  judge: ({ clockAheadMs, host }, { limit }) => {
    if (clockAheadMs === undefined) return unknown(() => 'it is not known yet');
    const skew = Math.abs(clockAheadMs);
    if (skew < limit * 1_000) return clear(() => `wrong by ${span(skew)}, the limit is ${limit} s`);
    return holds(() => `wrong by ${span(skew)}`, { facts: { skew: span(skew), host } });
  },
};

export const ZOOKEEPER_RULES: readonly Rule<ZookeeperSight>[] = [noQuorum, memberDown, slow];
export const CHANNEL_RULES: readonly Rule<ChannelSight>[] = [channelFailing];
export const MONITOR_RULES: readonly Rule<MonitorSight>[] = [configuration, tooMany, ownClock];
