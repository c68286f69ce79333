import type { ByteOutput } from './byte-output.js';

/**
 * Where a format puts its records, one call each and no object per record, so that a sink can write the text straight into
 * the bytes it sends. Text becomes UTF-8.
 */
export interface RecordOutput {
  /**
   * @param row index of the change's row that the record is about
   * @param key null: the record has none
   * @param value null: a tombstone
   * @param header name and text of the record's only header
   */
  record(row: number, key: string | null, value: string | null, header?: RecordHeader): void;
  /**
   * The same for a format that writes bytes: begins a record, whose value is what is written to the output that comes back, until `close`.
   * @param key its bytes up to where it is, looked at only now; null: the record has none
   */
  open(row: number, key: ByteOutput | null): ByteOutput;
  close(): void;
  /** A record with a key and no value. */
  tombstone(row: number, key: ByteOutput): void;
}

export interface RecordHeader {
  readonly name: string;
  readonly value: string;
}
