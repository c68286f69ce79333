import { startStack } from './stack.js';

/** A process of its own that starts a stack, tells where and who, and waits to be killed. */
const stack = await startStack({ mysql: 1, zookeeper: 1, kafka: 1 });
const services = [...stack.mysql, ...stack.zookeeper.servers, ...stack.kafka];
console.log(JSON.stringify({ way: stack.way, dataDir: stack.dataDir, ports: services.map(({ port }) => port) }));
