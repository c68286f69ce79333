import { Cursor } from './cursor.js';
import { tableIdAt } from './rows-event.js';
import type { ServerColumn } from './server-columns.js';
import { needsServer, withServerColumns } from './server-columns.js';
import type { TableFilter } from './table-filter.js';
import type { RawTableMap, TableMap } from './table-map.js';
import { compileTable, readTableMap, readTableName } from './table-map.js';

/** A table map as it stood in the binlog; `map` is there for replicated tables only. */
interface KnownTable {
  readonly name: string;
  /** The event's body behind its table id and flags: a table with the same bytes is the same table. */
  readonly bytes: Buffer;
  readonly map: TableMap | undefined;
  /** Whether the server had to be asked about it: then a statement that names the table makes the answer old. */
  readonly asked: boolean;
}

export interface MappedTable extends KnownTable {
  readonly map: TableMap;
}

/** A table of which the server has to be asked; `answer` takes what it says (undefined: it has no such table). */
export interface Question {
  readonly database: string;
  readonly name: string;
  answer(columns: readonly ServerColumn[] | undefined): void;
}

/**
 * The tables that the current transaction has named. Ids are given anew by the server with every restart and DDL, so
 * an id counts only within its transaction; definitions are kept by name, and taken up again where all their bytes are the same.
 */
export class TableMaps {
  readonly #filter: TableFilter;
  readonly #mariadb: boolean;
  readonly #named = new Map<number, KnownTable>();
  readonly #byId = new Map<number, KnownTable>();
  readonly #byName = new Map<string, KnownTable>();

  constructor(filter: TableFilter, mariadb: boolean) {
    this.#filter = filter;
    this.#mariadb = mariadb;
  }

  /** Takes a TABLE_MAP event's body. Returns what has to be asked before its rows can be read. @throws when it is not well-formed */
  map(buffer: Buffer, body: number, end: number): Question | undefined {
    if (body + 8 > end) throw new RangeError('a table map shorter than its fields');
    const id = tableIdAt(buffer, body);
    const start = body + 8;
    const known = this.#byId.get(id);
    if (known && sameBytes(known.bytes, buffer, start, end)) {
      this.#named.set(id, known);
      return undefined;
    }
    return this.#define(buffer, start, end, id);
  }

  get(id: number): KnownTable | undefined {
    return this.#named.get(id);
  }

  /** A table as rows last had it. */
  last(database: string, name: string): TableMap | undefined {
    const map = this.#byName.get(`${database}.${name}`)?.map;
    return map?.fault ? undefined : map;
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

  /** A statement has changed tables: what the server said of them before may be old. */
  forgetAnswers(): void {
    for (const [name, known] of this.#byName) if (known.asked) this.#byName.delete(name);
    for (const [id, known] of this.#byId) if (known.asked) this.#byId.delete(id);
  }

  #define(buffer: Buffer, start: number, end: number, id: number): Question | undefined {
    const cursor = new Cursor(buffer, start, end);
    const name = readTableName(cursor);
    const key = `${name.database}.${name.name}`;
    const former = this.#byName.get(key);
    if (former && sameBytes(former.bytes, buffer, start, end)) {
      this.#name(id, former);
      return undefined;
    }
    const bytes = Buffer.from(buffer.subarray(start, end));
    if (!this.#filter(name.database, name.name)) {
      this.#keep(id, { name: key, bytes, map: undefined, asked: false });
      return undefined;
    }
    const raw = readTableMap(name, cursor);
    if ('table' in raw) {
      this.#keep(id, { name: key, bytes, map: raw, asked: false });
      return undefined;
    }
    if (!needsServer(raw, this.#mariadb)) {
      this.#keep(id, { name: key, bytes, map: compileTable(raw), asked: false });
      return undefined;
    }
    return this.#ask(raw, { id, key, bytes });
  }

  #ask(raw: RawTableMap, { id, key, bytes }: { id: number; key: string; bytes: Buffer }): Question {
    return {
      database: raw.database,
      name: raw.name,
      answer: (columns) => {
        this.#keep(id, { name: key, bytes, map: withServerColumns(raw, columns, this.#mariadb), asked: true });
      },
    };
  }

  #keep(id: number, known: KnownTable): void {
    this.#byName.set(known.name, known);
    this.#name(id, known);
  }

  #name(id: number, known: KnownTable): void {
    this.#byId.set(id, known);
    this.#named.set(id, known);
  }
}

/** Up to here a call into native code costs more than it saves. */
const SHORT = 64;

function sameBytes(known: Buffer, buffer: Buffer, start: number, end: number): boolean {
  if (known.length !== end - start) return false;
  if (known.length > SHORT) return known.compare(buffer, start, end) === 0;
  for (let i = 0; i < known.length; i++) if (known[i] !== buffer[start + i]) return false;
  return true;
}
