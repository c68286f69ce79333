import { readFile } from 'node:fs/promises';
import { hasCommand, runCommand } from '../run-command.js';
import type { WayContext } from '../way.js';

/** A tool the native way needs, and the Debian packages that bring it. */
const TOOLS = {
  java: ['default-jre-headless'],
  mvn: ['maven', 'default-jre-headless'],
  flock: ['util-linux'],
  gcc: ['gcc', 'libc6-dev'],
} as const satisfies Record<string, readonly string[]>;

export type Tool = keyof typeof TOOLS;

/** What the servers need; the others are for single tests. */
const SERVER_TOOLS: readonly Tool[] = ['java', 'mvn', 'flock'];

const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = {
  x64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
};

/** The library folder's name of Debian's multiarch layout. */
export function multiarchName(): string {
  const name = ARCHITECTURES[process.arch];
  if (name === undefined) throw new Error(`The native stack knows no Debian packages for ${process.arch}.`);
  return name;
}

/** Why Debian packages are of no use to this machine, in one sentence; undefined when they are. */
export async function whyNoPackages(): Promise<string | undefined> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  if (!/^ID="?debian"?$/m.test(release))
    return 'the native stack is made of Debian packages and this machine is not a Debian.';
  if (ARCHITECTURES[process.arch] === undefined) return `there are no packages for the processor ${process.arch}.`;
  return undefined;
}

/** Why this machine cannot serve the stack natively, in one sentence; undefined when it can. */
export async function whyNotNative(): Promise<string | undefined> {
  const noPackages = await whyNoPackages();
  if (noPackages !== undefined) return noPackages;
  const missing = await missingTools(SERVER_TOOLS);
  if (missing.length === 0 || process.getuid?.() === 0) return undefined;
  return `${missing.join(', ')} ${missing.length > 1 ? 'are' : 'is'} missing; as root: apt-get install ${packagesOf(missing).join(' ')}`;
}

/** apt has one lock for its lists, which it does not wait for: installs of this process go one after the other. */
let lastInstall: Promise<void> = Promise.resolve();

/** Installs with apt-get what is missing (as root), else throws one sentence that says what to install. */
export async function ensureTools(tools: readonly Tool[], context: WayContext): Promise<void> {
  if ((await missingTools(tools)).length === 0) return;
  const install = lastInstall.then(() => installTools(tools, context));
  lastInstall = install.catch(() => undefined);
  await install;
}

async function installTools(tools: readonly Tool[], context: WayContext): Promise<void> {
  const { environment, onProgress, signal } = context;
  const missing = await missingTools(tools);
  if (missing.length === 0) return;
  const packages = packagesOf(missing);
  if (process.getuid?.() !== 0) {
    throw new Error(`${missing.join(', ')} not found; install it as root: apt-get install ${packages.join(' ')}`);
  }
  onProgress(`installing ${packages.join(', ')} with apt-get`);
  const env = { ...environment.toolEnv, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = ['apt-get', '-y', '-qq', '-o', 'DPkg::Lock::Timeout=300'];
  const install = [...apt, 'install', '--no-install-recommends', ...packages];
  await runCommand(install, { env, signal }).catch(async () => {
    signal?.throwIfAborted();
    await runCommand([...apt, 'update'], { env, signal }); // the lists may be missing or old
    await runCommand(install, { env, signal });
  });
}

async function missingTools(tools: readonly Tool[]): Promise<Tool[]> {
  const present = await Promise.all(tools.map(hasCommand));
  return tools.filter((_, i) => present[i] === false);
}

function packagesOf(tools: readonly Tool[]): string[] {
  return [...new Set(tools.flatMap((tool) => TOOLS[tool]))];
}
