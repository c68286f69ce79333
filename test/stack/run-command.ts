import { spawn } from 'node:child_process';

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  readonly signal?: AbortSignal | undefined;
}

const KEPT_CHARACTERS = 2_000;

/**
 * Runs a command to its end and returns what it printed on standard output.
 * Rejects with the command and the end of what it printed if it fails; an abort kills it and rejects with the signal's reason.
 */
export async function runCommand(command: readonly string[], options: CommandOptions = {}): Promise<string> {
  options.signal?.throwIfAborted();
  const [program = '', ...args] = command;
  const child = spawn(program, args, { cwd: options.cwd, env: options.env, stdio: ['pipe', 'pipe', 'pipe'] });
  const out: Buffer[] = [];
  const all: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => void (out.push(chunk), all.push(chunk)));
  child.stderr.on('data', (chunk: Buffer) => void all.push(chunk));
  child.stdin.on('error', () => undefined); // it ended without reading: its exit code tells why
  child.stdin.end(options.input ?? '');
  const abort = (): void => void child.kill('SIGKILL');
  options.signal?.addEventListener('abort', abort, { once: true });
  try {
    const end = await new Promise<string>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve(signal ?? `code ${code}`));
    });
    options.signal?.throwIfAborted();
    if (end === 'code 0') return Buffer.concat(out).toString('utf8');
    const printed = Buffer.concat(all).toString('utf8').trimEnd().slice(-KEPT_CHARACTERS);
    throw new Error(`"${command.join(' ').slice(0, 300)}" ended with ${end}:\n${printed}`);
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }
}

/** Whether a program of this name is on the PATH. */
export async function hasCommand(program: string): Promise<boolean> {
  return runCommand(['/bin/sh', '-c', 'command -v -- "$1"', 'sh', program]).then(
    () => true,
    () => false,
  );
}
