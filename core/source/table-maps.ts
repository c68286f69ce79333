import { Cursor } from './cursor.js';
import { tableIdAt } from './rows-event.js';
import type { TableFilter } from './table-filter.js';
import type { TableMap } from './table-map.js';
import { readTableMap, readTableName } from './table-map.js';

/** A table map as it stood in the binlog; `map` is there for replicated tables only. */
interface KnownTable {
  readonly name: string;
  /** The event's body behind its table id and flags: a table with the same bytes is the same table. */
  readonly bytes: Buffer;
  readonly map: TableMap | undefined;
}

export interface MappedTable extends KnownTable {
  readonly map: TableMap;
}

/**
 * The tables that the current transaction has named. Ids are given anew by the server with every restart and DDL, so
 * an id counts only within its transaction; definitions are kept by name, and taken up again where all their bytes are the same.
 */
export class TableMaps {
  readonly #filter: TableFilter;
  readonly #named = new Map<number, KnownTable>();
  readonly #byId = new Map<number, KnownTable>();
  readonly #byName = new Map<string, KnownTable>();

  constructor(filter: TableFilter) {
    this.#filter = filter;
  }

  /** Takes a TABLE_MAP event's body. @throws when it is not well-formed */
  map(buffer: Buffer, body: number, end: number): void {
    const id = tableIdAt(buffer, body);
    const start = body + 8;
    let known = this.#byId.get(id);
    if (!known || known.bytes.compare(buffer, start, end) !== 0) {
      known = this.#define(buffer, start, end);
      this.#byId.set(id, known);
    }
    this.#named.set(id, known);
  }

  get(id: number): KnownTable | undefined {
    return this.#named.get(id);
  }

  /** A transaction begins or ends: no table is named. */
  begin(): void {
    if (this.#named.size > 0) this.#named.clear();
  }

  /** A new file begins: forgets what would otherwise grow with every DDL. */
  forget(): void {
    this.#named.clear();
    this.#byId.clear();
  }

  #define(buffer: Buffer, start: number, end: number): KnownTable {
    const cursor = new Cursor(buffer, start);
    const name = readTableName(cursor);
    const key = `${name.database}.${name.name}`;
    const former = this.#byName.get(key);
    if (former && former.bytes.compare(buffer, start, end) === 0) return former;
    const map = this.#filter(name.database, name.name) ? readTableMap(name, cursor, end) : undefined;
    const known: KnownTable = { name: key, bytes: Buffer.from(buffer.subarray(start, end)), map };
    this.#byName.set(key, known);
    return known;
  }
}
