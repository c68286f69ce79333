import type { Row, Value } from '../change.js';
import { Cursor } from './cursor.js';
import type { ValueReader } from './value-reader.js';

/** Fields of a rows event before its rows. */
export interface RowsHeader {
  readonly columns: number;
  /** Offset in the buffer of the columns-present bitmaps. */
  readonly body: number;
}

export const tableIdAt = (buffer: Buffer, body: number): number => buffer.readUIntLE(body, 6);

/** Reads the part of a WRITE, UPDATE or DELETE rows event (version 1 or 2) between table id and bitmaps. */
export function readRowsHeader(buffer: Buffer, body: number, version: 1 | 2): RowsHeader {
  const cursor = new Cursor(buffer, body + 8);
  // Version 2: length of the extra data, which includes the length itself.
  if (version === 2) cursor.at += buffer.readUInt16LE(cursor.at);
  const columns = cursor.lengthEncoded();
  return { columns, body: cursor.at };
}

/** Whether every column is in the row image(s). */
export function isFullImage(buffer: Buffer, header: RowsHeader, images: 1 | 2): boolean {
  const size = (header.columns + 7) >> 3;
  for (let image = 0; image < images; image++) {
    for (let i = 0; i < header.columns; i++) {
      if ((buffer.readUInt8(header.body + image * size + (i >> 3)) & (1 << (i & 7))) === 0) return false;
    }
  }
  return true;
}

/**
 * Decodes the rows of an event whose images are full: all images for insert and delete; pairs of before and after for update,
 * in turn in the result. This is the one place where rows are decoded.
 * @throws RangeError when the rows do not end exactly at `end`: then nothing of them can be trusted
 */
export function readImages(
  buffer: Buffer,
  header: RowsHeader,
  images: 1 | 2,
  span: { end: number; readers: readonly ValueReader[] },
): Row[] {
  const { end, readers } = span;
  const columns = readers.length;
  const bitmap = (columns + 7) >> 3;
  const cursor = new Cursor(buffer, header.body + images * bitmap);
  const rows: Row[] = [];
  while (cursor.at < end) {
    const nulls = cursor.at;
    cursor.at += bitmap;
    const row = new Array<Value>(columns);
    for (let i = 0; i < columns; i++) {
      row[i] = (buffer[nulls + (i >> 3)]! & (1 << (i & 7))) !== 0 ? null : readers[i]!(cursor);
    }
    rows.push(row);
  }
  if (cursor.at !== end) throw new RangeError('the rows do not end where their event ends');
  return rows;
}
