import { Failure } from '../../coordination/failure.js';
import { comparePositions, formatPosition, type Position } from '../../coordination/position.js';
import type { TaskSpec } from '../../coordination/schema/task-spec.js';
import { scanBinlog } from './binlog-scan.js';
import { GtidSet } from './gtid-set.js';
import { MysqlConnection, type MysqlTarget } from './mysql-connection.js';
import { planResume } from './resume-plan.js';
import { binlogFiles, gtidState, serverFacts, type BinlogFile } from './server-facts.js';
import { startPosition, type StartFrom } from './start-position.js';
import { positionAtTime } from './time-position.js';

/** What a task would skip or send again if it began elsewhere. */
export interface PositionPreview {
  readonly target: Position;
  readonly direction: 'same' | 'skips' | 'repeats' | 'unknown';
  /** How many transactions lie between, where both places have GTID sets. */
  readonly transactions: number | undefined;
  /** Of the binlog, between the two. */
  readonly bytes: number | undefined;
  /** When the first transaction between was committed, ms since 1970. */
  readonly from: number | undefined;
  /** When the first one behind it was committed, ms since 1970. */
  readonly to: number | undefined;
  readonly text: string;
  readonly warnings: readonly string[];
}

/**
 * Looks at the source for what lies between where a task is and where it would begin; changes nothing.
 * @throws Failure: also when the task could not begin there; or the signal's reason
 */
export async function previewPosition(
  spec: TaskSpec,
  password: string | undefined,
  to: StartFrom,
  current: Position | undefined,
  signal: AbortSignal,
): Promise<PositionPreview> {
  const target: MysqlTarget = { spec: spec.source.mysql, password };
  const connection = await MysqlConnection.open(target, signal);
  const abort = (): void => void connection.close();
  signal.addEventListener('abort', abort, { once: true });
  try {
    const facts = await serverFacts(connection);
    const warnings: string[] = [];
    let place: Position;
    let to_: number | undefined;
    if (typeof to === 'object' && 'time' in to) {
      const found = await positionAtTime(to.time, { connection, facts, target }, signal);
      place = found.position;
      to_ = found.at;
      if (found.purged)
        warnings.push('the source no longer has all of what was committed before its oldest binlog file');
      if (found.at === undefined)
        warnings.push('nothing was committed at that moment or later: it is the end of the binlog');
    } else place = await startPosition(to, connection, facts);
    const files = await binlogFiles(connection);
    const gtids = facts.gtidOn ? await gtidState(connection) : undefined;
    planResume(spec.name, place, { uuid: facts.uuid, gtids, files });
    if (current === undefined) {
      const text = `The task has no position yet; it would begin at ${describe(place, to)}.`;
      return { target: place, direction: 'unknown', ...NOTHING, to: to_, text, warnings };
    }
    if (current.serverUuid !== undefined && current.serverUuid !== facts.uuid) {
      warnings.push(
        `the present position belongs to another server (${current.serverUuid}); the places cannot be compared`,
      );
      const text = `It would begin at ${describe(place, to)} of another server than it is on.`;
      return { target: place, direction: 'unknown', ...NOTHING, to: to_, text, warnings };
    }
    const transactions = transactionsBetween(current, place);
    const direction = directionOf(current, place, transactions);
    const [earlier, later] = direction === 'repeats' ? [place, current] : [current, place];
    const bytes = 'gtid' in Object(to) ? undefined : bytesBetween(files, earlier, later);
    if (direction === 'skips' && bytes === undefined)
      warnings.push('the source no longer has all that would be skipped');
    const from = await committedFrom(target, files, earlier, signal);
    const count = Math.abs(transactions ?? 0);
    const size = sizeText(count > 0 ? count : undefined, bytes);
    const span = `between ${formatPosition(earlier)}${momentText(from)} and ${formatPosition(later)}${momentText(to_)}`;
    const text =
      direction === 'same'
        ? `It is at ${formatPosition(place)} already: nothing is skipped and nothing sent again.`
        : direction === 'skips'
          ? `Skips ${size} ${span}: these changes will be missing in Kafka.`
          : direction === 'repeats'
            ? `Sends ${size} ${span} again: consumers get these changes a second time.`
            : `It would begin at ${describe(place, to)}; what it skips or sends again cannot be counted.`;
    return { target: place, direction, transactions: count || undefined, bytes, from, to: to_, text, warnings };
  } finally {
    signal.removeEventListener('abort', abort);
    await connection.close();
  }
}

const NOTHING = { transactions: undefined, bytes: undefined, from: undefined } as const;

/** Positive: so many that the task has not read lie before the place. Negative: so many that it has read come again. */
function transactionsBetween(current: Position, place: Position): number | undefined {
  if (current.gtidSet === undefined || place.gtidSet === undefined) return undefined;
  const done = GtidSet.parse(current.gtidSet);
  const begun = GtidSet.parse(place.gtidSet);
  const skipped = begun.minus(done).size();
  const repeated = done.minus(begun).size();
  if (skipped > 0n && repeated > 0n) return undefined;
  return Number(skipped) - Number(repeated);
}

function directionOf(
  current: Position,
  place: Position,
  transactions: number | undefined,
): PositionPreview['direction'] {
  // A place by GTID names the oldest file, whatever its set: only the sets say what lies between.
  if (transactions !== undefined && place.gtidSet !== undefined) {
    if (transactions !== 0) return transactions > 0 ? 'skips' : 'repeats';
    return 'same';
  }
  if (place.gtidSet !== undefined && current.gtidSet !== undefined) return 'unknown';
  const order = comparePositions(place, current);
  return order === 0 ? 'same' : order > 0 ? 'skips' : 'repeats';
}

function bytesBetween(files: readonly BinlogFile[], from: Position, to: Position): number | undefined {
  const first = files.findIndex(({ name }) => name === from.file);
  const last = files.findIndex(({ name }) => name === to.file);
  if (first < 0 || last < first) return undefined;
  const whole = files.slice(first, last).reduce((sum, { size }) => sum + size, 0);
  return Math.max(0, whole - from.offset + to.offset);
}

/** When the next transaction behind a place was committed; unknown where the place cannot be read. */
async function committedFrom(
  target: MysqlTarget,
  files: readonly BinlogFile[],
  { file, offset }: Position,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (!files.some(({ name, size }) => name === file && offset < size)) return undefined;
  try {
    return (await scanBinlog(target, { file, offset }, () => true, signal)).found?.at;
  } catch (error) {
    if (signal.aborted || !(error instanceof Failure)) throw error;
    return undefined;
  }
}

function sizeText(transactions: number | undefined, bytes: number | undefined): string {
  const size = bytes === undefined ? undefined : `${bytes.toLocaleString('en')} bytes of binlog`;
  const count =
    transactions === undefined
      ? undefined
      : `${transactions.toLocaleString('en')} transaction${transactions === 1 ? '' : 's'}`;
  if (count !== undefined && size !== undefined) return `${count} (${size})`;
  return count ?? size ?? 'what lies';
}

function momentText(at: number | undefined): string {
  return at === undefined ? '' : ` (${new Date(at).toISOString()})`;
}

function describe(place: Position, to: StartFrom): string {
  const at = formatPosition(place);
  if (typeof to === 'object' && 'gtid' in to) return `the first transaction behind ${to.gtid.slice(0, 120)}`;
  return typeof to === 'string' ? `${at} (${to})` : at;
}
