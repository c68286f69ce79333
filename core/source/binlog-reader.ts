import { asFailure, Failure } from '../../coordination/failure.js';
import type { PreparedXa } from '../../coordination/position.js';
import type { EventHeader } from './binlog-event.js';
import { EVENT, FLAG_ARTIFICIAL, FLAG_IGNORABLE, HEADER_BYTES } from './binlog-event.js';
import { isBegin, readHeader, readHeartbeat2, readIncident } from './binlog-event.js';
import type { ChangeQueue } from './chunk-queue.js';
import { Cursor } from './cursor.js';
import { CHECKSUM_BYTES, checksumFits } from './event-checksum.js';
import { readFormat } from './format-description.js';
import { readGtid, readGtidList, readMariadbGtid, readPreviousGtids, readTaggedGtid } from './gtid-event.js';
import type { GtidEvent } from './gtid-event.js';
import type { OpenTransaction, PositionTracker } from './position-tracker.js';
import { QueryReader } from './query-reader.js';
import { ROWS_EVENTS, RowsReader } from './rows-reader.js';
import { rotatesTo } from './rotate-event.js';
import type { ServerColumn } from './server-columns.js';
import type { TableFilter } from './table-filter.js';
import { TableMaps } from './table-maps.js';
import { readTransactionPayload } from './transaction-payload.js';
import type { HeldEvent } from './xa-hold.js';
import { XaHold } from './xa-hold.js';

/**
 * What an event needs that cannot be done at once: the stream must stand still until it is done. It throws a `Failure`.
 */
export type Work = () => Promise<void>;

export interface BinlogReaderOptions {
  readonly tracker: PositionTracker;
  readonly queue: ChangeQueue;
  readonly filter: TableFilter;
  readonly mariadb?: boolean | undefined;
  /** XA transactions that were prepared before the start. */
  readonly prepared?: readonly PreparedXa[] | undefined;
  /** Asks the server for a table's columns, where the binlog does not say enough. */
  readonly columns?: ((database: string, table: string) => Promise<readonly ServerColumn[] | undefined>) | undefined;
}

/** Events that carry nothing for a reader of row changes, or belong to a statement that is judged by its QUERY. */
const PASSED_OVER = new Set<number>([EVENT.stop, 5, 13, 14, 28, 29, 36, 37, 160, 161, EVENT.startEncryption]);
/** A compressed or held transaction of up to so many bytes is gone through at once. */
const AT_ONCE_BYTES = 2 ** 20;

/**
 * Turns the binlog's events, one after the other, into changes and places. It is handed each event whole and once, in order;
 * it throws a `Failure` for whatever it cannot deliver truly, and must not be used after that.
 */
export class BinlogReader {
  readonly #options: BinlogReaderOptions;
  readonly #tracker: PositionTracker;
  readonly #queue: ChangeQueue;
  readonly #tables: TableMaps;
  readonly #hold: XaHold;
  readonly #rows: RowsReader;
  readonly #queries: QueryReader;
  readonly #header: EventHeader = { seconds: 0, type: 0, serverId: 0, size: 0, next: 0, flags: 0 };
  /** Whether events end with a CRC32; each file's format description says it. */
  #checksum = false;
  #formatKnown = false;

  constructor(options: BinlogReaderOptions) {
    const { tracker, queue, filter, mariadb = false } = options;
    this.#options = options;
    this.#tracker = tracker;
    this.#queue = queue;
    this.#tables = new TableMaps(filter, mariadb);
    this.#hold = new XaHold(options.prepared ?? []);
    tracker.prepared = () => this.#hold.prepared();
    const parts = { tracker, queue, filter, tables: this.#tables, hold: this.#hold };
    this.#rows = new RowsReader(parts);
    this.#queries = new QueryReader(parts, {
      rows: this.#rows,
      commit: (seconds) => {
        this.#commit(seconds);
      },
      replay: (events, bytes, done) => this.#through(replayed(events), bytes, done),
    });
  }

  /** Lets go of what it keeps on disk. */
  close(): void {
    this.#hold.close();
  }

  /**
   * Takes the event in `buffer` from `start` up to `end`. The bytes may be reused once this returns. What it returns must be done before the next
   * event is handed over.
   * @throws Failure
   */
  event(buffer: Buffer, start: number, end: number): Work | undefined {
    if (end - start < HEADER_BYTES) throw this.#unreadable(0, 'an event shorter than its header');
    const header = this.#header;
    readHeader(buffer, start, header);
    if (header.type === EVENT.rotate) {
      this.#rotate(buffer, start, end);
      return undefined;
    }
    // Nothing of an event counts before its checksum was looked at, its place included.
    let offset = this.#tracker.next;
    if (header.size !== end - start) throw this.#unreadable(offset, 'the event’s size is not what its header says');
    const body = start + HEADER_BYTES;
    try {
      if (header.type === EVENT.formatDescription) {
        this.#checksum = readFormat(buffer, body, end).checksum;
        this.#formatKnown = true;
      }
      if (this.#checksum && !checksumFits(buffer, start, end)) throw this.#unreadable(offset, 'its checksum is wrong');
      offset = this.#tracker.event(header);
      if (offset < 4) throw this.#unreadable(this.#tracker.next, 'its header names a place that cannot be');
      const bodyEnd = this.#checksum ? end - CHECKSUM_BYTES : end;
      return this.#dispatch(buffer, { body, end: bodyEnd, offset, inner: false });
    } catch (thrown) {
      throw this.#asUnreadable(thrown, offset);
    }
  }

  #dispatch(buffer: Buffer, at: { body: number; end: number; offset: number; inner: boolean }): Work | undefined {
    const { body, end, offset, inner } = at;
    const header = this.#header;
    const { type } = header;
    if (body > end) throw new RangeError('an event shorter than its header and checksum');
    const rows = ROWS_EVENTS[type];
    if (rows) {
      this.#rows.rows(buffer.subarray(body - HEADER_BYTES, end), rows, { offset, serverId: header.serverId, inner });
      return undefined;
    }
    switch (type) {
      case EVENT.tableMap:
        return this.#tableMap(buffer, body, end, offset);
      case EVENT.gtid:
      case EVENT.anonymousGtid: {
        const gtid = readGtid(buffer, body, end);
        this.#begin(offset, type === EVENT.gtid ? gtid : { ...gtid, source: '' });
        return undefined;
      }
      case EVENT.gtidTagged:
        this.#begin(offset, readTaggedGtid(buffer, body, end));
        return undefined;
      case EVENT.mariadbGtid: {
        const gtid = readMariadbGtid(new Cursor(buffer, body, end), header.serverId);
        const transaction = this.#begin(offset, gtid);
        transaction.open = !gtid.standalone;
        if (gtid.preparing !== undefined) this.#queries.xaBegin(transaction, gtid.preparing, header);
        return undefined;
      }
      case EVENT.query:
        if (isBegin(buffer, body, end)) {
          this.#queries.begin(buffer, body, header, offset);
          return undefined;
        }
        return this.#queries.query({ buffer, body, end, compressed: false }, header, offset);
      case EVENT.queryCompressed:
        return this.#queries.query({ buffer, body, end, compressed: true }, header, offset);
      case EVENT.xid:
        this.#commit(header.seconds);
        return undefined;
      case EVENT.xaPrepare:
        return this.#queries.prepare(buffer, body, end, header);
      case EVENT.transactionPayload:
        return this.#payload(buffer, body, end, offset);
      default:
        this.#other(buffer, body, end, offset);
        return undefined;
    }
  }

  /** Events that come between transactions, or are of no interest. */
  #other(buffer: Buffer, body: number, end: number, offset: number): void {
    const { type, next, flags } = this.#header;
    switch (type) {
      case EVENT.heartbeat:
        this.#heartbeat(this.#heartbeat1(buffer, body, end));
        return;
      case EVENT.heartbeat2:
        this.#heartbeat(readHeartbeat2(buffer, body, end));
        return;
      case EVENT.formatDescription:
        return;
      case EVENT.previousGtids:
        this.#tracker.previousGtids((add) => {
          readPreviousGtids(new Cursor(buffer, body, end), add);
        });
        return;
      case EVENT.mariadbGtidList:
        this.#tracker.gtidList((add) => {
          readGtidList(new Cursor(buffer, body, end), add);
        });
        return;
      case EVENT.incident:
        throw this.#unreadable(
          offset,
          `the source reports an incident (${readIncident(buffer, body, end)}): changes may be missing from its binlog`,
        );
    }
    if (PASSED_OVER.has(type) || (flags & FLAG_IGNORABLE) !== 0 || (type >= 160 && next === 0 && end === body)) return;
    throw this.#unreadable(offset, `an event of type ${type}, which this version does not know`);
  }

  /** MariaDB puts an offset beyond 4 GiB in front of the name. */
  #heartbeat1(buffer: Buffer, body: number, end: number): { file: string; next: number } {
    const { next } = this.#header;
    if (next !== 0 || !this.#options.mariadb || end - body < 8)
      return { file: buffer.toString('utf8', body, end), next };
    return { file: buffer.toString('utf8', body + 8, end), next: Number(buffer.readBigUInt64LE(body)) };
  }

  #heartbeat({ file, next }: { file: string; next: number }): void {
    this.#tracker.heartbeat(file, next);
    this.#queue.idle(Date.now());
  }

  /** Before the first format description only the event itself can tell whether a checksum follows the name. */
  #rotate(buffer: Buffer, start: number, end: number): void {
    const header = this.#header;
    const offset = this.#tracker.event(header);
    if (this.#tracker.transaction) throw this.#unreadable(offset, 'the file ends inside a transaction');
    const fits = checksumFits(buffer, start, end);
    if (header.size !== end - start) throw this.#unreadable(offset, 'the event’s size is not what its header says');
    if (!fits && this.#formatKnown && this.#checksum && (header.flags & FLAG_ARTIFICIAL) === 0) {
      throw this.#unreadable(offset, 'its checksum is wrong');
    }
    const target = rotatesTo(buffer, start + HEADER_BYTES, fits ? end - CHECKSUM_BYTES : end);
    if (!target) throw this.#unreadable(offset, 'a rotation to something that is no binlog file');
    this.#tables.forget();
    this.#tracker.rotate(target.file, target.offset);
  }

  #begin(offset: number, gtid: GtidEvent): OpenTransaction {
    if (this.#tracker.transaction) throw this.#unreadable(offset, 'the transaction before it has no end');
    const { committed } = gtid;
    const time = committed === undefined ? this.#header.seconds * 1000 : Math.floor(committed / 1000);
    this.#tables.begin();
    return this.#tracker.begin(offset, time, gtid.source === '' ? undefined : gtid);
  }

  #commit(seconds: number): void {
    const { transaction } = this.#tracker;
    const moved = this.#tracker.commit();
    this.#tables.begin();
    if (moved) this.#queue.commit(transaction?.time ?? seconds * 1000);
  }

  #tableMap(buffer: Buffer, body: number, end: number, offset: number): Work | undefined {
    if (this.#hold.filling) {
      this.#rows.hold(buffer.subarray(body - HEADER_BYTES, end), offset);
      return undefined;
    }
    // Of what is passed over only the counting matters, and for that no table has to be known.
    if (this.#tracker.transaction?.skip === Infinity) return undefined;
    const question = this.#tables.map(buffer, body, end);
    if (!question) return undefined;
    const { columns } = this.#options;
    if (!columns) throw new RangeError(`nobody to ask for the columns of ${question.database}.${question.name}`);
    return async () => {
      question.answer(await columns(question.database, question.name));
    };
  }

  /** A whole transaction in one event, its end included. */
  #payload(buffer: Buffer, body: number, end: number, offset: number): Work | undefined {
    const { bytes, events } = readTransactionPayload(Buffer.from(buffer.subarray(body, end)));
    const placed = function* (): Generator<HeldEvent> {
      for (const event of events) yield { offset, event };
    };
    return this.#through(placed(), bytes, () => undefined);
  }

  /**
   * Goes through the events of a transaction that is not in the stream itself. Many are gone through as the queue has room for what they bring.
   * @param done called behind the last
   */
  #through(events: Generator<HeldEvent>, bytes: number, done: () => void): Work | undefined {
    const step = (): Work | undefined | 'end' => {
      const next: IteratorResult<HeldEvent, unknown> = events.next();
      return next.done ? 'end' : this.#inner(next.value);
    };
    const { tracker } = this.#options;
    const guarded = (offset: number): ReturnType<typeof step> => {
      try {
        return step();
      } catch (thrown) {
        throw this.#asUnreadable(thrown, offset);
      }
    };
    const offset = tracker.transaction?.offset ?? 0;
    const finish = (): undefined => {
      done();
      return undefined;
    };
    const rest = async (first: Work | undefined): Promise<void> => {
      for (let work: ReturnType<typeof step> = first; work !== 'end'; work = guarded(offset)) {
        await work?.();
        if (this.#queue.full) await this.#queue.room();
      }
      finish();
    };
    if (bytes > AT_ONCE_BYTES) return () => rest(undefined);
    for (;;) {
      const work = guarded(offset);
      if (work === 'end') return finish();
      if (work) return () => rest(work);
    }
  }

  /** An event without checksum whose header says nothing of the place. */
  #inner({ event, offset }: HeldEvent): Work | undefined {
    if (event.length < HEADER_BYTES) throw new RangeError('an event shorter than its header');
    readHeader(event, 0, this.#header);
    if (this.#header.size !== event.length && this.#header.size !== event.length + CHECKSUM_BYTES) {
      throw new RangeError('the event’s size is not what its header says');
    }
    return this.#dispatch(event, { body: HEADER_BYTES, end: event.length, offset, inner: true });
  }

  #asUnreadable(thrown: unknown, offset: number): Failure {
    if (thrown instanceof Failure) return thrown;
    return this.#unreadable(offset, `event type ${this.#header.type}: ${asFailure(thrown).message}`, thrown);
  }

  #unreadable(offset: number, what: string, cause?: unknown): Failure {
    return new Failure('source-unreadable', what, { place: this.#tracker.at(offset), cause });
  }
}

function* replayed(events: Iterable<HeldEvent>): Generator<HeldEvent> {
  yield* events;
}
