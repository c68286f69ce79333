import { Cursor } from './cursor.js';

/** Event types that matter here, by the server's Log_event_type. */
export const EVENT = {
  query: 2,
  stop: 3,
  rotate: 4,
  formatDescription: 15,
  xid: 16,
  incident: 26,
  heartbeat: 27,
  tableMap: 19,
  gtid: 33,
  anonymousGtid: 34,
  previousGtids: 35,
  xaPrepare: 38,
  partialUpdateRows: 39,
  transactionPayload: 40,
  gtidTagged: 42,
} as const;

export const HEADER_BYTES = 19;
/** Made up by the server for this connection: its position is not one in the file. */
export const FLAG_ARTIFICIAL = 0x20;
/** A reader that does not know the type may leave the event out. */
export const FLAG_IGNORABLE = 0x80;

/** Fields of one event's 19-byte header. */
export interface EventHeader {
  /** Seconds since 1970, when the statement began. */
  readonly seconds: number;
  readonly type: number;
  readonly serverId: number;
  readonly size: number;
  /** Lower 32 bits of the offset behind the event. */
  readonly next: number;
  readonly flags: number;
}

export function readHeader(buffer: Buffer, start: number): EventHeader {
  return {
    seconds: buffer.readUInt32LE(start),
    type: buffer.readUInt8(start + 4),
    serverId: buffer.readUInt32LE(start + 5),
    size: buffer.readUInt32LE(start + 9),
    next: buffer.readUInt32LE(start + 13),
    flags: buffer.readUInt16LE(start + 17),
  };
}

/** One transaction's identity: `source` is a uuid, or `uuid:tag`. */
export interface GtidEvent {
  readonly source: string;
  readonly number: bigint;
  /** Microseconds since 1970 of the commit on this server; undefined before MySQL 8.0. */
  readonly committed: number | undefined;
}

let lastUuid: Buffer = Buffer.alloc(0);
let lastUuidText = '';

function uuidText(buffer: Buffer, at: number): string {
  if (lastUuid.length === 0 || lastUuid.compare(buffer, at, at + 16) !== 0) {
    lastUuid = Buffer.from(buffer.subarray(at, at + 16));
    lastUuidText = lastUuid.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  }
  return lastUuidText;
}

/** Reads a GTID or anonymous GTID event: flags, uuid, number, logical clock, commit timestamps. */
export function readGtid(buffer: Buffer, body: number, end: number): GtidEvent {
  const clock = body + 25;
  const committed = end >= clock + 24 && buffer.readUInt8(clock) === 2 ? microseconds(buffer, clock + 17) : undefined;
  return { source: uuidText(buffer, body + 1), number: buffer.readBigInt64LE(body + 17), committed };
}

/** 55 bits; the 56th says that the original source's timestamp follows. */
function microseconds(buffer: Buffer, at: number): number {
  return buffer.readUInt32LE(at) + (buffer.readUIntLE(at + 4, 3) & 0x7fffff) * 2 ** 32;
}

/**
 * Reads a GTID with a tag (MySQL 8.3), by the server's mysql::serialization: fields with ids in ascending order, all
 * integers of variable length.
 * @throws RangeError when it is of a version that this does not know
 */
export function readTaggedGtid(buffer: Buffer, body: number): GtidEvent {
  const cursor = new Cursor(buffer, body);
  if (variable(cursor) !== 1n) throw new RangeError('unknown serialization of a tagged GTID');
  const end = body + Number(variable(cursor));
  variable(cursor);
  let uuid = '';
  let number = 0n;
  let tag = '';
  let committed: number | undefined;
  let field = -1n;
  while (cursor.at < end && field < 6n) {
    field = variable(cursor);
    if (field === 1n) {
      uuid = Buffer.from(Array.from({ length: 16 }, () => Number(variable(cursor)))).toString('hex');
    } else if (field === 2n || field === 4n || field === 5n) {
      const value = signed(variable(cursor));
      if (field === 2n) number = value;
    } else if (field === 3n) {
      tag = cursor.text(Number(variable(cursor)));
    } else if (field === 0n || field === 6n) {
      const value = variable(cursor);
      if (field === 6n) committed = Number(value);
    } else {
      throw new RangeError(`unknown field ${field} in a tagged GTID`);
    }
  }
  if (uuid.length !== 32 || number <= 0n) throw new RangeError('a tagged GTID without source or number');
  const source = uuid.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return { source: tag === '' ? source : `${source}:${tag}`, number, committed };
}

/** As many further bytes as the first has one-bits at its lower end; the value's lower bits follow these in the first byte. */
function variable(cursor: Cursor): bigint {
  const first = cursor.uint(1);
  let extra = 0;
  while (extra < 8 && ((first >> extra) & 1) === 1) extra++;
  let rest = 0n;
  for (let i = 0; i < extra; i++) rest |= BigInt(cursor.uint(1)) << BigInt(8 * i);
  if (extra === 8) return rest;
  return BigInt(first >> (extra + 1)) | (rest << BigInt(7 - extra));
}

function signed(value: bigint): bigint {
  return (value & 1n) === 1n ? -(value >> 1n) - 1n : value >> 1n;
}

export interface QueryEvent {
  readonly thread: number;
  readonly schema: string;
  /** The first 4096 bytes of the statement, enough to tell what it is. */
  readonly sql: string;
}

/** Reads a QUERY event: thread, time, schema length, error, length of the status variables, these, schema, 0, statement. */
export function readQuery(buffer: Buffer, body: number, end: number): QueryEvent {
  const schemaStart = body + 13 + buffer.readUInt16LE(body + 11);
  const schemaEnd = schemaStart + buffer.readUInt8(body + 8);
  return {
    thread: buffer.readUInt32LE(body),
    schema: buffer.toString('utf8', schemaStart, schemaEnd),
    sql: buffer.toString('utf8', schemaEnd + 1, Math.min(end, schemaEnd + 1 + 4096)),
  };
}

/** Reads the GTID set at the start of a binlog file into `add(source, from, to)`. @throws RangeError for an unknown form */
export function readPreviousGtids(
  buffer: Buffer,
  body: number,
  add: (source: string, from: bigint, to: bigint) => void,
): void {
  const head = buffer.readBigUInt64LE(body);
  const form = head >> 56n;
  if (form > 1n) throw new RangeError('unknown form of a GTID set');
  const tagged = form === 1n;
  const sources = Number(tagged ? (head >> 8n) & 0xffffffffffffn : head);
  const cursor = new Cursor(buffer, body + 8);
  for (let i = 0; i < sources; i++) {
    const uuid = uuidText(buffer, cursor.at);
    cursor.at += 16;
    const tag = tagged ? cursor.text(Number(variable(cursor))) : '';
    const source = tag === '' ? uuid : `${uuid}:${tag}`;
    for (let count = cursor.uint(4) + cursor.uint(4) * 2 ** 32; count > 0; count--) {
      add(source, buffer.readBigUInt64LE(cursor.at), buffer.readBigUInt64LE(cursor.at + 8) - 1n);
      cursor.at += 16;
    }
  }
}
