// Runs the compiled test files one after the other and ends with one line: `N passed, N failed, N skipped`.
// Arguments: only files whose path contains one of them.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { run } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * How long one test may go on without an end, in ms. The first test of a fresh machine also downloads the servers.
 * Not run()'s own `timeout`: Node 20 takes that for the whole file, later ones for each test.
 */
const SILENCE_LIMIT_MS = 300_000;

/** The sources decide what is run: what lies in dist/ of a removed test is not. */
function testFiles(patterns) {
  return readdirSync(join(ROOT, 'test'), { recursive: true })
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => join('test', path))
    .filter((path) => patterns.length === 0 || patterns.some((pattern) => path.includes(pattern)))
    .sort()
    .map((path) => join(ROOT, 'dist', path.replace(/\.ts$/, '.js')));
}

function outcomeOf({ type, data }) {
  if (data.skip !== undefined && data.skip !== false) return 'skipped';
  if (type === 'test:pass') return 'passed';
  return data.todo !== undefined && data.todo !== false ? 'skipped' : 'failed';
}

const SIGNS = { passed: '✔', failed: '✖', skipped: '﹣' };
const counts = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const interrupt = new AbortController();

/** Runs one file in its own process and prints each test as it ends. */
async function runFile(path) {
  const shown = relative(join(ROOT, 'dist'), path).replace(/\.js$/, '');
  console.log(`\n${shown}`);
  if (!existsSync(path)) {
    fail(shown, new Error('It was not compiled.'));
    return;
  }
  const silence = new AbortController();
  const names = [];
  const before = counts.passed + counts.failed + counts.skipped;
  const stopForSilence = () => {
    console.log(`  ✖ nothing ended within ${SILENCE_LIMIT_MS / 1000} s; the file is stopped`);
    silence.abort();
  };
  let timer = setTimeout(stopForSilence, SILENCE_LIMIT_MS);
  try {
    const signal = AbortSignal.any([interrupt.signal, silence.signal]);
    for await (const event of run({ files: [path], concurrency: 1, signal })) {
      clearTimeout(timer);
      timer = setTimeout(stopForSilence, SILENCE_LIMIT_MS);
      const { type, data } = event;
      if (type === 'test:stdout' || type === 'test:stderr') process.stdout.write(data.message);
      else if (type === 'test:diagnostic' && !isTotal(data.message)) console.log(`    ℹ ${data.message}`);
      else if (type === 'test:start') names.splice(data.nesting, names.length, data.name);
      else if (type === 'test:pass' || type === 'test:fail') report(shown, names, event);
    }
  } finally {
    clearTimeout(timer);
  }
  if (silence.signal.aborted) fail(shown, new Error(`Nothing ended within ${SILENCE_LIMIT_MS / 1000} s.`));
  else if (counts.passed + counts.failed + counts.skipped === before) fail(shown, new Error('It holds no test.'));
}

/** Node's own totals arrive as diagnostics of the file. */
function isTotal(message) {
  return /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/.test(message);
}

function report(file, names, event) {
  const { data } = event;
  const outcome = outcomeOf(event);
  const name = [...names.slice(0, data.nesting), data.name].join(' › ');
  // A suite fails with its tests; it counts itself only when it broke outside of them, in a hook.
  const error = data.details.error;
  const isSuite = data.details.type === 'suite';
  if (isSuite && (outcome !== 'failed' || error?.failureType === 'subtestsFailed')) return;
  // Without isolation by tests of its own, Node reports the file itself as one passed test.
  if (outcome === 'passed' && data.nesting === 0 && isPath(data.name)) return;
  if (outcome === 'failed') {
    fail(`${file}: ${name}`, error?.cause ?? error);
  } else counts[outcome] += 1;
  const reason = typeof data.skip === 'string' && data.skip !== '' ? ` # ${data.skip}` : '';
  console.log(`  ${SIGNS[outcome]} ${name} (${Math.round(data.details.duration_ms)} ms)${reason}`);
  if (outcome === 'failed') console.log(indented(inspect(error?.cause ?? error)));
}

function isPath(name) {
  return name.endsWith('.test.js');
}

function fail(name, error) {
  counts.failed += 1;
  failures.push({ name, error });
}

function indented(text) {
  return text.replace(/^/gm, '      ');
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]) {
  process.on(signal, () => {
    process.exitCode = code;
    interrupt.abort();
  });
}

const files = testFiles(process.argv.slice(2));
for (const path of files) {
  if (!interrupt.signal.aborted) await runFile(path);
}
if (files.length === 0) console.log(`No test file's path contains ${process.argv.slice(2).join(' or ')}.`);
if (failures.length > 0) console.log('\nFailed:');
for (const { name, error } of failures) console.log(`✖ ${name}\n${indented(inspect(error))}`);
console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
if (counts.failed > 0 || counts.passed + counts.failed + counts.skipped === 0) process.exitCode ||= 1;
