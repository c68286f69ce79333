import { Failure } from '../../coordination/failure.js';
import type { RowChange, Table } from '../change.js';
import type { RowImages } from '../row-images.js';
import { Cursor } from '../source/cursor.js';
import { skipImage } from '../source/stored-size.js';
import { ByteOutput } from './byte-output.js';
import type { RecordOutput } from './record-output.js';
import { RowImageJson } from './row-image-json.js';

const BEFORE_NULL = Buffer.from('{"before":null,"after":');
const BEFORE = Buffer.from('{"before":');
const AFTER = Buffer.from(',"after":');
const AFTER_NULL = Buffer.from(',"after":null');
/** Digits of a row's index. */
const ROW_ROOM = 16;

/** What the records of one rows event share, as text: from the images to the row's index, and from there to the end. */
export interface EventJson {
  readonly source: string;
  readonly end: string;
}

/**
 * Debezium's records from row images, byte by byte the same as those that are made from the rows. An update that changes a primary key is left to
 * those: it becomes several records.
 */
export class DebeziumImages {
  readonly #tombstones: boolean;
  readonly #tables = new WeakMap<Table, RowImageJson>();
  readonly #key = new ByteOutput(Buffer.allocUnsafeSlow(1024));
  readonly #shared = new ByteOutput(Buffer.allocUnsafeSlow(4096));
  #from = new Cursor(Buffer.alloc(0), 0);

  constructor(tombstones: boolean) {
    this.#tombstones = tombstones;
  }

  /** Writes the records of a change; false, and nothing is written, when it is to be written from its rows. */
  encode(change: RowChange, images: RowImages, event: EventJson, output: RecordOutput): boolean {
    let json = this.#tables.get(change.table);
    if (!json) this.#tables.set(change.table, (json = new RowImageJson(change.table, images.layout)));
    const { bytes, start, end, count } = images;
    if (this.#from.buffer !== bytes) this.#from = new Cursor(bytes, start);
    const from = this.#from;
    if (change.kind === 'update' && json.keyed && !this.#keepsKeys(json, images)) return false;

    const shared = this.#shared;
    shared.at = 0;
    shared.text(event.source);
    const sourceEnd = shared.at;
    shared.text(event.end);
    const source = shared.bytes.subarray(0, sourceEnd);
    const rest = shared.bytes.subarray(sourceEnd, shared.at);
    const first = change.place.firstRow ?? 0;
    const { kind } = change;
    from.at = start;
    try {
      for (let i = first; i < first + count; i++) {
        const key = json.keyed ? this.#keyOf(json, from, kind === 'update' ? images : undefined) : null;
        const to = output.open(i, key);
        to.reserve(BEFORE_NULL.length);
        to.put(kind === 'insert' ? BEFORE_NULL : BEFORE);
        json.row(from, to);
        if (kind === 'delete') to.put(AFTER_NULL);
        if (kind === 'update') {
          to.put(AFTER);
          json.row(from, to);
        }
        to.reserve(source.length + ROW_ROOM + rest.length);
        to.put(source);
        to.integer(i);
        to.put(rest);
        output.close();
        if (kind === 'delete' && this.#tombstones && key !== null) output.tombstone(i, key);
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const { place, table } = change;
      throw new Failure('source-unreadable', `rows cannot be decoded: ${error.message}`, {
        place: `${place.file}:${place.offset} ${table.database}.${table.name}`,
        cause: error,
      });
    }
    if (from.at !== end) throw new Failure('internal', 'row images of another length than was read');
    return true;
  }

  /** The key of the image at the cursor, or of the one behind it. */
  #keyOf(json: RowImageJson, from: Cursor, behind: RowImages | undefined): ByteOutput {
    const key = this.#key;
    key.at = 0;
    const { at } = from;
    if (behind) skipImage(from, behind.layout.sizes);
    json.key(from.buffer, from.at, key);
    from.at = at;
    return key;
  }

  #keepsKeys(json: RowImageJson, { bytes, start, end, layout }: RowImages): boolean {
    const from = this.#from;
    from.at = start;
    while (from.at < end) {
      const before = from.at;
      skipImage(from, layout.sizes);
      if (!json.sameKey(bytes, before, from.at)) return false;
      skipImage(from, layout.sizes);
    }
    return true;
  }
}
