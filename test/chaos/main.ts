import { randomInt } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runChaos, type ChaosRun } from './chaos.js';
import { isClean, reportLines, type ChaosReport } from './report.js';

const RESULTS = 'test/chaos/results';
const USAGE = `npm run chaos -- [--seed N] [--faults N] [--only TEXT] [--logs] | --sum

Makes faults (kill -9, frozen processes, cut and silent connections, clocks that jump, full disks, servers killed, the source failed
over to a replica) on real processes under constant load, then compares the source with what a consumer of Kafka sees. Ends with
1 when anything was lost, doubled or reordered. Keeps its report in ${RESULTS}, and the Cores' logs beside it when it failed.

  --seed N     repeats a series (default: a random one, which is printed)
  --faults N   how many (default 200)
  --only TEXT  only faults whose name contains it
  --logs       keeps the Cores' logs of a clean series too
  --sum        makes no faults; sums the reports that are kept`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      faults: { type: 'string' },
      only: { type: 'string' },
      logs: { type: 'boolean', default: false },
      sum: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  if (values.sum) return sum();
  const seed = Number(values.seed ?? randomInt(2 ** 31));
  const faults = Number(values.faults ?? 200);
  if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(faults) || seed < 0 || faults < 1) {
    console.error(`--seed and --faults are whole numbers.\n\n${USAGE}`);
    return 2;
  }
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  console.log(`seed ${seed}`);
  const tell = (line: string): void => console.log(line);
  const run = await runChaos({ seed, faults, only: values.only, tell, signal: stop.signal });
  console.log(reportLines([run.report]).join('\n'));
  console.log(`kept in ${await keep(run, values.logs)}`);
  return isClean(run.report) ? 0 : 1;
}

async function keep({ report, logs }: ChaosRun, allLogs: boolean): Promise<string> {
  const path = join(RESULTS, `${report.began.replaceAll(':', '-')}-seed-${report.seed}`);
  await mkdir(RESULTS, { recursive: true });
  await writeFile(`${path}.json`, `${JSON.stringify(report, undefined, 2)}\n`);
  if (isClean(report) && !allLogs) return `${path}.json`;
  await mkdir(path);
  await Promise.all(logs.map(({ name, lines }) => writeFile(join(path, `${name}.log`), lines.join('\n'))));
  return `${path}.json; the Cores' logs in ${path}`;
}

async function sum(): Promise<number> {
  const names = (await readdir(RESULTS).catch(() => [])).filter((name) => name.endsWith('.json')).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(RESULTS, name), 'utf8')));
  const reports = texts.map((text) => JSON.parse(text) as ChaosReport);
  console.log(reports.length === 0 ? `There is no report in ${RESULTS}.` : reportLines(reports).join('\n'));
  return reports.every(isClean) ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
// A client may still look for a server that is gone; nothing is left to wait for.
process.exit();
