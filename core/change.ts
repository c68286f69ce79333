import type { RowImages } from './row-images.js';

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
  /** Of an ENUM or SET, in their order. */
  readonly members?: readonly string[] | undefined;
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
/**
 * Values in the order of `Table.columns`. `undefined` is a column that the row image does not have (binlog_row_image MINIMAL or NOBLOB), which is
 * not NULL: in an insert it got its default, in an update it is unchanged and nobody knows to what, in a delete it is unknown.
 */
export type Row = readonly (Value | undefined)[];

/**
 * A transaction of the source. All its changes share this one object, so a sink sees its end where the next change has another one, and at the end
 * of a batch whose `end.events` is 0 (otherwise the transaction goes on in the next batch, with another object of the same file and offset).
 */
export interface Transaction {
  /** Where it begins: file and offset of its first event. */
  readonly file: string;
  readonly offset: number;
  readonly gtid: string | undefined;
  /**
   * MySQL's logical clock, counted anew in each binlog file: transactions may run at the same time when the `lastCommitted` of the later is below
   * the `sequenceNumber` of the earlier. Undefined where the source does not say (MariaDB, MySQL before 5.7).
   */
  readonly lastCommitted: number | undefined;
  readonly sequenceNumber: number | undefined;
  /** Microseconds since 1970 of the commit on this server, and on the one where it happened first. Undefined before MySQL 8.0. */
  readonly committed: number | undefined;
  readonly firstCommitted: number | undefined;
  /** Bytes of the whole transaction in the source's binlog, undefined before MySQL 8.0.2; for a sink that plans ahead. */
  readonly bytes: number | undefined;
}

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
  /** Index in the event of the change's first row; 0 when left out. It is not 0 in a compressed transaction, whose events share one place. */
  readonly firstRow?: number | undefined;
  /** Undefined for rows that no transaction brought, as a snapshot's. */
  readonly transaction?: Transaction | undefined;
}

/**
 * A statement that changed the schema, at its place among the rows. Statements that nobody needs to know (accounts, statistics, XA, other databases' tables)
 * do not come. What a statement did to a table is told by the `table` of the changes after it.
 */
export interface SchemaChange {
  readonly kind: 'schema';
  readonly place: Place;
  /** As the source has it in its binlog, comments included. */
  readonly statement: string;
  /** The session's database, in which names without one are to be read; empty where there is none. */
  readonly database: string;
  /** What the statement names as its objects; empty where that could not be read. */
  readonly tables: readonly NamedTable[];
}

export interface NamedTable {
  readonly database: string;
  /** Empty for the database itself. */
  readonly name: string;
  /** Its definition before the statement, as rows since the start of the reading had it; undefined when there were none. */
  readonly before: Table | undefined;
}

/** Rows of one table. */
export type RowChange = RowsOf & {
  /** The same rows as bytes, where they have every column; then `rows` and `before` are read from them when somebody asks for them. */
  readonly images?: RowImages | undefined;
};

type RowsOf =
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

export type Change = RowChange | SchemaChange;

/** How many rows a change has, without reading them. */
export function rowCount(change: Change): number {
  return change.kind === 'schema' ? 0 : (change.images?.count ?? change.rows.length);
}
