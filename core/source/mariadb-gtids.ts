/**
 * How far each domain of a MariaDB server was read, as in `@@gtid_binlog_pos`: `0-1-5,1-2-7`. The last transaction of a domain stands for all
 * before it.
 */
export class MariadbGtids {
  readonly #domains = new Map<number, string>();
  #text: string | undefined;

  /** @throws RangeError naming what cannot be read */
  static parse(text: string): MariadbGtids {
    const gtids = new MariadbGtids();
    for (const gtid of text.replace(/\s/g, '').split(',')) {
      if (gtid === '') continue;
      const match = /^(\d{1,10}-\d{1,10})-(\d{1,20})$/.exec(gtid);
      if (!match) throw new RangeError(`not a GTID of MariaDB: ${JSON.stringify(gtid)}`);
      gtids.add(match[1]!, BigInt(match[2]!));
    }
    return gtids;
  }

  /** Takes the newest transaction of a domain; `source` is `domain-server`. */
  add(source: string, number: number | bigint): void {
    this.#domains.set(Number.parseInt(source, 10), `${source}-${number}`);
    this.#text = undefined;
  }

  /** Highest number per domain, of whatever server. */
  numbers(): ReadonlyMap<number, bigint> {
    return new Map([...this.#domains].map(([domain, gtid]) => [domain, BigInt(gtid.split('-')[2] ?? '0')]));
  }

  toString(): string {
    return (this.#text ??= [...this.#domains]
      .sort(([a], [b]) => a - b)
      .map(([, gtid]) => gtid)
      .join());
  }
}
