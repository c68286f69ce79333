import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/opt/google/chrome/chrome',
];
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The Chromium of this machine: `CHROMIUM_PATH`, or where distributions put it. */
export function chromiumPath(): string | undefined {
  const given = process.env['CHROMIUM_PATH'];
  return [...(given === undefined ? [] : [given]), ...PLACES].find((path) => existsSync(path));
}

/** Installs Debian's where that can be done, as the other servers of the tests are. */
function install(): string | undefined {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return undefined;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'chromium']]) {
    spawnSync('apt-get', ['-qq', ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  return chromiumPath();
}

/** @throws with what to install, when there is none */
export async function openBrowser(): Promise<Browser> {
  const executablePath = chromiumPath() ?? install();
  if (executablePath === undefined) {
    throw new Error(
      'No Chromium is installed. On Debian: apt-get install chromium. Elsewhere set CHROMIUM_PATH to one.',
    );
  }
  return chromium.launch({ executablePath, args: FLAGS });
}
