import type { Transaction } from '../../change.js';

/** Who numbers a transaction, and its number: a GTID of MySQL (`uuid:7`, `uuid:tag:7`) or MariaDB (`0-1-7`), else its offset in a file. */
function numbered({ gtid, file, offset }: Transaction): { by: string; number: number } {
  const match = gtid === undefined ? undefined : /^(.*[:-])(\d+)$/.exec(gtid);
  return match ? { by: match[1]!, number: Number(match[2]) } : { by: `${file}@`, number: offset };
}

/**
 * Transactions that are in the target although they lie behind the stored position, which moves at chunks' ends only. As text it stands in
 * the bookkeeping: `uuid:1-5 6`, intervals of each numbering, few since transactions come in order.
 */
export class Applied {
  readonly #intervals = new Map<string, [from: number, to: number][]>();

  /** Reads what `toString` writes. */
  static parse(text: string): Applied {
    const applied = new Applied();
    for (const line of text.split('\n')) {
      const [by, ...ranges] = line.split(' ');
      if (by === undefined || ranges.length === 0) continue;
      const intervals = ranges.map((range) => {
        const [from, to] = range.split('-').map(Number) as [number, number | undefined];
        return [from, to ?? from] as [number, number];
      });
      const numbering = decodeURIComponent(by);
      applied.#intervals.set(numbering, [...(applied.#intervals.get(numbering) ?? []), ...intervals]);
    }
    return applied;
  }

  get empty(): boolean {
    return this.#intervals.size === 0;
  }

  add(transaction: Transaction): void {
    const { by, number } = numbered(transaction);
    const intervals = this.#intervals.get(by);
    if (!intervals) return void this.#intervals.set(by, [[number, number]]);
    const last = intervals.at(-1)!;
    // Offsets grow by more than one; in commit order all up to the last are applied, so one interval says it.
    if (number === last[1] + 1 || (by.endsWith('@') && number > last[1])) last[1] = number;
    else if (!this.has(transaction)) intervals.push([number, number]);
  }

  has(transaction: Transaction): boolean {
    const { by, number } = numbered(transaction);
    return this.#intervals.get(by)?.some(([from, to]) => from <= number && number <= to) ?? false;
  }

  /** The stream is behind it now: a place that is given out from here on says that it is there. */
  pass(transaction: Transaction): void {
    const { by, number } = numbered(transaction);
    const intervals = this.#intervals.get(by);
    if (!intervals) return;
    // Offsets come in their order; numbers need not.
    const rest = intervals.flatMap(([from, to]): [number, number][] => {
      if (number < from || number > to) return [[from, to]];
      const before: [number, number][] = number > from && !by.endsWith('@') ? [[from, number - 1]] : [];
      return number < to ? [...before, [number + 1, to]] : before;
    });
    if (rest.length === 0) this.#intervals.delete(by);
    else this.#intervals.set(by, rest);
  }

  toString(): string {
    return [...this.#intervals]
      .map(([by, ranges]) =>
        [encodeURIComponent(by), ...ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`))].join(' '),
      )
      .join('\n');
  }
}
