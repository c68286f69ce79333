// `npm start`, `npm test` and `npm run bench` on a machine that has Node and nothing else: install, compile, run.
// Plain JavaScript without dependencies: it runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const NEEDED_NODE = [20, 19];

/** What each verb runs once everything is compiled; `install` ends before that. */
const VERBS = {
  start: {
    script: 'dist/test/demo/main.js',
    console: true,
    missing: 'There is no demo in this checkout (test/demo/main.ts).',
  },
  test: {
    script: 'test/run-tests.mjs',
    console: true,
    missing: 'There are no tests in this checkout (test/run-tests.mjs).',
  },
  bench: { script: 'dist/bench/main.js', missing: 'There is no bench in this checkout yet (bench/main.ts).' },
  chaos: {
    script: 'dist/test/chaos/main.js',
    missing: 'There is no chaos suite in this checkout (test/chaos/main.ts).',
  },
  install: undefined,
};

/** The addon of `zookeeper` has no prebuilt binary for Linux: npm compiles it, with these. */
const TOOLCHAIN = { 'g++': 'g++', make: 'make', python3: 'python3' };

class Refusal extends Error {}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > NEEDED_NODE[0] || (major === NEEDED_NODE[0] && minor >= NEEDED_NODE[1])) return;
  throw new Refusal(`Node ${NEEDED_NODE.join('.')} or later is needed; this is Node ${process.versions.node}.`);
}

/** Runs a step to its end on this terminal; a step that fails ends everything. */
function step(title, command, args, env = process.env) {
  console.error(`— ${title}`);
  const { status, signal, error } = spawnSync(command, args, { cwd: ROOT, env, stdio: 'inherit' });
  if (error) throw new Refusal(`${command} could not be started: ${error.message}`);
  if (signal) process.exit(128 + constants.signals[signal]);
  if (status !== 0) throw new Refusal(`${title} failed; see above.`);
}

function onPath(command) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => folder && existsSync(join(folder, command)));
}

function ensureToolchain() {
  if (process.platform !== 'linux') return;
  const missing = Object.keys(TOOLCHAIN).filter((command) => !onPath(command));
  if (missing.length === 0) return;
  const packages = missing.map((command) => TOOLCHAIN[command]);
  const advice = `The zookeeper package compiles C and needs ${missing.join(', ')}; install as root: apt-get install ${packages.join(' ')}`;
  if (process.getuid() !== 0 || !onPath('apt-get')) throw new Refusal(advice);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  step('package lists', 'apt-get', ['-qq', 'update'], env);
  step(
    `installing ${packages.join(', ')}`,
    'apt-get',
    ['-qq', 'install', '-y', '--no-install-recommends', ...packages],
    env,
  );
}

/** A compiled addon fits one set of packages and one Node ABI: both are in the stamp's name. */
function stampPath() {
  const hash = createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex')
    .slice(0, 16);
  return join(ROOT, 'node_modules', `.mysql-replicator-${hash}-${process.versions.modules}`);
}

function ensurePackages() {
  const stamp = stampPath();
  if (existsSync(stamp)) return;
  ensureToolchain();
  // npm and the addon's build take the Node that runs this, and its own headers where they lie beside it.
  const prefix = dirname(dirname(process.execPath));
  const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}` };
  if (existsSync(join(prefix, 'include/node/node.h'))) env.npm_config_nodedir ??= prefix;
  step('npm ci', 'npm', ['ci', '--include=dev', '--no-audit', '--no-fund'], env);
  writeFileSync(stamp, '');
}

function filesBelow(folder, extension) {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path, extension);
    return entry.name.endsWith(extension) ? [path] : [];
  });
}

/** Compiles; afterwards dist/ holds a file for every source and none for a source that is gone. */
function compile() {
  const { include } = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8'));
  const wanted = new Set(
    include.flatMap((folder) => filesBelow(folder, '.ts')).map((path) => join('dist', path.replace(/\.ts$/, '.js'))),
  );
  for (const path of filesBelow('dist', '.js')) {
    if (wanted.has(path) || isOfWeb(path)) continue;
    rmSync(join(ROOT, path));
    rmSync(join(ROOT, `${path}.map`), { force: true });
  }
  // The compiler believes its notes: without them it writes again what somebody removed from dist/.
  if ([...wanted].some((path) => !existsSync(join(ROOT, path))))
    rmSync(join(ROOT, 'dist/.tsbuildinfo'), { force: true });
  step('tsc', process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json']);
}

/** The tests import what of the console needs no browser; the compiler follows them there. */
function isOfWeb(path) {
  const source = path.replace(/^dist\b./, '').replace(/\.js$/, '.ts');
  return source.startsWith('web') && existsSync(join(ROOT, source));
}

/** Everything that the built console depends on; what it is made of is in the stamp beside it. */
const CONSOLE_SOURCES = [
  ['web', /\.(tsx?|css|html|svg)$/],
  ['server/api/schema', /\.ts$/],
];

/** Builds the console into web/dist, where the Server finds it; not again while its sources are the same. */
function buildConsole() {
  if (!existsSync(join(ROOT, 'web/vite.config.ts'))) return;
  const hash = createHash('sha256').update(readFileSync(join(ROOT, 'package-lock.json')));
  const built = join('web', 'dist');
  for (const [folder, kind] of CONSOLE_SOURCES) {
    for (const path of filesBelow(folder, '')
      .filter((path) => kind.test(path) && !path.startsWith(built))
      .sort()) {
      hash.update(path).update(readFileSync(join(ROOT, path)));
    }
  }
  const stamp = join(ROOT, 'web/dist/.sources');
  const sources = hash.digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return;
  step('console', process.execPath, ['node_modules/vite/bin/vite.js', 'build', 'web', '--logLevel', 'warn']);
  writeFileSync(stamp, sources);
}

/** Ctrl-C reaches the child by the terminal, in the same foreground group; this process waits for what it answers. */
function runToEnd(script, args) {
  const child = spawn(process.execPath, ['--enable-source-maps', script, ...args], { cwd: ROOT, stdio: 'inherit' });
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`${script} could not be started: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code));
}

function main([name, ...args]) {
  if (!Object.hasOwn(VERBS, name ?? '')) throw new Refusal(`Usage: node bin/run.mjs ${Object.keys(VERBS).join('|')}`);
  checkNode();
  ensurePackages();
  const verb = VERBS[name];
  if (verb === undefined) return;
  compile();
  if (verb.console) buildConsole();
  if (!existsSync(join(ROOT, verb.script))) throw new Refusal(verb.missing);
  runToEnd(verb.script, args);
}

try {
  main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Refusal ? error.message : error);
  process.exitCode = 1;
}
