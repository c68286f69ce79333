import { Failure } from '../../coordination/failure.js';
import type { Change, Place, Row, RowChange, SchemaChange, Table } from '../change.js';
import { DebeziumImages } from './debezium-images.js';
import { jsonString } from './json-string.js';
import type { RecordOutput } from './record-output.js';
import { rowJson, type RowJson } from './row-json.js';

export interface DebeziumOptions {
  /** Name of the task: Debezium's logical server name. */
  readonly task: string;
  /** Whether a delete is followed by a record without value. */
  readonly tombstones: boolean;
  /** What `source.version` says. */
  readonly version?: string | undefined;
}

export interface DebeziumFormat {
  /** Takes the time that the records of the following changes bear as `ts_ms`, `ts_us` and `ts_ns`. */
  at(millis: number): void;
  /** Writes the change's records, row by row. */
  encode(change: Change, output: RecordOutput): void;
}

const OPERATIONS = { insert: 'c', update: 'u', delete: 'd' } as const;
const NEW_KEY = '__debezium.newkey';
const OLD_KEY = '__debezium.oldkey';

/**
 * Changes as Debezium's MySQL connector writes them with the JSON converter and `schemas.enable=false`; the differences are
 * listed in docs/debezium-format.md. Everything that is the same for a table or for a rows event is made once for it.
 */
export function createDebeziumFormat(options: DebeziumOptions): DebeziumFormat {
  const tables = new WeakMap<Table, RowJson>();
  const sourceStart = `"source":{"version":${jsonString(options.version ?? 'mysql-replicator')},"connector":"mysql","name":${jsonString(options.task)},`;
  const images = new DebeziumImages(options.tombstones);
  let time = timeJson(0);

  const tableJson = (table: Table): RowJson => {
    let json = tables.get(table);
    if (!json) tables.set(table, (json = rowJson(table)));
    return json;
  };

  return {
    at(millis) {
      time = timeJson(millis);
    },
    encode(change, output) {
      if (change.kind === 'schema') {
        schemaRecord(change, output, { sourceStart, time });
        return;
      }
      const json = tableJson(change.table);
      const source = `,${sourceStart}${placeJson(change.place, json)},"row":`;
      const end = `,"thread":${change.place.thread ?? 'null'},"query":null},"transaction":null,"op":"`;
      if (change.images) {
        const event = { source, end: `${end}${OPERATIONS[change.kind]}"${time}` };
        if (images.encode(change, change.images, event, output)) return;
      }
      const first = change.place.firstRow ?? 0;
      const envelope: Envelope = { json, output, source, end, time, tombstones: options.tombstones };
      switch (change.kind) {
        case 'insert':
          for (let i = 0; i < change.rows.length; i++)
            insert(envelope, first + i, change.rows[i]!, keyOf(json, change.rows[i]!, change));
          break;
        case 'delete':
          for (let i = 0; i < change.rows.length; i++)
            remove(envelope, first + i, change.rows[i]!, keyOf(json, change.rows[i]!, change));
          break;
        case 'update':
          for (let i = 0; i < change.rows.length; i++)
            update(envelope, first + i, { before: change.before[i]!, row: change.rows[i]!, change });
          break;
      }
    },
  };
}

/** All that the records of one rows event share. */
interface Envelope {
  readonly json: RowJson;
  readonly output: RecordOutput;
  /** From the images to the row's index, and from there to the operation's letter. */
  readonly source: string;
  readonly end: string;
  readonly time: string;
  readonly tombstones: boolean;
}

function keyOf(json: RowJson, row: Row, { place, table }: RowChange): string | null {
  if (!json.key) return null;
  for (const i of json.keyColumns) {
    if (row[i] !== undefined) continue;
    throw new Failure('source-misconfigured', 'a row without its primary key, because binlog_row_image is not FULL', {
      place: `${place.file}:${place.offset} ${table.database}.${table.name}`,
      remedy:
        'SET PERSIST binlog_row_image = FULL (and in sessions that set it); then start the task behind the rows written before',
    });
  }
  return json.key(row);
}

function insert(to: Envelope, i: number, row: Row, key: string | null, oldKey?: string): void {
  const value = `{"before":null,"after":${to.json.row(row)}${to.source}${i}${to.end}c"${to.time}`;
  if (oldKey === undefined) to.output.record(i, key, value);
  else to.output.record(i, key, value, { name: OLD_KEY, value: oldKey });
}

function remove(to: Envelope, i: number, row: Row, key: string | null, newKey?: string): void {
  const value = `{"before":${to.json.row(row)},"after":null${to.source}${i}${to.end}d"${to.time}`;
  if (newKey === undefined) to.output.record(i, key, value);
  else to.output.record(i, key, value, { name: NEW_KEY, value: newKey });
  // Without a key there is nothing that a compacted topic could forget, and such a topic refuses the record.
  if (to.tombstones && key !== null) to.output.record(i, key, null);
}

function update(to: Envelope, i: number, images: { before: Row; row: Row; change: RowChange }): void {
  const { json } = to;
  const { before, row, change } = images;
  const key = keyOf(json, row, change);
  const oldKey = key === null || sameKey(json.keyColumns, before, row) ? key : keyOf(json, before, change);
  if (key !== null && oldKey !== null && oldKey !== key) {
    remove(to, i, before, oldKey, key);
    insert(to, i, row, key, oldKey);
    return;
  }
  const value = `{"before":${json.row(before)},"after":${json.row(row)}${to.source}${i}${to.end}u"${to.time}`;
  to.output.record(i, key, value);
}

/** Cheaper than two texts where it holds; bytes are left to the comparison of the texts. */
function sameKey(columns: readonly number[], a: Row, b: Row): boolean {
  for (const i of columns) if (a[i] !== b[i]) return false;
  return true;
}

/** Debezium's schema change record, without `tableChanges`: the definition stands with no statement, but in each row. */
function schemaRecord(change: SchemaChange, output: RecordOutput, parts: { sourceStart: string; time: string }): void {
  const { place, statement, tables } = change;
  const database = jsonString(tables[0]?.database ?? change.database);
  const names = {
    database,
    table: jsonString(tables.flatMap(({ name }) => (name === '' ? [] : [name])).join(',')),
  };
  const source = `{${parts.sourceStart}${placeJson(place, names)},"row":0,"thread":${place.thread ?? 'null'},"query":null}`;
  const value = `${source}${parts.time.slice(0, -1)},"databaseName":${database},"schemaName":null,"ddl":${jsonString(statement)},"tableChanges":[]}`;
  output.record(place.firstRow ?? 0, `{"databaseName":${database}}`, value);
}

function placeJson(place: Place, json: { readonly database: string; readonly table: string }): string {
  const micros = Math.round(place.time * 1000);
  const millis = Math.floor(micros / 1000);
  return (
    `"ts_ms":${millis},"ts_us":${micros},"ts_ns":${nanos(micros)},"snapshot":"false","db":${json.database},` +
    `"sequence":null,"table":${json.table},"server_id":${place.serverId},` +
    `"gtid":${place.gtid === undefined ? 'null' : jsonString(place.gtid)},"file":${jsonString(place.file)},"pos":${place.offset}`
  );
}

function timeJson(millis: number): string {
  const micros = millis * 1000;
  return `,"ts_ms":${millis},"ts_us":${micros},"ts_ns":${nanos(micros)}}`;
}

/** Nanoseconds are past what a number holds exactly. */
function nanos(micros: number): string {
  return micros === 0 ? '0' : `${micros}000`;
}
