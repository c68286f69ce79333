import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../run-command.js';
import { installOnce } from './install-once.js';
import { archiveKeyring, debianMirror } from './debian-mirror.js';
import { multiarchName } from './machine.js';
import type { WayContext } from '../way.js';

export interface PrefixPlan {
  readonly name: string;
  /** The Debian release the packages come from, whatever release this machine runs. */
  readonly suite: string;
  /** Installed with everything they depend on, the C library included. */
  readonly packages: readonly string[];
  /** Installed without what they depend on. */
  readonly alone?: readonly string[];
}

/** Packages of the closure that no server here needs, or that only make sense in a real system. */
const NOT_NEEDED = /^(perl|libperl|gcc-\d+-base$|libc-gconv|debconf|init-system-helpers|passwd|adduser)/;

const CLOSURE = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map((kind) => `--no-${kind}`);

/**
 * Unpacks Debian packages, with the library closure of their own release, into a private folder: nothing of the machine changes.
 * apt checks the archive's signature and each package's hash. Returns the prefix.
 */
export async function debianPrefix(plan: PrefixPlan, context: WayContext): Promise<string> {
  const { environment, onProgress, signal } = context;
  return installOnce({
    cacheDir: environment.cacheDir,
    name: plan.name,
    recipe: JSON.stringify([plan, NOT_NEEDED.source, process.arch]),
    onProgress,
    signal,
    build: async (prefix) => {
      onProgress(`${plan.name}: fetching Debian packages`);
      const apt = join(prefix, '.apt');
      const run = (command: string[]): Promise<string> =>
        runCommand(command, { cwd: apt, env: { ...environment.toolEnv, LC_ALL: 'C' }, signal });
      await mkdir(join(apt, 'lists', 'partial'), { recursive: true });
      await mkdir(join(apt, 'cache', 'archives', 'partial'), { recursive: true });
      const source = `deb [signed-by=${await archiveKeyring()}] ${await debianMirror()} ${plan.suite} main\n`;
      await writeFile(join(apt, 'sources.list'), source);
      const options = privateAptOptions(apt);
      await run(['apt-get', ...options, '-qq', 'update']);
      const tree = await run(['apt-cache', ...options, 'depends', '--recurse', ...CLOSURE, ...plan.packages]);
      const closure = tree.split('\n').filter((line) => /^[a-z0-9]/.test(line) && !NOT_NEEDED.test(line));
      await run(['apt-get', ...options, '-qq', 'download', ...closure, ...(plan.alone ?? [])]);
      const archives = (await readdir(apt)).filter((file) => file.endsWith('.deb'));
      onProgress(`${plan.name}: unpacking ${archives.length} packages`);
      for (const archive of archives) await run(['dpkg', '-x', archive, prefix]);
      await rm(apt, { recursive: true });
    },
  });
}

/** A program of the prefix, run through the prefix's own loader and libraries instead of the machine's. */
export function prefixCommand(prefix: string, program: string): string[] {
  const name = multiarchName();
  const loaders = ['usr/lib64/ld-linux-x86-64.so.2', 'lib64/ld-linux-x86-64.so.2'];
  loaders.push('usr/lib/ld-linux-aarch64.so.1', 'lib/ld-linux-aarch64.so.1', `lib/${name}/ld-linux-x86-64.so.2`);
  const loader = loaders.map((path) => join(prefix, path)).find((path) => existsSync(path));
  if (loader === undefined)
    throw new Error(`${prefix} holds no loader; remove that folder to have it installed again.`);
  const libraries = [join(prefix, 'usr/lib', name), join(prefix, 'lib', name)];
  return [loader, '--library-path', libraries.join(':'), join(prefix, program)];
}

function privateAptOptions(apt: string): string[] {
  return [
    `Dir::Etc::sourcelist=${join(apt, 'sources.list')}`,
    'Dir::Etc::sourceparts=/dev/null',
    'Dir::Etc::preferences=/dev/null',
    'Dir::Etc::preferencesparts=/dev/null',
    `Dir::State::Lists=${join(apt, 'lists')}`,
    `Dir::Cache=${join(apt, 'cache')}`,
    'APT::Sandbox::User=root', // the folder is the user's own: apt's unprivileged helper could not write there
    'Acquire::Retries=3',
  ].flatMap((option) => ['-o', option]);
}
