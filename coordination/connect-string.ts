import { DEFAULT_ROOT } from './paths.js';
import { CoordinationError } from './session.js';

export interface ServerName {
  readonly host: string;
  readonly port: number;
}

export interface ConnectString {
  readonly servers: readonly ServerName[];
  /** Absolute, without a slash at its end; '' for ZooKeeper's own root. */
  readonly root: string;
}

const DEFAULT_PORT = 2181;

/**
 * Reads `host:port,host:port[/root]`. Without a port it is 2181, without a root `/mysql_replicator`; a lone `/` means
 * ZooKeeper's own root. IPv6 addresses stand in brackets.
 * @throws CoordinationError `invalid-argument` naming the part that is wrong
 */
export function parseConnectString(text: string): ConnectString {
  const slash = text.indexOf('/');
  const hosts = slash < 0 ? text : text.slice(0, slash);
  const root = slash < 0 ? DEFAULT_ROOT : text.slice(slash).replace(/\/$/, '');
  if (!/^(\/[^/\s]+)*$/.test(root) || /\/\.{1,2}(\/|$)/.test(root)) throw invalid(`not a znode path: ${quote(root)}`);
  return { servers: hosts.split(',').map((host) => parseServer(host.trim())), root };
}

export function formatServer({ host, port }: ServerName): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function parseServer(text: string): ServerName {
  const match = /^(?:\[([0-9a-fA-F:.%]+)\]|([^\s:[\]]+))(?::(\d{1,5}))?$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = match?.[3] === undefined ? DEFAULT_PORT : Number(match[3]);
  if (host === undefined || port < 1 || port > 65535) {
    throw invalid(`not a ZooKeeper server: ${quote(text)} (expected host:port,host:port[/root])`);
  }
  return { host, port };
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}

function invalid(message: string): CoordinationError {
  return new CoordinationError('invalid-argument', message);
}
