/** Closed interval of transaction numbers. */
type Interval = [from: bigint, to: bigint];

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TAG = /^[a-z_][a-z0-9_]{0,31}$/;

/**
 * A MySQL GTID set, as in `@@gtid_executed`: `uuid:1-5:11,uuid2:1-27`, with tags (`uuid:1-5:tag:1`) since MySQL 8.3.
 * The key of a source is `uuid`, or `uuid:tag`. Numbers go to 2^63, hence bigint.
 */
export class GtidSet {
  readonly #sources = new Map<string, Interval[]>();
  #text: string | undefined;
  /** Transactions in order, as they nearly always come, are only counted here, and folded in when somebody looks. */
  #run = { source: '', first: 0, last: 0 };

  /** Reads the server's notation; white space is allowed. @throws RangeError naming what cannot be read. */
  static parse(text: string): GtidSet {
    const set = new GtidSet();
    for (const block of text.replace(/\s/g, '').toLowerCase().split(',')) {
      if (block === '') continue;
      const [uuid, ...items] = block.split(':');
      if (!UUID.test(uuid!) || items.length === 0) throw new RangeError(`not a GTID set: ${JSON.stringify(block)}`);
      let source = uuid!;
      for (const item of items) {
        const match = /^(\d{1,19})(?:-(\d{1,19}))?$/.exec(item);
        if (match) set.addInterval(source, BigInt(match[1]!), BigInt(match[2] ?? match[1]!));
        else if (TAG.test(item)) source = `${uuid}:${item}`;
        else throw new RangeError(`not a GTID set: ${JSON.stringify(block)}`);
      }
    }
    return set;
  }

  /** Adds one transaction. Cheap when transactions come in order, as they nearly always do. */
  add(source: string, number: number | bigint): void {
    const run = this.#run;
    if (run.last + 1 === number && run.source === source) {
      run.last = number;
      this.#text = undefined;
      return;
    }
    this.#fold();
    if (typeof number === 'bigint') this.addInterval(source, number, number);
    else this.#run = { source, first: number, last: number };
    this.#text = undefined;
  }

  #fold(): void {
    const { source, first, last } = this.#run;
    if (last === 0) return;
    this.#run = { source: '', first: 0, last: 0 };
    this.addInterval(source, BigInt(first), BigInt(last));
  }

  /** Adds all of `from` … `to`, both included; empty when `to` is smaller. */
  addInterval(source: string, from: bigint, to: bigint): void {
    if (to < from) return;
    this.#text = undefined;
    const merged: Interval[] = [];
    let added: Interval = [from, to];
    for (const interval of this.#sources.get(source) ?? []) {
      if (interval[1] + 1n < added[0]) merged.push(interval);
      else if (added[1] + 1n < interval[0]) {
        merged.push(added);
        added = interval;
      } else {
        added = [interval[0] < added[0] ? interval[0] : added[0], interval[1] > added[1] ? interval[1] : added[1]];
      }
    }
    merged.push(added);
    this.#sources.set(source, merged);
  }

  /** What is here and not in `other`. */
  minus(other: GtidSet): GtidSet {
    this.#fold();
    other.#fold();
    const rest = new GtidSet();
    for (const [source, intervals] of this.#sources) {
      for (const [from, to] of intervals) {
        let start = from;
        for (const [otherFrom, otherTo] of other.#sources.get(source) ?? []) {
          if (otherTo < start || otherFrom > to) continue;
          rest.addInterval(source, start, otherFrom - 1n);
          start = otherTo + 1n;
        }
        rest.addInterval(source, start, to);
      }
    }
    return rest;
  }

  isSubsetOf(other: GtidSet): boolean {
    return this.minus(other).isEmpty();
  }

  isEmpty(): boolean {
    return this.#run.last === 0 && this.#sources.size === 0;
  }

  /** How many transactions it names. */
  size(): bigint {
    this.#fold();
    let size = 0n;
    for (const intervals of this.#sources.values()) for (const [from, to] of intervals) size += to - from + 1n;
    return size;
  }

  /** The server's notation: sources in order, a source's untagged intervals before its tags. */
  toString(): string {
    this.#fold();
    return (this.#text ??= this.#format());
  }

  #format(): string {
    const blocks = new Map<string, string>();
    for (const key of [...this.#sources.keys()].sort()) {
      const [uuid, tag] = key.split(':');
      const ranges = this.#sources.get(key)!.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`));
      blocks.set(uuid!, `${blocks.get(uuid!) ?? uuid!}${tag === undefined ? '' : `:${tag}`}:${ranges.join(':')}`);
    }
    return [...blocks.values()].join(',');
  }
}
