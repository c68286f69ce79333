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
}

export interface RecordHeader {
  readonly name: string;
  readonly value: string;
}
