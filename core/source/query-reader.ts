import { Failure } from '../../coordination/failure.js';
import type { NamedTable, SchemaChange } from '../change.js';
import type { EventHeader, QueryEvent } from './binlog-event.js';
import { readQuery, statementAt } from './binlog-event.js';
import type { Work } from './binlog-reader.js';
import { compressedEvent } from './compressed-column.js';
import { ddlStatement } from './ddl-statement.js';
import { gtidText } from './gtid-event.js';
import type { OpenTransaction } from './position-tracker.js';
import { queryKind, xidOf } from './query-kind.js';
import { statementText } from './query-status.js';
import type { ReaderParts, RowsReader } from './rows-reader.js';
import type { HeldEvent, HeldTransaction } from './xa-hold.js';

export interface QueryActions {
  readonly rows: RowsReader;
  /** The open transaction, or the event alone, is committed; `seconds` since 1970. */
  readonly commit: (seconds: number) => void;
  /** Goes through the events of an XA transaction, then calls `done`. */
  readonly replay: (events: Iterable<HeldEvent>, bytes: number, done: () => void) => Work | undefined;
}

/** A QUERY event within its packet. */
export interface QueryBytes {
  readonly buffer: Buffer;
  readonly body: number;
  readonly end: number;
  /** MariaDB's log_bin_compress. */
  readonly compressed: boolean;
}

/** So much of a statement tells what it is. */
const TELLING = 4096;

/** Follows what statements in the binlog say: where transactions begin and end, XA, and changes of the schema. */
export class QueryReader {
  readonly #parts: ReaderParts;
  readonly #actions: QueryActions;
  readonly #inside = () => this.#parts.tracker.inside();

  constructor(parts: ReaderParts, actions: QueryActions) {
    this.#parts = parts;
    this.#actions = actions;
  }

  /** BEGIN. */
  begin(buffer: Buffer, body: number, header: EventHeader, offset: number): OpenTransaction {
    const { tracker } = this.#parts;
    const transaction = tracker.transaction ?? tracker.begin(offset, header.seconds * 1000, undefined);
    transaction.open = true;
    transaction.thread = buffer.readUInt32LE(body);
    return transaction;
  }

  /** @throws Failure, RangeError */
  query(bytes: QueryBytes, header: EventHeader, offset: number): Work | undefined {
    const { tracker } = this.#parts;
    const { transaction } = tracker;
    const query = read(bytes);
    switch (queryKind(query.sql.slice(0, TELLING))) {
      case 'begin':
        this.begin(bytes.buffer, bytes.body, header, offset);
        return undefined;
      case 'xa-begin':
        this.xaBegin(this.begin(bytes.buffer, bytes.body, header, offset), xidOf(query.sql), header);
        return undefined;
      case 'xa-commit':
      case 'xa-rollback':
        return this.#xaEnd(query, header, offset);
      case 'commit':
        this.#actions.commit(header.seconds);
        return undefined;
      case 'rollback':
      case 'rollback-to':
        this.#rollback(query.sql, header, offset);
        return undefined;
      case 'statement':
        if (transaction?.skip === Infinity) return undefined;
        throw new Failure('source-misconfigured', 'a statement instead of the rows that it changed', {
          place: tracker.at(offset),
          remedy:
            'SET PERSIST binlog_format = ROW (and in sessions that set it); then start the task behind the statements written before',
        });
      case 'other':
        this.#other(query, header, offset);
        return undefined;
      case 'inner':
        if (!transaction?.open) this.#actions.commit(header.seconds);
        return undefined;
    }
  }

  /** An XA transaction is prepared, or committed at once: one byte tells. */
  prepare(buffer: Buffer, body: number, end: number, header: EventHeader): Work | undefined {
    const { hold, tracker } = this.#parts;
    if (end < body + 13) throw new RangeError('an XA PREPARE shorter than its fields');
    const { seconds } = header;
    if (buffer[body] === 0) {
      hold.prepare();
      this.#actions.commit(seconds);
      return undefined;
    }
    const filled = hold.takeFilling();
    const finish = (): void => {
      filled?.close();
      this.#actions.commit(seconds);
    };
    if (filled && tracker.transaction?.skip !== Infinity) return this.#replay(filled, finish);
    finish();
    return undefined;
  }

  #rollback(sql: string, header: EventHeader, offset: number): void {
    const { tracker } = this.#parts;
    const { transaction } = tracker;
    if (transaction?.touched) {
      throw new Failure(
        'source-unreadable',
        'rows of replicated tables were rolled back after they were written to the binlog',
        { place: tracker.at(offset) },
      );
    }
    if (!transaction?.open || queryKind(sql.slice(0, TELLING)) === 'rollback') this.#actions.commit(header.seconds);
  }

  /** An XA transaction begins. */
  xaBegin(transaction: OpenTransaction, xid: string, header: EventHeader): void {
    const { tracker, hold } = this.#parts;
    const { gtid, offset, time } = transaction;
    const at = { xid, file: tracker.file, offset, ...(gtid ? { gtid: gtidText(gtid) } : {}) };
    hold.begin(at, header.serverId, time);
  }

  #xaEnd({ sql, thread }: QueryEvent, header: EventHeader, offset: number): Work | undefined {
    const { tracker, hold } = this.#parts;
    const xid = xidOf(sql);
    const { seconds } = header;
    const transaction = tracker.transaction ?? tracker.begin(offset, seconds * 1000, undefined);
    transaction.thread = thread;
    const held = hold.get(xid);
    const finish = (): void => {
      hold.settle(xid);
      this.#actions.commit(seconds);
    };
    if (held === undefined && transaction.skip !== Infinity && queryKind(sql) === 'xa-commit') {
      throw new Failure('source-unreadable', `XA COMMIT of ${xid}, which was prepared before the task began`, {
        place: tracker.at(offset),
        remedy: 'start the task before its XA PREPARE, or copy what it changed and start the task behind this place',
      });
    }
    if (typeof held === 'object' && transaction.skip !== Infinity && queryKind(sql) === 'xa-commit') {
      return this.#replay(held, finish);
    }
    finish();
    return undefined;
  }

  #replay(held: HeldTransaction, finish: () => void): Work | undefined {
    const { rows } = this.#actions;
    rows.file = held.at.file;
    this.#parts.tables.begin();
    return this.#actions.replay(held.events(), held.bytes, () => {
      rows.file = undefined;
      finish();
    });
  }

  /** DDL and administration: it commits by itself, or is a part of the open transaction (CREATE TABLE … SELECT, a temporary table). */
  #other(query: QueryEvent, header: EventHeader, offset: number): void {
    const { tracker } = this.#parts;
    const wasOpen = tracker.transaction?.open ?? false;
    const transaction = tracker.transaction ?? tracker.begin(offset, header.seconds * 1000, undefined);
    transaction.events++;
    if (transaction.events > transaction.skip) this.#schemaChange(query, header, offset);
    if (!wasOpen) this.#actions.commit(header.seconds);
  }

  #schemaChange(query: QueryEvent, header: EventHeader, offset: number): void {
    const { tracker, queue, tables, filter } = this.#parts;
    const ddl = ddlStatement(query.sql);
    if (ddl.kind === 'ignored') return;
    tables.forgetAnswers();
    const named: NamedTable[] = [];
    if (ddl.kind === 'schema') {
      for (const object of ddl.objects) {
        const database = object.database ?? query.schema;
        named.push({ database, name: object.name, before: tables.last(database, object.name)?.table });
      }
      // For a database the question is whether a table of any name would be replicated.
      if (!named.some(({ database, name }) => filter(database, name === '' ? '\0' : name))) return;
    }
    const transaction = tracker.transaction!;
    transaction.thread = query.thread;
    const place = this.#actions.rows.place(transaction, { offset, serverId: header.serverId }, 0);
    const change: SchemaChange = { kind: 'schema', place, statement: query.sql, database: query.schema, tables: named };
    queue.add(change, header.size, this.#inside);
  }
}

function read({ buffer, body, end, compressed }: QueryBytes): QueryEvent {
  const start = statementAt(buffer, body, end);
  const statement = compressed ? compressedEvent(buffer.subarray(start, end)) : buffer.subarray(start, end);
  return { ...readQuery(buffer, body, start), sql: statementText(buffer, body, start, statement) };
}
