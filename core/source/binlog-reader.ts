import { crc32 } from 'node:zlib';
import { asFailure, Failure } from '../../coordination/failure.js';
import type { Place, Row, RowChange } from '../change.js';
import type { EventHeader } from './binlog-event.js';
import { EVENT, FLAG_IGNORABLE, HEADER_BYTES } from './binlog-event.js';
import { readGtid, readHeader, readPreviousGtids, readQuery, readTaggedGtid } from './binlog-event.js';
import type { ChunkQueue } from './chunk-queue.js';
import { imageChange, ImageKeeper } from './image-change.js';
import type { PositionTracker, Transaction } from './position-tracker.js';
import { queryKind } from './query-kind.js';
import type { RowsHeader } from './rows-event.js';
import { isFullImage, readImages, readRowsHeader, tableIdAt } from './rows-event.js';
import type { TableFilter } from './table-filter.js';
import type { MappedTable } from './table-maps.js';
import { TableMaps } from './table-maps.js';

/** Events that carry nothing for a reader of row changes, or belong to a statement that is judged by its QUERY. */
const PASSED_OVER = new Set<number>([EVENT.stop, 5, 13, 14, 28, 29, 36, 37, 41]);
const CHECKSUM_BYTES = 4;

/** Rows events by type: version of the layout, and what happened to the rows. */
const ROWS: Readonly<Record<number, { version: 1 | 2; kind: RowChange['kind'] }>> = {
  23: { version: 1, kind: 'insert' },
  24: { version: 1, kind: 'update' },
  25: { version: 1, kind: 'delete' },
  30: { version: 2, kind: 'insert' },
  31: { version: 2, kind: 'update' },
  32: { version: 2, kind: 'delete' },
};

/**
 * Turns the binlog's events, one after the other, into changes and places. It is handed each event whole and once, in order;
 * it throws a `Failure` for whatever it cannot deliver truly, and must not be used after that.
 */
export class BinlogReader {
  readonly #tracker: PositionTracker;
  readonly #queue: ChunkQueue;
  readonly #tables: TableMaps;
  readonly #keeper = new ImageKeeper();
  /** Whether events end with a CRC32; each file's format description says it. */
  #checksum = false;
  readonly #inside = () => this.#tracker.inside();

  constructor(options: { tracker: PositionTracker; queue: ChunkQueue; filter: TableFilter }) {
    this.#tracker = options.tracker;
    this.#queue = options.queue;
    this.#tables = new TableMaps(options.filter);
  }

  /** Takes the event in `buffer` from `start` up to `end`. The bytes may be reused once this returns. @throws Failure */
  event(buffer: Buffer, start: number, end: number): void {
    if (end - start < HEADER_BYTES) throw this.#unreadable(0, 'an event shorter than its header');
    const header = readHeader(buffer, start);
    const body = start + HEADER_BYTES;
    if (header.type === EVENT.rotate) {
      this.#rotate(buffer, start, end, header);
      return;
    }
    const offset = this.#tracker.event(header);
    if (header.size !== end - start) throw this.#unreadable(offset, 'the event’s size is not what its header says');
    if (header.type === EVENT.formatDescription) this.#checksum = buffer.readUInt8(end - CHECKSUM_BYTES - 1) === 1;
    if (this.#checksum && !checksumFits(buffer, start, end)) throw this.#unreadable(offset, 'its checksum is wrong');
    const bodyEnd = this.#checksum ? end - CHECKSUM_BYTES : end;
    try {
      this.#dispatch(buffer, body, bodyEnd, { header, offset });
    } catch (thrown) {
      if (thrown instanceof Failure) throw thrown;
      throw this.#unreadable(offset, `event type ${header.type}: ${asFailure(thrown).message}`, thrown);
    }
  }

  #dispatch(buffer: Buffer, body: number, end: number, at: { header: EventHeader; offset: number }): void {
    const { header, offset } = at;
    const rows = ROWS[header.type];
    if (rows) {
      this.#rows(buffer, body, end, { ...at, ...rows });
      return;
    }
    switch (header.type) {
      case EVENT.tableMap:
        this.#tables.map(buffer, body, end);
        return;
      case EVENT.gtid:
        this.#begin(header, offset, readGtid(buffer, body, end));
        return;
      case EVENT.gtidTagged:
        this.#begin(header, offset, readTaggedGtid(buffer, body));
        return;
      case EVENT.anonymousGtid:
        this.#begin(header, offset, { ...readGtid(buffer, body, end), source: '' });
        return;
      case EVENT.query:
        this.#query(buffer, body, end, at);
        return;
      case EVENT.xid:
      case EVENT.xaPrepare:
        this.#commit(header);
        return;
      case EVENT.heartbeat:
        this.#tracker.heartbeat(buffer.toString('utf8', body, end), header.next);
        this.#queue.idle(Date.now());
        return;
      case EVENT.formatDescription:
        return;
      case EVENT.previousGtids:
        this.#tracker.previousGtids((add) => {
          readPreviousGtids(buffer, body, add);
        });
        return;
      case EVENT.partialUpdateRows:
        this.#partialUpdate(buffer, body, offset);
        return;
      case EVENT.transactionPayload:
        this.#payload(at);
        return;
      case EVENT.incident:
        throw this.#unreadable(offset, 'the source reports an incident: changes may be missing from its binlog');
      default:
        if (PASSED_OVER.has(header.type) || (header.flags & FLAG_IGNORABLE) !== 0) return;
        throw this.#unreadable(offset, `an event of type ${header.type}, which this version does not know`);
    }
  }

  /** Before the first format description only the event itself can tell whether a checksum follows the name. */
  #rotate(buffer: Buffer, start: number, end: number, header: EventHeader): void {
    const offset = this.#tracker.event(header);
    if (this.#tracker.transaction) throw this.#unreadable(offset, 'the file ends inside a transaction');
    const body = start + HEADER_BYTES;
    const nameEnd = checksumFits(buffer, start, end) ? end - CHECKSUM_BYTES : end;
    const target = Number(buffer.readBigUInt64LE(body));
    this.#tables.forget();
    this.#tracker.rotate(buffer.toString('utf8', body + 8, nameEnd), target);
  }

  #begin(
    header: EventHeader,
    offset: number,
    gtid: { source: string; number: bigint; committed: number | undefined },
  ): void {
    if (this.#tracker.transaction) throw this.#unreadable(offset, 'the transaction before it has no end');
    const time = gtid.committed === undefined ? header.seconds * 1000 : Math.floor(gtid.committed / 1000);
    this.#tables.begin();
    this.#tracker.begin(offset, time, gtid.source === '' ? undefined : gtid);
  }

  #commit(header: EventHeader): void {
    const { transaction } = this.#tracker;
    const moved = this.#tracker.commit();
    this.#tables.begin();
    if (moved) this.#queue.commit(transaction?.time ?? header.seconds * 1000);
  }

  #query(buffer: Buffer, body: number, end: number, at: { header: EventHeader; offset: number }): void {
    const { header, offset } = at;
    const query = readQuery(buffer, body, end);
    const kind = queryKind(query.sql);
    let { transaction } = this.#tracker;
    switch (kind) {
      case 'begin':
      case 'xa-begin':
        transaction ??= this.#tracker.begin(offset, header.seconds * 1000, undefined);
        transaction.open = true;
        transaction.xa = kind === 'xa-begin';
        transaction.thread = query.thread;
        return;
      case 'commit':
        this.#commit(header);
        return;
      case 'rollback':
      case 'rollback-to':
        if (transaction?.touched) {
          throw this.#unreadable(
            offset,
            'rows of replicated tables were rolled back after they were written to the binlog',
          );
        }
        if (kind === 'rollback' || !transaction?.open) this.#commit(header);
        return;
      case 'statement':
        if (transaction?.skip === Infinity) return;
        throw new Failure('source-misconfigured', 'a statement instead of the rows that it changed', {
          place: this.#tracker.at(offset),
          remedy:
            'SET PERSIST binlog_format = ROW (and in sessions that set it); then start the task behind the statements written before',
        });
      case 'inner':
      case 'other':
        // Within a transaction it is a part of it (a temporary table, CREATE TABLE … SELECT); alone it commits.
        if (!transaction?.open) this.#commit(header);
    }
  }

  #rows(
    buffer: Buffer,
    body: number,
    end: number,
    event: { header: EventHeader; offset: number; version: 1 | 2; kind: RowChange['kind'] },
  ): void {
    const { header, offset, kind } = event;
    const { transaction } = this.#tracker;
    if (!transaction) throw this.#unreadable(offset, 'rows outside of a transaction');
    transaction.events++;
    const mapped = this.#mapped(buffer, body, offset, transaction);
    if (!mapped || transaction.events <= transaction.skip) return;
    const images = kind === 'update' ? 2 : 1;
    const rowsHeader = readRowsHeader(buffer, body, event.version);
    this.#check(mapped, buffer, rowsHeader, { images, offset, transaction });
    transaction.touched = true;
    const { map } = mapped;
    const place: Place = {
      file: this.#tracker.file,
      offset,
      gtid: transaction.gtid && `${transaction.gtid.source}:${transaction.gtid.number}`,
      serverId: header.serverId,
      time: transaction.time,
      thread: transaction.thread,
    };
    const change = this.#change(kind, mapped, place, { buffer, rows: rowsHeader, end });
    this.#queue.add(change, header.size, this.#inside);
  }

  /** The replicated table of a rows event; undefined when it is not replicated. */
  #mapped(buffer: Buffer, body: number, offset: number, transaction: Transaction): MappedTable | undefined {
    const id = tableIdAt(buffer, body);
    const mapped = this.#tables.get(id);
    if (mapped) return mapped.map === undefined ? undefined : (mapped as MappedTable);
    // The server ends a statement that changed nothing with an event without table.
    if (id === 0xffffff || transaction.skip === Infinity) return undefined;
    throw this.#unreadable(offset, `rows of table id ${id}, which no table map names`);
  }

  #check(
    mapped: MappedTable,
    buffer: Buffer,
    rows: RowsHeader,
    at: { images: 1 | 2; offset: number; transaction: Transaction },
  ): void {
    const { map } = mapped;
    const place = `${this.#tracker.at(at.offset)} ${mapped.name}`;
    if (map.fault) throw new Failure(map.fault.kind, map.fault.message, { place, remedy: map.fault.remedy });
    if (rows.columns !== map.readers.length) {
      throw new Failure('source-unreadable', 'rows with another number of columns than their table map', { place });
    }
    if (at.transaction.xa) {
      throw new Failure(
        'source-unreadable',
        'rows of an XA transaction, of which the binlog does not say yet whether it will be committed',
        {
          place,
          remedy: 'change replicated tables without XA transactions, or start the task behind it',
        },
      );
    }
    if (!isFullImage(buffer, rows, at.images)) {
      throw new Failure('source-misconfigured', 'rows without all columns, because binlog_row_image is not FULL', {
        place,
        remedy:
          'SET PERSIST binlog_row_image = FULL (and in sessions that set it); then start the task behind the rows written before',
      });
    }
  }

  #change(
    kind: RowChange['kind'],
    { map, name }: MappedTable,
    place: Place,
    from: { buffer: Buffer; rows: RowsHeader; end: number },
  ): RowChange {
    const { buffer, rows, end } = from;
    const { table, readers, layout } = map;
    const perRow = kind === 'update' ? 2 : 1;
    try {
      if (layout) {
        const start = rows.body + perRow * ((rows.columns + 7) >> 3);
        return imageChange(kind, { table, place }, this.#keeper.keep(buffer, start, end, { layout, perRow }));
      }
      const all = readImages(buffer, rows, perRow, { end, readers });
      if (kind === 'update') return { kind, table, place, before: every(all, 0), rows: every(all, 1) };
      return { kind, table, place, rows: all };
    } catch (cause) {
      const at = `${this.#tracker.at(place.offset)} ${name}`;
      throw new Failure('source-unreadable', `rows cannot be decoded: ${asFailure(cause).message}`, { place: at, cause });
    }
  }

  #partialUpdate(buffer: Buffer, body: number, offset: number): void {
    const { transaction } = this.#tracker;
    if (!transaction) throw this.#unreadable(offset, 'rows outside of a transaction');
    transaction.events++;
    const mapped = this.#mapped(buffer, body, offset, transaction);
    if (!mapped || transaction.events <= transaction.skip) return;
    throw new Failure('source-misconfigured', 'a partial update of JSON, which this version cannot read', {
      place: `${this.#tracker.at(offset)} ${mapped.name}`,
      remedy:
        "SET PERSIST binlog_row_value_options = '' (and in sessions that set it); then start the task behind the rows written before",
    });
  }

  /** A whole transaction in one event, its end included. */
  #payload(at: { header: EventHeader; offset: number }): void {
    if (this.#tracker.transaction?.skip === Infinity) {
      this.#commit(at.header);
      return;
    }
    throw new Failure('source-misconfigured', 'a compressed transaction, which this version cannot read', {
      place: this.#tracker.at(at.offset),
      remedy:
        'SET PERSIST binlog_transaction_compression = OFF (and in sessions that set it); then start the task behind the transactions written before',
    });
  }

  #unreadable(offset: number, what: string, cause?: unknown): Failure {
    return new Failure('source-unreadable', what, { place: this.#tracker.at(offset), cause });
  }
}

function checksumFits(buffer: Buffer, start: number, end: number): boolean {
  return crc32(buffer.subarray(start, end - CHECKSUM_BYTES)) === buffer.readUInt32LE(end - CHECKSUM_BYTES);
}

function every(rows: readonly Row[], from: 0 | 1): Row[] {
  const chosen: Row[] = [];
  for (let i = from; i < rows.length; i += 2) chosen.push(rows[i]!);
  return chosen;
}
