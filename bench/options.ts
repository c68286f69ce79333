import { parseArgs } from 'node:util';

export const PARTS = [
  'decode',
  'encode',
  'backlog',
  'latency',
  'delivery',
  'takeover',
  'rolling',
  'groups',
  'monitor',
  'target',
  'server',
] as const;
export type Part = (typeof PARTS)[number];

export interface BenchOptions {
  readonly quick: boolean;
  /** Whether go-mysql and franz-go read the backlogs too. */
  readonly peer: boolean;
  readonly parts: ReadonlySet<Part>;
  /** The script that is started as a Core: `node <cli> core …`. */
  readonly cli: string;
}

export const USAGE = `Usage: npm run bench -- [--quick] [--peer] [--only ${PARTS.join(',')}] [--cli SCRIPT]

Measures on real services of this machine; a table on the terminal, JSON in bench/results/.
  --quick   fewer rows, shorter, 3 take-overs of each kind instead of 20, one rolling restart instead of three, groups of 10 and 100 tasks
  --peer    the backlogs also by go-mysql and franz-go (needs Go), and how many times their rate
  --only    the parts to run, separated by commas
  --cli     the command line that is started as a Core (default bin/mysql-replicator)`;

/** @throws with a sentence for the user when an option is wrong */
export function readOptions(args: readonly string[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      peer: { type: 'boolean', default: false },
      only: { type: 'string', default: PARTS.join(',') },
      cli: { type: 'string', default: 'bin/mysql-replicator' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const wanted = values.only.split(',');
  const parts = new Set(PARTS.filter((part) => wanted.includes(part)));
  if (parts.size !== new Set(wanted).size) throw new Error(`--only takes ${PARTS.join(', ')}, not "${values.only}"`);
  return { quick: values.quick, peer: values.peer, parts, cli: values.cli };
}
