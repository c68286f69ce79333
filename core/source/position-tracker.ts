import type { Position, PreparedXa } from '../../coordination/position.js';
import { fileNumber } from '../../coordination/position.js';
import { Failure } from '../../coordination/failure.js';
import type { Transaction } from '../change.js';
import type { EventHeader } from './binlog-event.js';
import { FLAG_ARTIFICIAL } from './binlog-event.js';
import type { GtidEvent } from './gtid-event.js';
import { gtidText } from './gtid-event.js';
import { GtidSet } from './gtid-set.js';
import { MariadbGtids } from './mariadb-gtids.js';

/** A transaction whose end has not been read. */
export interface OpenTransaction {
  readonly file: string;
  readonly offset: number;
  readonly gtid: GtidEvent | undefined;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Rows events read so far. */
  events: number;
  /** How many of its rows events are to be left out: they are durable already, or lie before the start. */
  readonly skip: number;
  /** It lies before the place and is read again only because it may be a prepared one. */
  readonly again: boolean;
  /** Whether its BEGIN was read: a QUERY from here on does not end it. */
  open: boolean;
  thread: number | undefined;
  /** Whether rows of a replicated table were read. */
  touched: boolean;
  /** What its changes share; made when there is the first. */
  shared: Transaction | undefined;
}

export interface TrackerStart {
  /** Where the task goes on; its `file` and `offset` count only if they are this server's. */
  readonly from: Position;
  readonly serverUuid: string | undefined;
  readonly sameServer: boolean;
  /** The dump begins before `from`, so transactions up to its offset are passed over. */
  readonly passOver: boolean;
}

/** MariaDB's text has no uuid in it. */
function parseGtids(text: string): GtidSet | MariadbGtids {
  return /^\s*\d+-\d+-\d+\s*(,|$)/.test(text) ? MariadbGtids.parse(text) : GtidSet.parse(text);
}

/**
 * Follows the place in the binlog: the file and offset of each event, the open transaction, and what a restart needs. The
 * place that it gives out moves at commits (and at rotations and heartbeats between transactions), and never back.
 */
export class PositionTracker {
  readonly #start: TrackerStart;
  /** XA transactions before the start whose rows are read again. */
  readonly #again: ReadonlySet<string>;
  #file = '';
  #offset = 4;
  #committed: { file: string; offset: number } | undefined;
  #events = 0;
  #gtids: GtidSet | MariadbGtids | undefined;
  #passing: boolean;
  transaction: OpenTransaction | undefined;
  /** Names the prepared XA transactions when a place is given out. */
  prepared: () => readonly PreparedXa[] = () => [];

  constructor(start: TrackerStart) {
    this.#start = start;
    this.#passing = start.passOver;
    const { from } = start;
    if (start.sameServer) {
      this.#committed = { file: from.file, offset: from.offset };
      this.#events = from.events;
    }
    if (from.gtidSet !== undefined) this.#gtids = parseGtids(from.gtidSet);
    this.#again = new Set((from.prepared ?? []).flatMap(({ empty, gtid }) => (empty || !gtid ? [] : [gtid])));
  }

  get file(): string {
    return this.#file;
  }

  /** Offset behind the last event. */
  get next(): number {
    return this.#offset;
  }

  /** `binlog.000012:4711`, for messages. */
  at(offset: number): string {
    return `${this.#file}:${offset}`;
  }

  /**
   * Takes note of an event and returns the offset it starts at. Headers hold 32 bits of the offset behind it, and nothing
   * for events that the server made up for this connection, nor in MariaDB for events inside a transaction.
   */
  event(header: EventHeader): number {
    const start = this.#offset;
    if ((header.flags & FLAG_ARTIFICIAL) !== 0) return start;
    if (header.next === 0) {
      if (this.transaction) this.#offset = start + header.size;
      return start;
    }
    let end = start - (start % 2 ** 32) + header.next;
    if (end < start) end += 2 ** 32;
    this.#offset = end;
    return end - header.size;
  }

  rotate(file: string, offset: number): void {
    this.#file = file;
    this.#offset = offset;
    this.#reach(offset);
  }

  /** The server has nothing more, or has passed over transactions, up to this offset. */
  heartbeat(file: string, next: number): void {
    if (this.transaction || file !== this.#file || next < this.#offset || this.#offset >= 2 ** 32) return;
    this.#offset = next;
    this.#reach(next);
  }

  /** Seeds the GTID set from a file's beginning when nothing better is known. */
  previousGtids(read: (add: (source: string, from: bigint, to: bigint) => void) => void): void {
    if (this.#gtids) return;
    const set = new GtidSet();
    read((source, from, to) => {
      set.addInterval(source, from, to);
    });
    this.#gtids = set;
  }

  /** The same in MariaDB. */
  gtidList(read: (add: (domain: number, server: number, number: bigint) => void) => void): void {
    if (this.#gtids) return;
    const gtids = new MariadbGtids();
    read((domain, server, number) => {
      gtids.add(`${domain}-${server}`, number);
    });
    this.#gtids = gtids;
  }

  begin(offset: number, time: number, gtid: GtidEvent | undefined): OpenTransaction {
    let skip = 0;
    let again = false;
    if (this.#again.size > 0 && gtid && this.#again.has(gtidText(gtid)) && this.#isBehind(offset)) {
      skip = Infinity;
      again = true;
    } else if (this.#passing) {
      if (isBefore({ file: this.#file, offset }, this.#start.from)) skip = Infinity;
      else this.#passing = false;
    }
    if (skip === 0 && this.#events > 0) skip = this.#resumeInside(offset);
    return (this.transaction = {
      file: this.#file,
      offset,
      gtid,
      time,
      events: 0,
      skip,
      again,
      open: false,
      thread: undefined,
      touched: false,
      shared: undefined,
    });
  }

  /** What the open transaction's changes share. */
  shared(transaction: OpenTransaction): Transaction {
    const { gtid } = transaction;
    return (transaction.shared ??= {
      file: transaction.file,
      offset: transaction.offset,
      gtid: gtid && gtidText(gtid),
      lastCommitted: gtid?.lastCommitted,
      sequenceNumber: gtid?.sequenceNumber,
      committed: gtid?.committed,
      firstCommitted: gtid?.firstCommitted,
      bytes: gtid?.bytes,
    });
  }

  /** The open transaction ended with the event just noted. Returns whether the place has moved. */
  commit(): boolean {
    const { transaction } = this;
    this.transaction = undefined;
    if (transaction?.again) return false;
    // Transactions without a number make the set useless for a restart until the next file says it anew.
    if (!transaction?.gtid) this.#gtids = undefined;
    else this.#gtids?.add(transaction.gtid.source, transaction.gtid.number);
    if (transaction?.skip === Infinity) {
      if (!isBefore({ file: this.#file, offset: this.#offset - 1 }, this.#start.from)) {
        throw this.#notABoundary(transaction.offset);
      }
      return false;
    }
    if (transaction && transaction.skip > transaction.events) throw this.#changed(transaction.offset);
    this.#events = 0;
    this.#committed = { file: this.#file, offset: this.#offset };
    return true;
  }

  /** The place behind the last whole transaction. */
  committed(): Position {
    return this.#position(this.#committed ?? { file: this.#file, offset: this.#offset }, this.#events);
  }

  /** The place behind the last rows event of the open transaction. */
  inside(): Position {
    const { transaction } = this;
    return transaction ? this.#position(transaction, transaction.events) : this.committed();
  }

  #position(place: { file: string; offset: number }, events: number): Position {
    const set = this.#passing ? this.#start.from.gtidSet : this.#gtids?.toString();
    const prepared = this.prepared();
    return {
      file: place.file,
      offset: place.offset,
      events,
      ...(set === undefined ? {} : { gtidSet: set }),
      ...(this.#start.serverUuid === undefined ? {} : { serverUuid: this.#start.serverUuid }),
      ...(prepared.length === 0 ? {} : { prepared }),
    };
  }

  /** Moves the place forward between transactions; the beginning of the dump may lie before it. */
  #reach(offset: number): void {
    if (this.#events > 0) return;
    const place = { file: this.#file, offset };
    if (this.#passing) {
      if (isBefore(place, this.#start.from)) return;
      this.#passing = false;
    }
    if (!this.#committed || isBefore(this.#committed, place)) this.#committed = place;
  }

  /** Whether an event at the offset lies before the start, as far as that can be known. */
  #isBehind(offset: number): boolean {
    return !this.#start.sameServer || isBefore({ file: this.#file, offset }, this.#start.from);
  }

  #resumeInside(offset: number): number {
    const { from } = this.#start;
    if (this.#file !== from.file || offset !== from.offset) throw this.#changed(offset);
    return from.events;
  }

  #changed(offset: number): Failure {
    return new Failure('source-changed', 'the transaction to go on in is not where it was', { place: this.at(offset) });
  }

  #notABoundary(offset: number): Failure {
    return new Failure('configuration-invalid', `no transaction begins at offset ${this.#start.from.offset}`, {
      place: this.at(this.#start.from.offset),
      remedy: `begin at ${this.at(offset)}, where the transaction around or after that offset begins`,
    });
  }
}

function isBefore(a: { file: string; offset: number }, b: { file: string; offset: number }): boolean {
  return (fileNumber(a.file) - fileNumber(b.file) || a.offset - b.offset) < 0;
}
