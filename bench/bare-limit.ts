import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rm } from 'node:fs/promises';
import type { BinlogPlace, Field } from './field.js';

export interface BareDrain {
  readonly seconds: number;
  readonly megabytes: number;
}

/** Where files cost no disk. In a container it is small, and theirs to remove. */
const MEMORY = '/dev/shm';

/** The server's own client copies the binlog from `from` to its end and looks at nothing in it. */
export async function drainBare(field: Field, from: BinlogPlace): Promise<BareDrain> {
  const logs = (await field.sql.cells('SHOW BINARY LOGS')).map(
    ([name, size]) => [String(name), Number(String(size))] as const,
  );
  const wanted = logs.filter(([name]) => name >= from.file);
  const bytes = wanted.reduce((sum, [, size]) => sum + size, 0) - from.position;
  const folder = field.stack.way === 'native' ? MEMORY : '/tmp';
  const prefix = `bench-${process.pid}-`;
  const [command = '', ...args] = field.stack.mysql[0]!.mysqlbinlog;
  const options = [
    '--read-from-remote-server',
    '--raw',
    `--result-file=${folder}/${prefix}`,
    `--start-position=${from.position}`,
  ];
  const began = performance.now();
  const child = spawn(command, [...args, ...options, ...wanted.map(([name]) => name)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`mysqlbinlog ended with ${code}: ${complaint.slice(-500)}`);
    return { seconds: (performance.now() - began) / 1000, megabytes: bytes / 1e6 };
  } finally {
    const left = (await readdir(folder)).filter((name) => name.startsWith(prefix));
    await Promise.all(left.map((name) => rm(`${folder}/${name}`)));
  }
}
