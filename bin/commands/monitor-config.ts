import { readFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { text as readAll } from 'node:stream/consumers';
import { orderMonitor, readMonitorConfig, writeMonitorConfig } from '../../coordination/alerts.js';
import { formatMonitorFile, parseMonitorFile } from '../../coordination/monitor-file.js';
import { CliError } from '../exit-codes.js';
import { withSession } from '../with-session.js';
import type { CommandContext } from './context.js';

/** How long the acting Monitor has for an answer; a channel may take 10 s. */
export const ANSWER_MS = 20_000;

/** Who does it, for those who look later. */
export function whoAmI(): string {
  return `${userInfo().username}@${hostname()}`;
}

/** Puts the Monitors' configuration into ZooKeeper; all Monitors follow it at once. `-` reads standard input. */
export async function monitorConfigApply(context: CommandContext, file: string): Promise<void> {
  const text = await readText(file);
  const config = parseMonitorFile(text, file === '-' ? 'standard input' : file);
  await withSession(context, (session) => writeMonitorConfig(session, config));
  const { channels, routes, rules } = config;
  context.screen.emit({ outcome: 'applied', channels: channels.length, routes: routes.length, rules: rules.length });
  context.screen.say(
    `applied: ${channels.length} channels, ${routes.length} routes, ${rules.length} rules that differ`,
  );
  if (channels.length > 0)
    context.screen.say(`try one with: mysql-replicator monitor test-channel ${channels[0]?.name}`);
}

/** Shows it, as the file that `apply` takes. */
export async function monitorConfigGet(context: CommandContext): Promise<void> {
  const config = await withSession(context, (session) => readMonitorConfig(session));
  context.screen.emit(config);
  context.screen.say(formatMonitorFile(config).trimEnd());
}

/** Lets the acting Monitor send a test, from its machine and with its secrets. @throws CliError 'check' when it is not taken */
export async function monitorTestChannel(context: CommandContext, channel: string): Promise<void> {
  const answer = await withSession(context, (session) =>
    orderMonitor(session, { do: 'test-channel', channel }, whoAmI(), ANSWER_MS),
  );
  if (answer === undefined) throw noMonitor();
  context.screen.emit({ channel, ok: answer.ok, detail: answer.detail });
  if (!answer.ok) throw new CliError('check', `${channel}: ${answer.detail}`);
  context.screen.say(`${channel}: ${answer.detail}`);
}

export function noMonitor(): CliError {
  return new CliError('conflict', 'no Monitor has answered', { remedy: 'start one with: mysql-replicator monitor' });
}

async function readText(file: string): Promise<string> {
  if (file === '-') return readAll(process.stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new CliError('usage', `${file} cannot be read (${code ?? 'unknown error'})`, { cause });
  }
}
