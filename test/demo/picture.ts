import { formatPosition } from '../../coordination/position.js';
import type { Instance, Progress } from '../../coordination/schema/znodes.js';
import type { TaskOverview } from '../../coordination/task-list.js';
import type { Arrival } from './kafka-tail.js';
import { instancesOf, type TakeOver } from './roster.js';

export interface CoreLine {
  readonly name: string;
  /** How its process ended, while it does not run. */
  readonly end: string | undefined;
  /** Seconds until it is started again; undefined when it will not be. */
  readonly restartsIn: number | undefined;
}

/** All that the picture shows, as values. */
export interface Scene {
  readonly task: string;
  readonly now: number;
  readonly ports: { readonly mysql: number; readonly zookeeper: string; readonly kafka: string };
  readonly logs: string;
  /** Where the console is, and how to sign in. */
  readonly console: string;
  readonly cores: readonly CoreLine[];
  readonly overview: TaskOverview | undefined;
  readonly committed: number;
  readonly arrived: number;
  readonly repeated: number;
  readonly takeOvers: readonly TakeOver[];
  readonly last: readonly Arrival[];
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const BOLD = '\x1b[1m';
const DIM = '\x1b[2m';
const GREEN = '\x1b[32m';
const YELLOW = '\x1b[33m';
const RED = '\x1b[31m';
const CYAN = '\x1b[36m';
const PLAIN = '\x1b[0m';

interface Line {
  readonly text: string;
  readonly look?: string;
}

/** Draws the scene in exactly the terminal's lines or fewer, none of them wider than it; the list of changes takes what is left. */
export function picture(scene: Scene, size: Size): string[] {
  const head = [...headLines(scene), { text: '' }, ...coreLines(scene), { text: '' }];
  const foot = [{ text: '' }, ...hintLines(scene)];
  const twice = scene.repeated === 0 ? '' : `, ${scene.repeated} twice`;
  const title: Line = {
    text: `Last changes in Kafka (${scene.arrived} arrived of ${scene.committed} committed${twice})`,
    look: BOLD,
  };
  const room = Math.max(1, size.rows - head.length - foot.length - 1);
  const changes = scene.last.slice(0, room).map((arrival): Line => ({ text: `  ${changeText(arrival)}` }));
  while (changes.length < Math.min(room, 8)) changes.push({ text: '' });
  const lines = [...head, title, ...changes, ...foot];
  return lines.slice(0, size.rows).map(({ text, look }) => {
    const cut = cutTo(text, size.columns);
    return look === undefined ? cut : `${look}${cut}${PLAIN}`;
  });
}

function headLines(scene: Scene): Line[] {
  const { ports, logs, console, overview } = scene;
  const progress = overview?.progress.kind === 'present' ? overview.progress.value : undefined;
  return [
    { text: `mysql-replicator: MySQL 127.0.0.1:${ports.mysql} to Kafka ${ports.kafka}`, look: BOLD },
    { text: `ZooKeeper ${ports.zookeeper}`, look: DIM },
    { text: `Logs ${logs}`, look: DIM },
    { text: console, look: BOLD },
    { text: '' },
    taskLine(scene),
    { text: `lastCommit ${lastCommitText(overview)}` },
    ...(progress?.failure === undefined ? [] : [{ text: `  ${progress.failure.message}`, look: RED }]),
  ];
}

function taskLine({ task, overview, cores }: Scene): Line {
  if (overview === undefined) return { text: `${task}  ZooKeeper does not answer`, look: RED };
  const leader = instancesOf(overview).find(({ state }) => state === 'RUNNING');
  // What a dead Core has written last is still in its progress.
  if (leader === undefined || cores.some(({ name, end }) => name === leader.core && end !== undefined)) {
    return { text: `${task}  nobody runs it until the last one's session has ended`, look: RED };
  }
  const progress = overview.progress.kind === 'present' ? overview.progress.value : undefined;
  return { text: `${task}  ${progressText(progress)}`, look: progress?.phase === 'RUNNING' ? GREEN : YELLOW };
}

function progressText(progress: Progress | undefined): string {
  if (progress === undefined) return 'STARTING';
  const at = progress.position === undefined ? 'no position yet' : formatPosition(progress.position);
  return `${progress.phase}  ${at}  ${progress.rowsPerSecond.toFixed(1)} rows/s  lag ${duration(progress.lagMs)}`;
}

function lastCommitText(overview: TaskOverview | undefined): string {
  const position = overview?.lastCommit.kind === 'present' ? overview.lastCommit.value.position : undefined;
  return position === undefined ? 'not written yet' : formatPosition(position);
}

function coreLines({ cores, overview, now }: Scene): Line[] {
  const instances = instancesOf(overview);
  return cores.map(({ name, end, restartsIn }): Line => {
    if (end !== undefined) {
      const again = restartsIn === undefined ? '' : `; starts again in ${restartsIn} s`;
      return { text: `${name}  ${end}${again}`, look: RED };
    }
    const instance = instances.find(({ core }) => core === name);
    if (instance === undefined) return { text: `${name}  starting`, look: DIM };
    return {
      text: `${name}  ${instance.state}  pid ${instance.pid}  for ${duration(now - instance.since)}`,
      look: instance.state === 'RUNNING' ? GREEN : CYAN,
    };
  });
}

function hintLines({ overview, takeOvers, cores }: Scene): Line[] {
  const instances = instancesOf(overview);
  const alive = instances.filter(({ core }) => cores.some(({ name, end }) => name === core && end === undefined));
  const last = takeOvers.at(-1);
  const lines: Line[] = last === undefined ? [] : [{ text: takeOverText(last), look: BOLD }];
  return [...lines, { text: tryText(alive), look: YELLOW }, { text: 'Ctrl-C stops all that this has started.' }];
}

function tryText(alive: readonly Instance[]): string {
  const running = alive.find(({ state }) => state === 'RUNNING');
  if (running === undefined) return 'Nobody runs the task at the moment.';
  if (alive.length < 2) return 'The other Core is started again soon; then try it once more.';
  return `Try: stop the running Core with: kill -9 ${running.pid}  (it is started again after 10 s)`;
}

export function takeOverText({ from, to, runningMs, arrivedMs }: TakeOver): string {
  const first = arrivedMs === undefined ? '' : `, first change from it after ${duration(arrivedMs)}`;
  return `${to} took over from ${from} after ${duration(runningMs)}${first}`;
}

export function changeText({ at, op, table, before, after, delayMs }: Arrival): string {
  const time = new Date(at).toTimeString().slice(0, 8);
  const row = after ?? before ?? {};
  const what = { c: 'insert', u: 'update', d: 'delete' }[op] ?? op;
  const cells = Object.entries(row).flatMap(([column, value], i) => {
    if (op !== 'u' || before === null) return [`${column}=${cell(value)}`];
    const old = before[column];
    if (old !== value) return [`${column}=${cell(old)}→${cell(value)}`];
    return i < 2 ? [`${column}=${cell(value)}`] : []; // the key and what names it
  });
  return `${time} ${duration(delayMs).padStart(7)}  ${what} ${table.padEnd(8)}  ${cells.join(' ')}`;
}

function cell(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1000)} s`;
}

/** Control characters in data would move the cursor. */
function cutTo(text: string, columns: number): string {
  const clean = [...text.replace(/\p{Cc}/gu, '·')];
  return clean.length <= columns ? clean.join('') : `${clean.slice(0, columns - 1).join('')}…`;
}
