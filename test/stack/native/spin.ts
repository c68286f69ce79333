import { hasCommand } from '../run-command.js';
import type { WayContext } from '../way.js';
import { debianPrefix, prefixCommand, type PrefixPlan } from './debian-prefix.js';
import { ensureTools, whyNoPackages } from './machine.js';

/** It is one program that needs nothing but the C library. */
const SPIN: PrefixPlan = { name: 'spin', suite: 'stable', packages: ['libc6'], alone: ['spin'] };

/** Why Spin and the C compiler it needs cannot be had on this machine, in one sentence; undefined when they can. */
export async function whyNoSpin(): Promise<string | undefined> {
  const noPackages = await whyNoPackages();
  if (noPackages !== undefined && !(await hasCommand('spin'))) return `Spin is not installed, and ${noPackages}`;
  if (await hasCommand('gcc')) return undefined;
  if (noPackages !== undefined) return `there is no gcc, and ${noPackages}`;
  return process.getuid?.() === 0 ? undefined : 'there is no gcc; as root: apt-get install gcc libc6-dev';
}

/** The command that runs Spin: the machine's own, else Debian's from a private prefix. Sees to it that there is a C compiler. */
export async function spinCommand(context: WayContext): Promise<string[]> {
  await ensureTools(['gcc'], context);
  if (await hasCommand('spin')) return ['spin'];
  return prefixCommand(await debianPrefix(SPIN, context), 'usr/bin/spin');
}
