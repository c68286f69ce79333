import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';

const LOWEST = 10_000;
const TRIES = 1_000;
const given = new Set<number>();

/**
 * Free TCP ports of 127.0.0.1, never the same twice in this process. They lie below the range from which the kernel takes the ports
 * of outgoing connections: a port from that range may be somebody's client port by the time a stopped server wants it
 * back, and a client that retries a closed port in it can even connect to itself.
 */
export async function freePorts(count: number): Promise<number[]> {
  const below = await lowestOutgoingPort();
  const ports: number[] = [];
  for (let tries = 0; ports.length < count; tries++) {
    if (tries > TRIES) throw new Error(`No free TCP port found between ${LOWEST} and ${below}.`);
    const port = randomInt(LOWEST, below);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    ports.push(port);
  }
  return ports;
}

async function lowestOutgoingPort(): Promise<number> {
  const range = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').catch(() => '');
  const lowest = Number.parseInt(range, 10);
  return lowest >= LOWEST + 1_000 ? lowest : 32_768;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
