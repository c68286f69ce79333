import { asFailure, Failure } from '../../coordination/failure.js';
import type { Place, RowChange, Table } from '../change.js';
import type { RowImages } from '../row-images.js';
import { HEADER_BYTES } from './binlog-event.js';
import type { ChangeQueue } from './chunk-queue.js';
import { compressedEvent } from './compressed-column.js';
import { Cursor } from './cursor.js';
import { imageChange, ImageKeeper } from './image-change.js';
import type { OpenTransaction, PositionTracker } from './position-tracker.js';
import type { ReadRow } from './rows-event.js';
import { presentColumns, readRows, readRowsHeader, readUpdates, tableIdAt } from './rows-event.js';
import { MissingBefore } from './partial-json.js';
import { skipImage } from './stored-size.js';
import type { TableFilter } from './table-filter.js';
import type { MappedTable, TableMaps } from './table-maps.js';
import type { TableMap } from './table-map.js';
import { readTableName } from './table-map.js';
import type { XaHold } from './xa-hold.js';

/** What a rows event is by its type. */
export interface RowsEvent {
  readonly version: 1 | 2;
  readonly kind: RowChange['kind'];
  /** MariaDB's log_bin_compress. */
  readonly compressed?: boolean;
  /** JSON columns may be differences. */
  readonly partial?: boolean;
}

/** Rows events by type: layout, and what happened to the rows. */
export const ROWS_EVENTS: readonly (RowsEvent | undefined)[] = Object.assign(new Array<RowsEvent | undefined>(256), {
  23: { version: 1, kind: 'insert' },
  24: { version: 1, kind: 'update' },
  25: { version: 1, kind: 'delete' },
  30: { version: 2, kind: 'insert' },
  31: { version: 2, kind: 'update' },
  32: { version: 2, kind: 'delete' },
  39: { version: 2, kind: 'update', partial: true },
  166: { version: 1, kind: 'insert', compressed: true },
  167: { version: 1, kind: 'update', compressed: true },
  168: { version: 1, kind: 'delete', compressed: true },
  169: { version: 2, kind: 'insert', compressed: true },
  170: { version: 2, kind: 'update', compressed: true },
  171: { version: 2, kind: 'delete', compressed: true },
} as const);

const TABLE_MAP = 19;

export interface ReaderParts {
  readonly tracker: PositionTracker;
  readonly queue: ChangeQueue;
  readonly filter: TableFilter;
  readonly tables: TableMaps;
  readonly hold: XaHold;
}

/** Turns rows events into changes, or sets them aside while they belong to an XA transaction. */
export class RowsReader {
  readonly #parts: ReaderParts;
  readonly #keeper = new ImageKeeper();
  readonly #inside = () => this.#parts.tracker.inside();
  /** Rows so far at the place of the last event: events of a compressed transaction share one place. */
  #counted = { file: '', offset: 0, rows: 0 };
  /** Replicated tables that the XA transaction at hand has named. */
  readonly #heldTables = new Set<number>();
  /** The file in which the events are, when they are not in the one that is being read. */
  file: string | undefined;

  constructor(parts: ReaderParts) {
    this.#parts = parts;
  }

  /**
   * Takes a rows event, from its header on and without checksum.
   * @param inner whether the event may share its place with others
   * @throws Failure, RangeError
   */
  rows(event: Buffer, what: RowsEvent, at: { offset: number; serverId: number; inner: boolean }): void {
    const { tracker, hold, queue } = this.#parts;
    const { offset } = at;
    const { transaction } = tracker;
    if (!transaction) throw this.#unreadable(offset, 'rows outside of a transaction');
    if (hold.filling) {
      this.hold(event, offset);
      return;
    }
    transaction.events++;
    if (transaction.skip === Infinity) return;
    const mapped = this.#mapped(event, offset);
    const skipped = transaction.events <= transaction.skip;
    // What is durable already is decoded only where its rows have to be counted.
    if (!mapped || (skipped && !at.inner)) return;
    const read = this.#read(event, what, mapped, offset);
    const firstRow = at.inner ? this.#count(offset, read.count ?? read.rows.length) : 0;
    if (skipped) return;
    transaction.touched = true;
    const count = read.count ?? read.rows.length;
    const durable = tracker.rows(count);
    if (durable === count) return;
    const place = this.place(transaction, at, firstRow + durable);
    const rest = durable === 0 ? read : restOf(read, durable, what.kind === 'update' ? 2 : 1);
    queue.add(changeOf(what.kind, { table: mapped.map.table, place }, rest), event.length, this.#inside);
  }

  /** The place of an event of the open transaction. */
  place(transaction: OpenTransaction, at: { offset: number; serverId: number }, firstRow: number): Place {
    const { tracker } = this.#parts;
    const shared = tracker.shared(transaction);
    return {
      file: this.file ?? tracker.file,
      offset: at.offset,
      gtid: shared.gtid,
      serverId: at.serverId,
      time: transaction.time,
      thread: transaction.thread,
      firstRow,
      transaction: shared,
    };
  }

  /** Sets a table map or rows event of an XA transaction aside, unless it is of a table that is not replicated. */
  hold(event: Buffer, offset: number): void {
    const { filter, hold } = this.#parts;
    if (event.length < HEADER_BYTES + 8) throw new RangeError('an event shorter than its table id');
    const id = tableIdAt(event, HEADER_BYTES);
    if (event[4] === TABLE_MAP) {
      const { database, name } = readTableName(new Cursor(event, HEADER_BYTES + 8));
      if (!filter(database, name)) {
        this.#heldTables.delete(id);
        return;
      }
      this.#heldTables.add(id);
    } else if (!this.#heldTables.has(id)) return;
    hold.add({ offset, event });
  }

  /** The replicated table of a rows event; undefined when it is not replicated. */
  #mapped(event: Buffer, offset: number): MappedTable | undefined {
    if (event.length < HEADER_BYTES + 8) throw new RangeError('an event shorter than its table id');
    const id = tableIdAt(event, HEADER_BYTES);
    const mapped = this.#parts.tables.get(id);
    if (mapped) return mapped.map === undefined ? undefined : (mapped as MappedTable);
    // The server ends a statement that changed nothing with an event without table.
    if (id === 0xffffff) return undefined;
    throw this.#unreadable(offset, `rows of table id ${id}, which no table map names`);
  }

  #read(event: Buffer, what: RowsEvent, mapped: MappedTable, offset: number): ReadEvent {
    const { map, name } = mapped;
    const place = `${this.#at(offset)} ${name}`;
    if (map.fault) throw new Failure(map.fault.kind, map.fault.message, { place, remedy: map.fault.remedy });
    try {
      return readEvent(event, what, map, this.#keeper);
    } catch (cause) {
      if (cause instanceof MissingBefore)
        throw new Failure('source-misconfigured', cause.message, { place, remedy: FULL_IMAGE });
      throw new Failure('source-unreadable', `rows cannot be decoded: ${asFailure(cause).message}`, { place, cause });
    }
  }

  /** How many rows there were at this place before. */
  #count(offset: number, rows: number): number {
    const file = this.file ?? this.#parts.tracker.file;
    const before = this.#counted.file === file && this.#counted.offset === offset ? this.#counted.rows : 0;
    this.#counted = { file, offset, rows: before + rows };
    return before;
  }

  #at(offset: number): string {
    return `${this.file ?? this.#parts.tracker.file}:${offset}`;
  }

  #unreadable(offset: number, what: string): Failure {
    return new Failure('source-unreadable', what, { place: this.#at(offset) });
  }
}

const FULL_IMAGE =
  'SET PERSIST binlog_row_image = FULL (and in sessions that set it); then start the task behind the rows written before';

/** An event's rows: as they are in it, or where that does not do, read. */
type ReadEvent =
  | (RowImages & { readonly rows?: undefined; readonly before?: undefined })
  | { readonly count?: undefined; readonly rows: ReadRow[]; readonly before?: ReadRow[] };

function readEvent(event: Buffer, what: RowsEvent, { reader }: TableMap, keeper: ImageKeeper): ReadEvent {
  let cursor = new Cursor(event, HEADER_BYTES);
  const header = readRowsHeader(cursor, what.version);
  const { columns } = header;
  if (columns !== reader.readers.length) throw new RangeError('another number of columns than their table map');
  const perRow = what.kind === 'update' ? 2 : 1;
  const start = cursor.at;
  const rows = start + ((columns + 7) >> 3) * perRow;
  if (what.compressed) {
    if (rows > event.length) throw new RangeError('an event shorter than its bitmaps');
    cursor = new Cursor(Buffer.concat([event.subarray(0, rows), compressedEvent(event.subarray(rows))]), start);
  }
  if (reader.images && !what.partial) {
    const full = presentColumns(cursor, columns) ?? (perRow === 2 ? presentColumns(cursor, columns) : undefined);
    if (full === undefined) return keeper.keep(cursor.buffer, rows, cursor.end, { layout: reader.images, perRow });
    cursor.at = start;
  }
  return perRow === 2 ? readUpdates(cursor, reader, what.partial ?? false) : { rows: readRows(cursor, reader) };
}

/** An event's rows without the first of them. */
function restOf(read: ReadEvent, rows: number, perRow: 1 | 2): ReadEvent {
  if (read.rows) {
    return { rows: read.rows.slice(rows), ...(read.before && { before: read.before.slice(rows) }) };
  }
  const place = { buffer: read.bytes, at: read.start };
  for (let i = 0; i < rows * perRow; i++) skipImage(place, read.layout.sizes);
  return { ...read, start: place.at, count: read.count - rows };
}

function changeOf(kind: RowChange['kind'], about: { table: Table; place: Place }, read: ReadEvent): RowChange {
  if (read.rows === undefined) return imageChange(kind, about, read);
  if (read.before) return { kind: 'update', ...about, before: read.before, rows: read.rows };
  return { kind: kind as 'insert' | 'delete', ...about, rows: read.rows };
}
