import type { ColumnLayout, ValueReader } from './source/value-reader.js';

/** How the row images of a table definition are stored; the same object for the same definition. */
export interface ImageLayout {
  /** One per column, in the table's order. */
  readonly layouts: readonly ColumnLayout[];
  readonly readers: readonly ValueReader[];
  /** As `storedSize` tells them. */
  readonly sizes: readonly number[];
}

/**
 * The rows of an event as their source has them: the second way to a change's rows, for a sink that writes bytes and needs no values. Every image
 * has all columns (a bit each for NULL, then the values), one image per row, or for an update two: before and after. Where each of them ends was checked.
 * The bytes are the change's own; `change.rows` are read from them when somebody asks.
 */
export interface RowImages {
  readonly layout: ImageLayout;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  /** Rows, not images. */
  readonly count: number;
}
