import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../stack/run-command.js';

const MODEL = fileURLToPath(new URL('../../../docs/model/failover.pml', import.meta.url));
const MEMORY_LIMIT_MB = 1500;
/** Longest path; the deepest one there is has some hundred steps. */
const DEPTH = 20_000;

export interface Searched {
  /** The assertion that does not hold, as Spin prints it; undefined when all hold in every state. */
  readonly violated: string | undefined;
  readonly states: number;
  /** Statements that no state executes, as `proctype: line, statement`. */
  readonly unreached: readonly string[];
  readonly seconds: number;
  readonly megabytes: number;
}

export interface SearchOptions {
  readonly spin: readonly string[];
  /** Private to this search; removed at its end. */
  readonly folder: string;
  /** `WANTED=1`, `NO_CLAIM`, … */
  readonly defines: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Lets Spin search the model exhaustively, with these macros defined: Spin writes a C program, which is compiled and run.
 * @throws Error when the search was not exhaustive (memory, depth) or could not be made
 */
export async function searchModel({ spin, folder, defines, signal }: SearchOptions): Promise<Searched> {
  await mkdir(folder, { recursive: true });
  const run = (command: readonly string[]): Promise<string> =>
    runCommand(command, { cwd: folder, env: { ...process.env, LC_ALL: 'C' }, signal });
  try {
    await run([...spin, '-a', ...defines.map((define) => `-D${define}`), MODEL]);
    // Without -DCOLLAPSE, which would halve the memory and double the time.
    const flags = ['-O2', '-w', '-DSAFETY', '-DNOFAIR', `-DMEMLIM=${MEMORY_LIMIT_MB}`];
    await run(['gcc', ...flags, '-o', 'pan', 'pan.c']);
    // -E: that a Core waits for ever is no error; the searches are bounded, so some must end waiting.
    return parse(await run([join(folder, 'pan'), '-E', `-m${DEPTH}`, '-w23']), defines);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function parse(text: string, defines: readonly string[]): Searched {
  const violated = /^pan:\d+: assertion violated (.*) \(at depth \d+\)$/m.exec(text)?.[1];
  const incomplete = violated === undefined && /Search not completed|max search depth too small|aborting/.test(text);
  const errors = /errors: (\d+)/.exec(text)?.[1];
  if (incomplete || errors !== (violated === undefined ? '0' : '1')) {
    throw new Error(`The search with ${defines.join(', ')} is not complete:\n${text.slice(-2000)}`);
  }
  const number = (pattern: RegExp): number => Number(pattern.exec(text)?.[1]);
  return {
    violated,
    states: number(/(\d+) states, stored/),
    unreached: unreachedIn(text),
    seconds: number(/elapsed time ([\d.]+) seconds/),
    megabytes: number(/([\d.]+)\s+total actual memory usage/),
  };
}

function unreachedIn(text: string): string[] {
  let proctype = '';
  return text.split('\n').flatMap((line) => {
    proctype = /^unreached in (?:proctype )?(\S+)/.exec(line)?.[1] ?? proctype;
    const [, at, statement] = /:(\d+), state \d+, (".*")$/.exec(line) ?? [];
    return at === undefined || statement === undefined ? [] : [`${proctype}: ${at}, ${statement}`];
  });
}
