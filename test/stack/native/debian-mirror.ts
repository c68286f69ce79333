import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const APT = '/etc/apt';
const KEYRINGS = ['/usr/share/keyrings/debian-archive-keyring.gpg', '/usr/share/keyrings/debian-archive-keyring.pgp'];

/** The address of the Debian archive this machine itself installs from. */
export async function debianMirror(): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const codename = /^VERSION_CODENAME="?([a-z]+)"?$/m.exec(release)?.[1] ?? 'sid';
  const parts = await readdir(join(APT, 'sources.list.d')).catch(() => []);
  const names = ['sources.list', ...parts.sort(debianFirst).map((part) => join('sources.list.d', part))];
  const files = names.map(async (name) => ({ name, text: await readFile(join(APT, name), 'utf8').catch(() => '') }));
  const mirror = mirrorIn(await Promise.all(files), codename);
  if (mirror !== undefined) return mirror;
  throw new Error(`No Debian archive is named in ${APT}; the native stack is made of its packages.`);
}

export interface SourcesFile {
  readonly name: string;
  readonly text: string;
}

/** The first address in apt's sources that serves `main` of the release itself (not of its updates, not of another vendor). */
export function mirrorIn(files: readonly SourcesFile[], codename: string): string | undefined {
  const suites = new Set([codename, 'stable', 'testing', 'unstable', 'sid']);
  const entries = files.flatMap(({ name, text }) => {
    if (name.endsWith('.sources')) return stanzas(text);
    return name.endsWith('.list') ? lines(text) : [];
  });
  const serves = (entry: Entry): boolean =>
    entry.suites.some((suite) => suites.has(suite)) && entry.components.includes('main');
  return entries.find(serves)?.uri;
}

/** Debian's own keys, by which apt checks what it fetches. */
export async function archiveKeyring(): Promise<string> {
  const keyring = KEYRINGS.find((path) => existsSync(path));
  if (keyring === undefined) throw new Error("Debian's keys are missing; install the package debian-archive-keyring.");
  return keyring;
}

interface Entry {
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
}

/** Another vendor's file may name a suite like Debian's own; Debian's file is asked first. */
function debianFirst(a: string, b: string): number {
  return Number(b.startsWith('debian.')) - Number(a.startsWith('debian.')) || a.localeCompare(b);
}

/** deb822: stanzas of `Key: values`, separated by empty lines. */
function stanzas(text: string): Entry[] {
  const kept = text.split('\n').filter((line) => !line.startsWith('#'));
  return kept
    .join('\n')
    .split(/\n\s*\n/)
    .flatMap((stanza) => {
      const field = (name: string): string[] =>
        (new RegExp(`^${name}:(.*(?:\n[ \t].*)*)`, 'im').exec(stanza)?.[1] ?? '').split(/\s+/).filter(Boolean);
      const [uri] = field('URIs');
      const usable = field('Types').includes('deb') && field('Enabled')[0] !== 'no';
      return usable && uri !== undefined ? [{ uri, suites: field('Suites'), components: field('Components') }] : [];
    });
}

/** One line each: `deb [options] address suite component…` */
function lines(text: string): Entry[] {
  return text.split('\n').flatMap((line) => {
    const [, uri, suite, components] = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.+)$/.exec(line) ?? [];
    if (uri === undefined || suite === undefined || components === undefined) return [];
    return [{ uri, suites: [suite], components: components.trim().split(/\s+/) }];
  });
}
