import type { Value } from '../change.js';
import type { ImageLayout } from '../row-images.js';
import { Cursor } from './cursor.js';
import { MissingBefore, partialJson } from './partial-json.js';
import { storedSizes } from './stored-size.js';
import type { ColumnLayout, ValueReader } from './value-reader.js';

/** Fields of a rows event before its rows. */
export interface RowsHeader {
  readonly columns: number;
  /** Offset in the buffer of the columns-present bitmaps. */
  readonly body: number;
}

export const tableIdAt = (buffer: Buffer, body: number): number =>
  (buffer[body]! | (buffer[body + 1]! << 8) | (buffer[body + 2]! << 16)) +
  (buffer[body + 3]! | (buffer[body + 4]! << 8) | (buffer[body + 5]! << 16)) * 2 ** 24;

/** Reads the part of a WRITE, UPDATE or DELETE rows event (version 1 or 2) between table id and bitmaps. @throws RangeError */
export function readRowsHeader(cursor: Cursor, version: 1 | 2): RowsHeader {
  cursor.skip(8);
  // Version 2: length of the extra data, which includes the length itself.
  if (version === 2) cursor.skip(Math.max(cursor.uint(2), 2) - 2);
  const columns = cursor.lengthEncoded();
  return { columns, body: cursor.at };
}

/** Images of rows; `undefined` stands for a column that an image does not have. */
export type ReadRow = (Value | undefined)[];

/** How the rows of one table definition are read, and how its row images can be passed on as they are. */
export interface RowReader {
  readonly layouts: readonly ColumnLayout[];
  readonly readers: readonly ValueReader[];
  /** Indexes of JSON columns, which a partial update counts. */
  readonly json: readonly number[];
  /** Undefined where only reading a value tells where it ends. */
  readonly images: ImageLayout | undefined;
}

export function compileRows(layouts: readonly ColumnLayout[], readers: readonly ValueReader[]): RowReader {
  const sizes = storedSizes(layouts);
  const json = layouts.flatMap(({ type }, i) => (type === 245 ? [i] : []));
  return { layouts, readers, json, images: sizes && { layouts, readers, sizes } };
}

/** Which columns an image has: `undefined` for all. */
export function presentColumns(cursor: Cursor, columns: number): readonly number[] | undefined {
  const start = cursor.at;
  const size = (columns + 7) >> 3;
  cursor.skip(size);
  const { buffer } = cursor;
  const rest = columns & 7;
  let full = rest === 0 || (buffer[start + size - 1]! & ((1 << rest) - 1)) === (1 << rest) - 1;
  for (let i = start; full && i < start + (columns >> 3); i++) full = buffer[i] === 0xff;
  if (full) return undefined;
  const present: number[] = [];
  for (let i = 0; i < columns; i++) if ((buffer[start + (i >> 3)]! & (1 << (i & 7))) !== 0) present.push(i);
  return present;
}

/**
 * Reads one row image at the cursor.
 * @throws RangeError when it goes on beyond the event: then nothing of it can be trusted
 */
export function readImage(
  cursor: Cursor,
  { readers }: Pick<RowReader, 'readers'>,
  present: readonly number[] | undefined,
): ReadRow {
  if (present) return readSome(cursor, readers, present);
  const count = readers.length;
  const { buffer } = cursor;
  const row = new Array<Value | undefined>(count);
  let nulls = cursor.at;
  cursor.at = nulls + ((count + 7) >> 3);
  let bits = 0;
  for (let i = 0; i < count; i++) {
    bits = (i & 7) === 0 ? buffer[nulls++]! : bits >> 1;
    row[i] = (bits & 1) === 1 ? null : readers[i]!(cursor);
  }
  if (cursor.at > cursor.end) throw new RangeError('a row that goes on beyond the end of its event');
  return row;
}

/** NULL bits count only the columns that the image has. */
function readSome(cursor: Cursor, readers: readonly ValueReader[], present: readonly number[]): ReadRow {
  const row = new Array<Value | undefined>(readers.length).fill(undefined);
  const nulls = cursor.at;
  cursor.skip((present.length + 7) >> 3);
  for (const [n, i] of present.entries()) {
    const isNull = (cursor.buffer[nulls + (n >> 3)]! & (1 << (n & 7))) !== 0;
    row[i] = isNull ? null : readers[i]!(cursor);
  }
  if (cursor.at > cursor.end) throw new RangeError('a row that goes on beyond the end of its event');
  return row;
}

/** Reads all images of an insert or delete, up to the cursor's end. @throws RangeError */
export function readRows(cursor: Cursor, reader: RowReader): ReadRow[] {
  const present = presentColumns(cursor, reader.readers.length);
  const rows: ReadRow[] = [];
  while (cursor.at < cursor.end) rows.push(step(cursor, () => readImage(cursor, reader, present)));
  return rows;
}

/** An event of a table without columns in its image would go on for ever. */
function step<T>(cursor: Cursor, read: () => T): T {
  const before = cursor.at;
  const result = read();
  if (cursor.at === before) throw new RangeError('rows without any bytes');
  return result;
}

export interface Updates {
  readonly before: ReadRow[];
  readonly rows: ReadRow[];
}

/**
 * Reads the pairs of images of an update. What the after image does not have and the before image has did not change, and is taken over.
 * @param partial whether JSON columns of the after images may be differences to the before images
 * @throws RangeError
 */
export function readUpdates(cursor: Cursor, reader: RowReader, partial: boolean): Updates {
  const columns = reader.readers.length;
  const presentBefore = presentColumns(cursor, columns);
  const presentAfter = presentColumns(cursor, columns);
  const updates: Updates = { before: [], rows: [] };
  while (cursor.at < cursor.end) {
    const start = cursor.at;
    const former = readImage(cursor, reader, presentBefore);
    const jsonAt = partial ? jsonPlaces(cursor, reader, { start, present: presentBefore }) : undefined;
    const row = jsonAt ? readPartial(cursor, reader, presentAfter, jsonAt) : readImage(cursor, reader, presentAfter);
    if (cursor.at === start) throw new RangeError('rows without any bytes');
    if (presentAfter && presentAfter.length < columns) {
      for (let i = 0; i < columns; i++) if (row[i] === undefined) row[i] = former[i];
    }
    updates.before.push(former);
    updates.rows.push(row);
  }
  return updates;
}

/** Bytes of the JSON values of an image that was read already: a difference is applied to these. */
function jsonPlaces(
  cursor: Cursor,
  reader: RowReader,
  image: { start: number; present: readonly number[] | undefined },
): ReadonlyMap<number, Buffer> {
  const places = new Map<number, Buffer>();
  const present = image.present ?? reader.readers.map((_, i) => i);
  const again = new Cursor(cursor.buffer, image.start, cursor.end);
  const nulls = again.at;
  again.skip((present.length + 7) >> 3);
  for (const [n, i] of present.entries()) {
    if ((cursor.buffer[nulls + (n >> 3)]! & (1 << (n & 7))) !== 0) continue;
    const layout = reader.layouts[i]!;
    if (layout.type === 245) places.set(i, again.bytes(again.uint(layout.metadata[0])));
    else reader.readers[i]!(again);
  }
  return places;
}

/** The after image of a partial update: options, a bit for each of the table's JSON columns, then the image. */
function readPartial(
  cursor: Cursor,
  reader: RowReader,
  present: readonly number[] | undefined,
  before: ReadonlyMap<number, Buffer>,
): ReadRow {
  const { readers, json } = reader;
  const differs = new Set<number>();
  if ((cursor.lengthEncoded() & 1) === 1) {
    const bits = cursor.at;
    cursor.skip((json.length + 7) >> 3);
    for (const [n, i] of json.entries()) {
      if ((cursor.buffer[bits + (n >> 3)]! & (1 << (n & 7))) !== 0) differs.add(i);
    }
  }
  if (differs.size === 0) return readImage(cursor, reader, present);
  const applying = readers.map((read, i): ValueReader => {
    if (!differs.has(i)) return read;
    const size = reader.layouts[i]!.metadata[0];
    return (at) => {
      const difference = at.bytes(at.uint(size));
      const former = before.get(i);
      if (!former) throw new MissingBefore();
      return partialJson(former, difference);
    };
  });
  return readSome(cursor, applying, present ?? readers.map((_, i) => i));
}
