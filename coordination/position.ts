/**
 * A place in a MySQL binlog, as one value: between two transactions, or inside one.
 *
 * `file` and `offset` name the first transaction that is not wholly consumed; `gtidSet` is what was executed before it;
 * `events` counts the rows events of that transaction that are already durable (0 when the place is between two
 * transactions), so that a transaction larger than memory can be delivered in parts and resumed inside.
 * `serverUuid` says whose file names and offsets these are; `prepared` are XA transactions before the place that nobody has committed yet: their
 * rows come when somebody does.
 */
export interface Position {
  readonly file: string;
  readonly offset: number;
  readonly events: number;
  readonly gtidSet?: string | undefined;
  readonly serverUuid?: string | undefined;
  readonly prepared?: readonly PreparedXa[] | undefined;
}

/** An XA transaction that is prepared, and where its rows are. */
export interface PreparedXa {
  /** As the server writes it: `X'71',X'',1`. */
  readonly xid: string;
  readonly file: string;
  readonly offset: number;
  readonly gtid?: string | undefined;
  /** It has no rows of the task's tables, so nothing has to be read again. */
  readonly empty?: boolean | undefined;
}

/** The number of a binlog file: 12 for `binlog.000012`. Compared as a number, since names grow past six digits. */
export function fileNumber(file: string): number {
  const match = /\.(\d+)$/.exec(file);
  if (!match) throw new RangeError(`not a binlog file name: ${JSON.stringify(file)} (expected e.g. binlog.000001)`);
  return Number(match[1]);
}

/**
 * Orders two places of one server: negative when `a` comes first.
 * @throws RangeError when they belong to different servers, whose files cannot be compared.
 */
export function comparePositions(a: Position, b: Position): number {
  if (a.serverUuid !== undefined && b.serverUuid !== undefined && a.serverUuid !== b.serverUuid) {
    throw new RangeError(`positions of different servers cannot be compared: ${a.serverUuid} and ${b.serverUuid}`);
  }
  return fileNumber(a.file) - fileNumber(b.file) || a.offset - b.offset || a.events - b.events;
}

/** Whether both name the same place, by the same history. */
export function samePosition(a: Position, b: Position): boolean {
  return (
    a.file === b.file &&
    a.offset === b.offset &&
    a.events === b.events &&
    a.gtidSet === b.gtidSet &&
    a.serverUuid === b.serverUuid &&
    JSON.stringify(a.prepared ?? []) === JSON.stringify(b.prepared ?? [])
  );
}

/** `binlog.000012:4711`, and `binlog.000012:4711+3` inside a transaction. */
export function formatPosition(position: Position): string {
  const inside = position.events > 0 ? `+${position.events}` : '';
  return `${position.file}:${position.offset}${inside}`;
}

/**
 * Reads what `formatPosition` writes.
 * @throws RangeError naming the text when it is something else.
 */
export function parsePosition(text: string): Position {
  const match = /^([^:/\\\s]+\.\d+):(\d+)(?:\+(\d+))?$/.exec(text);
  const offset = Number(match?.[2]);
  if (!match || !Number.isSafeInteger(offset)) {
    throw new RangeError(`not a position: ${JSON.stringify(text)} (expected e.g. binlog.000012:4711)`);
  }
  return { file: match[1]!, offset, events: Number(match[3] ?? 0) };
}
