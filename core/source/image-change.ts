import { asFailure, Failure } from '../../coordination/failure.js';
import type { Place, Row, RowChange, Table } from '../change.js';
import type { ImageLayout, RowImages } from '../row-images.js';
import { Cursor } from './cursor.js';
import { readImage } from './rows-event.js';
import { skipImage } from './stored-size.js';

/** A change whose rows stay as they are in the binlog until somebody asks for them. */
export function imageChange(
  kind: RowChange['kind'],
  about: { readonly table: Table; readonly place: Place },
  images: RowImages,
): RowChange {
  return new ImageChange(kind, about, images) as RowChange;
}

class ImageChange {
  readonly kind: RowChange['kind'];
  readonly table: Table;
  readonly place: Place;
  readonly images: RowImages;
  #read: { readonly before: readonly Row[]; readonly rows: readonly Row[] } | undefined;

  constructor(kind: RowChange['kind'], about: { readonly table: Table; readonly place: Place }, images: RowImages) {
    this.kind = kind;
    this.table = about.table;
    this.place = about.place;
    this.images = images;
  }

  /** @throws Failure source-unreadable when a value is none of its type */
  get rows(): readonly Row[] {
    return (this.#read ??= this.#readAll()).rows;
  }

  get before(): readonly Row[] | undefined {
    return this.kind === 'update' ? (this.#read ??= this.#readAll()).before : undefined;
  }

  #readAll(): { before: Row[]; rows: Row[] } {
    const { layout, bytes, start, end } = this.images;
    const cursor = new Cursor(bytes, start, end);
    const read = { before: [] as Row[], rows: [] as Row[] };
    try {
      while (cursor.at < end) {
        if (this.kind === 'update') read.before.push(readImage(cursor, layout, undefined));
        read.rows.push(readImage(cursor, layout, undefined));
      }
    } catch (cause) {
      const { place, table } = this;
      throw new Failure('source-unreadable', `rows cannot be decoded: ${asFailure(cause).message}`, {
        place: `${place.file}:${place.offset} ${table.database}.${table.name}`,
        cause,
      });
    }
    return read;
  }
}

/** Bytes of events are kept in pieces of this size, not in a piece for each event. */
const SLAB_BYTES = 2 ** 18;

/** Keeps events' images beyond the packets that they came in, of which a view would hold far more in memory than is needed. */
export class ImageKeeper {
  #slab = Buffer.alloc(0);
  #used = 0;

  /**
   * Takes the images in `buffer` from `start` up to `end`, having looked where each of them ends.
   * @param perRow images of a row: 1, or 2 of an update
   * @throws RangeError when they do not end exactly there: then nothing of them can be trusted
   */
  keep(buffer: Buffer, start: number, end: number, of: { layout: ImageLayout; perRow: 1 | 2 }): RowImages {
    const { layout, perRow } = of;
    const place = { buffer, at: start };
    let images = 0;
    while (place.at < end) {
      const before = place.at;
      skipImage(place, layout.sizes);
      if (place.at === before) throw new RangeError('rows without any bytes');
      images++;
    }
    if (place.at !== end || images % perRow !== 0) throw new RangeError('the rows do not end where their event ends');
    const size = end - start;
    if (this.#used + size > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(Math.max(size, SLAB_BYTES));
      this.#used = 0;
    }
    const at = this.#used;
    this.#slab.set(buffer.subarray(start, end), at);
    this.#used += size;
    return { layout, bytes: this.#slab, start: at, end: at + size, count: images / perRow };
  }
}
