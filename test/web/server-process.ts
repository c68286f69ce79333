import { once } from 'node:events';
import { spawnGuarded } from '../stack/guarded-child.js';

export interface ServerProcess {
  readonly url: string;
  /** The link that makes the first user. */
  readonly setup: string;
  /** All that it wrote. */
  readonly output: () => string;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly exited: Promise<unknown>;
}

const LINK = /^ {2}(https?:\/\/\S+)\/setup#code=\S+$/m;

/** `mysql-replicator server` as a person starts it. Resolves when it has printed the link of the first setup. @throws with its output when it ends before */
export async function startServerProcess(servers: string, environment: NodeJS.ProcessEnv): Promise<ServerProcess> {
  const { child, release } = spawnGuarded({
    command: [
      ...[process.execPath, 'bin/mysql-replicator', 'server'],
      ...['--zookeeper', servers, '--listen', '127.0.0.1:0', '--log-level', 'info'],
    ],
    env: { ...process.env, ...environment },
    output: 'pipe',
  });
  const exited = once(child, 'exit').finally(release);
  let output = '';
  const link = await new Promise<RegExpExecArray>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream!.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        const found = LINK.exec(output);
        if (found !== null) resolve(found);
      });
    }
    void exited.then(() => reject(new Error(`the Server has ended:\n${output}`)));
  });
  const [line, url] = link;
  return {
    url: url!,
    setup: line.trim(),
    output: () => output,
    kill: (signal) => void child.kill(signal),
    exited,
  };
}
