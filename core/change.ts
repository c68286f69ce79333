/**
 * What flows through the pipeline. A change carries all rows of one binlog rows event, so that nothing is allocated per
 * row that the event can carry.
 */
export interface Column {
  readonly name: string;
  /** MySQL's field type code (binlog protocol), e.g. 3 = INT, 246 = DECIMAL. */
  readonly type: number;
  readonly unsigned: boolean;
  /** Character set name where the type has one; 'binary' for binary strings. */
  readonly charset?: string | undefined;
  /** Fractional digits of temporal types, scale of DECIMAL. */
  readonly decimals?: number | undefined;
  /** Bits of a BIT column, bytes of BINARY, digits of DECIMAL. */
  readonly length?: number | undefined;
  /** False for NOT NULL; undefined where the source does not say. */
  readonly nullable?: boolean | undefined;
}

/** A table as it was when the rows were written. The same object for the same definition, so it can key a cache. */
export interface Table {
  readonly database: string;
  readonly name: string;
  readonly columns: readonly Column[];
  /** Indexes into `columns` of the primary key, in key order; empty without one. */
  readonly key: readonly number[];
}

/**
 * A column's value: what `SELECT` shows, except that numbers which JavaScript holds exactly are numbers, larger integers are
 * bigint, DECIMAL is its exact text, temporal values are their text in UTC, BIT, binary strings and geometry
 * (SRID and WKB) are bytes, JSON is its text, ENUM is its member and SET the comma-separated members.
 */
export type Value = null | number | bigint | string | Buffer;
/** Values in the order of `Table.columns`. */
export type Row = readonly Value[];

/** Coordinates of a rows event, the same on every reading of the binlog. */
export interface Place {
  readonly file: string;
  /** Offset of the event's start. */
  readonly offset: number;
  readonly gtid?: string | undefined;
  readonly serverId: number;
  /** Milliseconds since 1970 at the source, as exact as the binlog has it. */
  readonly time: number;
  readonly thread?: number | undefined;
}

export type Change =
  | { readonly kind: 'insert'; readonly table: Table; readonly place: Place; readonly rows: readonly Row[] }
  | { readonly kind: 'delete'; readonly table: Table; readonly place: Place; readonly rows: readonly Row[] }
  | {
      readonly kind: 'update';
      readonly table: Table;
      readonly place: Place;
      /** Images before, and after at the same index. */
      readonly before: readonly Row[];
      readonly rows: readonly Row[];
    };
