import type { Place } from '../change.js';
import { varintSize, writeVarint } from './varint.js';

const CAPACITY = 2048;
const TERM = headerName('term');
const FILE = headerName('file');
const GTID = headerName('gtid');
const POS = headerName('pos');
const ROW = headerName('row');
const ZERO = 48;

/** Headers of a record as bytes that stand ready. */
export interface ReadyHeaders {
  readonly count: number;
  readonly size: number;
  /** Writes them and returns where the next byte goes. */
  copyTo(bytes: Buffer, start: number): number;
}

/**
 * The headers by which a consumer can tell a record that came twice and a term that is past: `term`, `file`, `gtid`, `pos` and `row`, all as
 * text. They are kept as the bytes of a record, so that a row costs a copy and the digits of its number.
 */
export class RecordMarks implements ReadyHeaders {
  readonly #bytes = Buffer.alloc(CAPACITY);
  #file: string | undefined;
  #gtid: string | undefined;
  /** Where the term, the file, the GTID and all of it end. */
  #termEnd = 0;
  #fileEnd = 0;
  #gtidEnd = 0;
  #end = 0;
  /** The bytes up to there. */
  #ready = new Uint8Array(0);
  #row = 0;
  #rowDigits = 1;
  #terms = 0;

  /** Takes the term of the records that follow. */
  term(term: number): void {
    this.#terms = 1;
    this.#termEnd = this.#write(0, TERM, String(term));
    this.#file = undefined;
  }

  /** Takes the place of the rows that follow. */
  at(place: Place): void {
    if (place.file !== this.#file) {
      this.#fileEnd = this.#write(this.#termEnd, FILE, place.file);
      this.#gtidEnd = this.#fileEnd;
      this.#gtid = undefined;
      this.#file = place.file;
    }
    if (place.gtid !== this.#gtid) {
      this.#gtidEnd = place.gtid === undefined ? this.#fileEnd : this.#write(this.#fileEnd, GTID, place.gtid);
      this.#gtid = place.gtid;
    }
    this.#end = this.#write(this.#gtidEnd, POS, String(place.offset));
    this.#ready = this.#bytes.subarray(0, this.#end);
  }

  /** Takes the index of the row that the next record is about. */
  row(row: number): void {
    this.#row = row;
    this.#rowDigits = row < 10 ? 1 : row < 100 ? 2 : String(row).length;
  }

  get count(): number {
    return this.#terms + (this.#gtid === undefined ? 3 : 4);
  }

  get size(): number {
    return this.#end + ROW.length + 1 + this.#rowDigits;
  }

  /** Writes them and returns where the next byte goes. */
  copyTo(bytes: Buffer, start: number): number {
    bytes.set(this.#ready, start);
    let at = start + this.#end;
    for (let i = 0; i < ROW.length; i++) bytes[at++] = ROW[i]!;
    bytes[at++] = this.#rowDigits << 1;
    let rest = this.#row;
    for (let i = at + this.#rowDigits - 1; i >= at; i--) {
      bytes[i] = ZERO + (rest % 10);
      rest = Math.trunc(rest / 10);
    }
    return at + this.#rowDigits;
  }

  #write(start: number, name: Buffer, value: string): number {
    let at = start + name.copy(this.#bytes, start);
    at = writeVarint(this.#bytes, at, Buffer.byteLength(value));
    return at + this.#bytes.write(value, at);
  }
}

/** A header's name with its length in front. */
function headerName(name: string): Buffer {
  const bytes = Buffer.alloc(varintSize(name.length) + name.length);
  bytes.write(name, writeVarint(bytes, 0, name.length));
  return bytes;
}
