import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { reportLines, runChaos } from './chaos.js';

const USAGE = `npm run chaos -- [--seed N] [--faults N]

Makes faults (kill -9, frozen processes, cut and silent connections, servers killed) on real processes under constant load, then
compares the source with what a consumer of Kafka sees. Ends with 1 when anything was lost, doubled or reordered.

  --seed N     repeats a series (default: a random one, which is printed)
  --faults N   how many (default 200)`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { seed: { type: 'string' }, faults: { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const seed = Number(values.seed ?? randomInt(2 ** 31));
  const faults = Number(values.faults ?? 200);
  if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(faults) || seed < 0 || faults < 1) {
    console.error(`--seed and --faults are whole numbers.\n\n${USAGE}`);
    return 2;
  }
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  console.log(`seed ${seed}`);
  const report = await runChaos(seed, faults, (line) => console.log(line), stop.signal);
  console.log(reportLines(report).join('\n'));
  return report.reordered + report.doubled + report.stale > 0 ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
