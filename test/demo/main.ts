import { withDemo } from './demo.js';
import { requireFreePorts } from './free-port-check.js';
import { runOnce } from './once.js';
import { helpText, readOptions } from './options.js';
import { followChanges, sayChanges, showPicture } from './show.js';
import { Interrupted, stopSignals } from './stop-signals.js';

/** What `npm start` runs: the whole of it, alive, on this machine. */
async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(helpText());
    return 0;
  }
  await requireFreePorts(options.ports);
  const signals = stopSignals();
  process.stdout.on('error', () => undefined); // the terminal may go first, and all must be stopped all the same
  const say = (line: string): void => console.log(line);
  try {
    await withDemo(options, signals, say, async (demo) => {
      if (options.once) {
        followChanges(demo, say);
        await runOnce(demo, signals.stop, say);
      } else if (process.stdout.isTTY) {
        await showPicture(demo, process.stdout, signals.stop);
      } else {
        await sayChanges(demo, say, signals.stop);
      }
    });
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    return options.once ? 130 : 0;
  }
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
