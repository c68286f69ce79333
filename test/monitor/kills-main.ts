/** `node dist/test/monitor/kills-main.js [kills]`: the same as kills.test.ts, as often as wanted. */
import { startStack } from '../stack/stack.js';
import { killMonitors } from './kills.js';

const stack = await startStack({ zookeeper: 1 });
try {
  const kills = Number(process.argv[2] ?? 50);
  const report = await killMonitors(`${stack.zookeeper.connectString}/kills`, kills, (line) => console.log(line));
  console.log(JSON.stringify(report));
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await stack.stop();
}
process.exit();
