import type { Language, Severity } from '../../coordination/schema/alert-config.js';
import type { Alert } from '../../coordination/schema/alerts.js';
import { sayAlert } from '../notify/words.js';
import type { Message } from './message.js';

interface Labels {
  readonly severity: Readonly<Record<Severity, string>>;
  readonly resolved: string;
  readonly still: string;
  readonly test: string;
  readonly testText: string;
  readonly mayRepeat: string;
  readonly more: (count: number) => string;
  readonly since: string;
  readonly until: string;
  readonly what: string;
  readonly tasks: string;
  readonly console: string;
  readonly acknowledged: string;
}

export const LABELS: Readonly<Record<Language, Labels>> = {
  en: {
    severity: { info: 'INFO', warning: 'WARNING', critical: 'CRITICAL' },
    resolved: 'RESOLVED',
    still: 'STILL',
    test: 'TEST',
    testText: 'This is a test of the channel. Nothing is wrong.',
    mayRepeat: 'may be a repetition',
    more: (count) => `and ${count} more`,
    since: 'since',
    until: 'over at',
    what: 'what to do',
    tasks: 'tasks',
    console: 'console',
    acknowledged: 'acknowledged by',
  },
  zh: {
    severity: { info: '信息', warning: '警告', critical: '严重' },
    resolved: '已恢复',
    still: '仍未恢复',
    test: '测试',
    testText: '这是通道测试,一切正常。',
    mayRepeat: '可能重复',
    more: (count) => `以及另外 ${count} 条`,
    since: '开始于',
    until: '恢复于',
    what: '处理建议',
    tasks: '任务',
    console: '控制台',
    acknowledged: '已确认:',
  },
};

/** One line for subjects and notifications: `[CRITICAL] Task shop runs nowhere, and 3 more`. */
export function titleOf(message: Message): string {
  const labels = LABELS[message.language];
  const [first] = message.alerts;
  const repeats = message.mayRepeat ? ` (${labels.mayRepeat})` : '';
  if (first === undefined) return `[${labels.test}] mysql-replicator${repeats}`;
  const mark = tagOf(message, first);
  const more = message.alerts.length > 1 ? `, ${labels.more(message.alerts.length - 1)}` : '';
  return `[${mark}] ${sayAlert(first, message.language).text}${more}${repeats}`;
}

function tagOf({ kind, language }: Message, alert: Alert): string {
  const labels = LABELS[language];
  if (kind === 'resolved') return labels.resolved;
  return kind === 'repeat' ? `${labels.still} ${labels.severity[alert.severity]}` : labels.severity[alert.severity];
}

export interface Part {
  readonly heading: string;
  /** Of the label and what it says; in the order of importance. */
  readonly lines: readonly (readonly [label: string, text: string])[];
  readonly link: string | undefined;
  readonly severity: Severity;
}

/** A message in parts, one for each alert, at most `most`; `left` says how many are not shown. */
export function partsOf(message: Message, most: number, mostTasks: number): { parts: Part[]; left: number } {
  const { alerts, language, kind } = message;
  const labels = LABELS[language];
  const parts = alerts.slice(0, most).map((alert): Part => {
    const { text, reason, remedy } = sayAlert(alert, language);
    const lines: [string, string][] = [];
    if (kind !== 'resolved' && reason !== '') lines.push(['', reason]);
    if (alert.tasksInAll > 1) lines.push([labels.tasks, listOf(alert, mostTasks, labels)]);
    if (kind !== 'resolved' && remedy !== '') lines.push([labels.what, remedy]);
    lines.push([labels.since, time(alert.since)]);
    if (kind === 'resolved' && alert.resolvedAt !== undefined) lines.push([labels.until, time(alert.resolvedAt)]);
    if (alert.acknowledged) lines.push([labels.acknowledged, alert.acknowledged.by]);
    return {
      heading: `[${tagOf(message, alert)}] ${text}`,
      lines,
      link: linkOf(message, alert),
      severity: alert.severity,
    };
  });
  if (alerts.length === 0)
    parts.push({ heading: labels.testText, lines: [], link: message.consoleUrl, severity: 'info' });
  return { parts, left: Math.max(0, alerts.length - most) };
}

function listOf({ tasks, tasksInAll }: Alert, most: number, labels: Labels): string {
  const shown = tasks.slice(0, most);
  const more = tasksInAll - shown.length;
  return `${tasksInAll}: ${shown.join(', ')}${more > 0 ? ` ${labels.more(more)}` : ''}`;
}

/** Where the console shows an alert. */
export function linkOf({ consoleUrl }: Pick<Message, 'consoleUrl'>, { id }: Pick<Alert, 'id'>): string | undefined {
  return consoleUrl === undefined ? undefined : `${consoleUrl.replace(/\/$/, '')}/alerts/${encodeURIComponent(id)}`;
}

/** ISO 8601 to the second, UTC. */
function time(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Markdown as the chat services understand it: bold, quotes and links. */
export function markdownOf(message: Message, most: number, mostTasks: number): string {
  const { parts, left } = partsOf(message, most, mostTasks);
  const labels = LABELS[message.language];
  const blocks = parts.map(({ heading, lines, link }) => {
    const body = lines.map(([label, text]) => (label === '' ? `> ${text}` : `> **${label}** ${text}`));
    if (link !== undefined) body.push(`> [${labels.console}](${link})`);
    return [`**${heading}**`, ...body].join('\n\n');
  });
  if (left > 0) blocks.push(labels.more(left));
  if (message.mayRepeat) blocks.push(`(${labels.mayRepeat}, ${message.key})`);
  return blocks.join('\n\n');
}

/** Plain text, for mail and terminals. */
export function textOf(message: Message, most: number, mostTasks: number): string {
  const { parts, left } = partsOf(message, most, mostTasks);
  const labels = LABELS[message.language];
  const blocks = parts.map(({ heading, lines, link }) => {
    const body = lines.map(([label, text]) => (label === '' ? `  ${text}` : `  ${label}: ${text}`));
    if (link !== undefined) body.push(`  ${link}`);
    return [heading, ...body].join('\n');
  });
  if (left > 0) blocks.push(labels.more(left));
  if (message.mayRepeat) blocks.push(`(${labels.mayRepeat}, ${message.key})`);
  return blocks.join('\n\n');
}

/** Cuts a text to so many bytes of UTF-8, never inside a character. */
export function cutBytes(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  let cut = text.slice(0, bytes);
  while (Buffer.byteLength(cut) > bytes - 3) cut = cut.slice(0, -1);
  return `${cut.replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** Colours that all the chat services understand. */
export const COLOURS: Readonly<Record<Severity | 'resolved', string>> = {
  info: '#3b82f6',
  warning: '#f59e0b',
  critical: '#dc2626',
  resolved: '#16a34a',
};

export function colourOf({ kind, alerts }: Message): string {
  if (kind === 'resolved') return COLOURS.resolved;
  return COLOURS[alerts[0]?.severity ?? 'info'];
}
