import { MockServer } from './mock-server.js';
import { mockTasks, troubledTasks } from './mock-data.js';

/** The console on made-up tasks, for looking at it: `node dist/test/web/mock/main.js [port] [tasks] [well]`. */
const [port = '8099', count = '40', well] = process.argv.slice(2);
const mock = new MockServer();
mock.add(...mockTasks(Number(count), Date.now()));
if (well === undefined) mock.add(...troubledTasks(Date.now()));
console.log(await mock.start(Number(port)));
