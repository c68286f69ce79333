import type { Table } from '../change.js';
import type { ImageLayout } from '../row-images.js';
import { Cursor } from '../source/cursor.js';
import { behind } from '../source/stored-size.js';
import type { ByteOutput } from './byte-output.js';
import { FIXED_ROOM, imageColumn, type ImageColumn } from './image-column.js';
import { jsonString } from './json-string.js';

const NULL = Buffer.from('null');
const OPEN = 0x7b;
const CLOSE = 0x7d;

/**
 * A table's row images as JSON, the same text as `RowJson` makes of the rows; compiled once per table definition. The cursor stands at an image's beginning.
 */
export class RowImageJson {
  readonly #names: readonly Buffer[];
  readonly #columns: readonly ImageColumn[];
  readonly #sizes: readonly number[];
  /** Columns of the key in its own order, with what stands before each value. */
  readonly #key: readonly { readonly column: number; readonly name: Buffer }[];
  /** Columns up to the last one of the key. */
  readonly #keyReach: number;
  /** Where the values of an image begin and end, by column, of the last image whose key was looked for; -1 for NULL. */
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  #atKey = new Cursor(NULL, 0);

  constructor(table: Table, { layouts, readers, sizes }: ImageLayout) {
    const name = (column: number): string => `${jsonString(table.columns[column]!.name)}:`;
    this.#names = layouts.map((_, i) => Buffer.from((i === 0 ? '{' : ',') + name(i)));
    this.#columns = layouts.map((layout, i) => imageColumn(layout, table.columns[i]!, readers[i]!));
    this.#sizes = sizes;
    this.#key = table.key.map((column, i) => ({ column, name: Buffer.from((i === 0 ? '{' : ',') + name(column)) }));
    this.#keyReach = Math.max(-1, ...table.key) + 1;
  }

  get keyed(): boolean {
    return this.#key.length > 0;
  }

  /** Writes the row and moves behind its image. */
  row(from: Cursor, to: ByteOutput): void {
    const names = this.#names;
    const columns = this.#columns;
    const count = columns.length;
    let nulls = from.at;
    from.at = nulls + ((count + 7) >> 3);
    let bits = 0;
    for (let i = 0; i < count; i++) {
      bits = (i & 7) === 0 ? from.buffer[nulls++]! : bits >> 1;
      const name = names[i]!;
      to.reserve(name.length + FIXED_ROOM);
      to.put(name);
      if ((bits & 1) === 1) to.put(NULL);
      else columns[i]!(from, to);
    }
    to.reserve(FIXED_ROOM);
    if (count === 0) to.bytes[to.at++] = OPEN;
    to.bytes[to.at++] = CLOSE;
  }

  /** Writes the key of the image that begins at `start`; the cursor stays. */
  key(bytes: Buffer, start: number, to: ByteOutput): void {
    this.#find(bytes, start);
    if (this.#atKey.buffer !== bytes) this.#atKey = new Cursor(bytes, 0);
    const cursor = this.#atKey;
    for (const { column, name } of this.#key) {
      to.reserve(name.length + FIXED_ROOM);
      to.put(name);
      cursor.at = this.#starts[column]!;
      if (cursor.at < 0) to.put(NULL);
      else this.#columns[column]!(cursor, to);
    }
    to.reserve(1);
    to.bytes[to.at++] = CLOSE;
  }

  /** Whether two images have the same bytes in all columns of the key. */
  sameKey(bytes: Buffer, one: number, other: number): boolean {
    for (const { column } of this.#key) {
      this.#find(bytes, one);
      const a = this.#starts[column]!;
      const size = this.#ends[column]! - a;
      this.#find(bytes, other);
      const b = this.#starts[column]!;
      if (a < 0 || b < 0 || this.#ends[column]! - b !== size) return false;
      for (let i = 0; i < size; i++) if (bytes[a + i] !== bytes[b + i]) return false;
    }
    return true;
  }

  #find(bytes: Buffer, start: number): void {
    const sizes = this.#sizes;
    let at = start + ((sizes.length + 7) >> 3);
    for (let i = 0; i < this.#keyReach; i++) {
      if ((bytes[start + (i >> 3)]! & (1 << (i & 7))) !== 0) {
        this.#starts[i] = -1;
        continue;
      }
      this.#starts[i] = at;
      const size = sizes[i]!;
      at = size >= 0 ? at + size : behind(bytes, at, -size);
      this.#ends[i] = at;
    }
  }
}
