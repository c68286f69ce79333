import { formatServer, type ServerName } from '../../coordination/connect-string.js';
import { fourLetterWord } from '../../coordination/four-letter-word.js';
import type { ZookeeperMember } from '../api/schema/cluster.js';

const TIMEOUT_MS = 2_000;

/** Asks each server of the ensemble by itself, all at once. `srvr` is allowed everywhere; `mntr` and `ruok` only where `4lw.commands.whitelist` has them. */
export function askMembers(servers: readonly ServerName[]): Promise<ZookeeperMember[]> {
  return Promise.all(servers.map(askMember));
}

async function askMember(server: ServerName): Promise<ZookeeperMember> {
  const name = formatServer(server);
  const began = performance.now();
  let text: string;
  try {
    text = await fourLetterWord(server, 'srvr', TIMEOUT_MS);
  } catch (error) {
    return { server: name, ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
  const roundTripMs = Math.round((performance.now() - began) * 10) / 10;
  const member = parseServer(name, text, roundTripMs);
  if (!member.ok) return member;
  const more = await fourLetterWord(server, 'mntr', TIMEOUT_MS).catch(() => '');
  return { ...member, ...parseMonitor(more) };
}

/** What `srvr` says. Pure. */
export function parseServer(server: string, text: string, roundTripMs: number): ZookeeperMember {
  const value = (key: string): string | undefined => new RegExp(`^${key}: *(.+)$`, 'm').exec(text)?.[1]?.trim();
  const role = value('Mode');
  if (role === undefined) {
    const refused = /not in the whitelist/.test(text);
    const remedy = refused
      ? 'it does not allow srvr (4lw.commands.whitelist)'
      : (text.trim().split('\n')[0] ?? '').slice(0, 200);
    return {
      server,
      ok: refused,
      roundTripMs,
      detail: remedy || 'it answers nothing: it is perhaps not part of a quorum',
    };
  }
  const latency = value('Latency min/avg/max')?.split('/').map(Number);
  const number = (key: string): number | undefined => {
    const found = value(key);
    return found === undefined || Number.isNaN(Number(found)) ? undefined : Number(found);
  };
  const [min, avg, max] = latency ?? [];
  return {
    server,
    ok: true,
    role,
    roundTripMs,
    ...optional('version', value('Zookeeper version')?.split(/[-,]/)[0]),
    ...(min !== undefined && avg !== undefined && max !== undefined && { latencyMs: { min, avg, max } }),
    ...optional('connections', number('Connections')),
    ...optional('outstanding', number('Outstanding')),
    ...optional('znodes', number('Node count')),
  };
}

function parseMonitor(text: string): Partial<ZookeeperMember> {
  const watches = /^zk_watch_count\s+(\d+)/m.exec(text)?.[1];
  return watches === undefined ? {} : { watches: Number(watches) };
}

function optional<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, V>);
}
