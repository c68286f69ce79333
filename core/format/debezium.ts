import type { Change, Place, Row, Table } from '../change.js';
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

const NEW_KEY = '__debezium.newkey';
const OLD_KEY = '__debezium.oldkey';

/**
 * Changes as Debezium's MySQL connector writes them with the JSON converter and `schemas.enable=false`; the differences are
 * listed in docs/debezium-format.md. Everything that is the same for a table or for a rows event is made once for it.
 */
export function createDebeziumFormat(options: DebeziumOptions): DebeziumFormat {
  const tables = new WeakMap<Table, RowJson>();
  const sourceStart = `"source":{"version":${jsonString(options.version ?? 'mysql-replicator')},"connector":"mysql","name":${jsonString(options.task)},`;
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
      const json = tableJson(change.table);
      const source = `,${sourceStart}${placeJson(change.place, json)},"row":`;
      const end = `,"thread":${change.place.thread ?? 'null'},"query":null},"transaction":null,"op":"`;
      const envelope: Envelope = { json, output, source, end, time, tombstones: options.tombstones };
      switch (change.kind) {
        case 'insert':
          for (let i = 0; i < change.rows.length; i++)
            insert(envelope, i, change.rows[i]!, keyOf(json, change.rows[i]!));
          break;
        case 'delete':
          for (let i = 0; i < change.rows.length; i++)
            remove(envelope, i, change.rows[i]!, keyOf(json, change.rows[i]!));
          break;
        case 'update':
          for (let i = 0; i < change.rows.length; i++) update(envelope, i, change.before[i]!, change.rows[i]!);
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

function keyOf(json: RowJson, row: Row): string | null {
  return json.key ? json.key(row) : null;
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

function update(to: Envelope, i: number, before: Row, row: Row): void {
  const { json } = to;
  const key = keyOf(json, row);
  const oldKey = key === null || sameKey(json.keyColumns, before, row) ? key : keyOf(json, before);
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

function placeJson(place: Place, json: RowJson): string {
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
