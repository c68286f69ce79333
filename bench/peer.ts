import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BinlogPlace, Field } from './field.js';
import type { Figure } from './report.js';

const SOURCE = 'bench/peers/go-mysql-franz-go';
const run = promisify(execFile);

/** What the peer says at its end. */
interface PeerResult {
  readonly rowsPerSecond: number;
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
}

/** go-mysql and franz-go in one small Go program, compiled for this run. */
export class Peer {
  readonly #folder: string;
  readonly #program: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#program = join(folder, 'peer');
  }

  /** @throws with a sentence for the user where it cannot be compiled */
  static async build(onProgress: (line: string) => void): Promise<Peer> {
    if (spawnSync('go', ['version']).status !== 0)
      throw new Error(
        '--peer compiles a small Go program: install Go 1.24 or later (the command `go`), or leave --peer out.',
      );
    const peer = new Peer(await mkdtemp(join(tmpdir(), 'bench-peer-')));
    onProgress('— compiling the peer (go-mysql and franz-go)');
    try {
      await run('go', ['build', '-o', peer.#program, '.'], { cwd: SOURCE });
    } catch (error) {
      await peer.close();
      throw new Error(`the peer was not compiled: ${(error as { stderr?: string }).stderr ?? String(error)}`, {
        cause: error,
      });
    }
    return peer;
  }

  /** The same backlog into a topic of its own: from being connected to the last row acknowledged. */
  async measure(field: Field, part: string, of: { task: string; rows: number; from: BinlogPlace }): Promise<Figure[]> {
    const { task, rows, from } = of;
    const { host, port } = field.stack.mysql[0]!;
    const topic = `${task}.peer`;
    await field.createTopic(topic);
    const options = {
      host,
      port,
      user: field.user.name,
      file: from.file,
      position: from.position,
      database: task,
      brokers: field.stack.kafka[0]!.brokers.join(','),
      topic,
      rows,
    };
    const args = Object.entries(options).map(([name, value]) => `-${name}=${value}`);
    const env = { ...process.env, SOURCE_PASSWORD: field.user.password };
    const { stdout } = await run(this.#program, args, { env, timeout: 600_000 });
    const result = JSON.parse(stdout.trim().split('\n').at(-1)!) as PeerResult;
    return [
      { part, name: 'go-mysql + franz-go, at least once', value: result.rowsPerSecond, unit: 'rows/s' },
      { part, name: 'go-mysql + franz-go, CPU time', value: result.cpuSeconds, unit: 's' },
      { part, name: 'go-mysql + franz-go, peak memory', value: result.peakMegabytes, unit: 'MB' },
    ];
  }

  close(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }
}
