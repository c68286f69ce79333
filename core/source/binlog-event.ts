import { Cursor } from './cursor.js';

/** Event types that matter here, by the server's Log_event_type; those from 160 on are MariaDB's. */
export const EVENT = {
  query: 2,
  stop: 3,
  rotate: 4,
  formatDescription: 15,
  xid: 16,
  tableMap: 19,
  incident: 26,
  heartbeat: 27,
  gtid: 33,
  anonymousGtid: 34,
  previousGtids: 35,
  xaPrepare: 38,
  partialUpdateRows: 39,
  transactionPayload: 40,
  heartbeat2: 41,
  gtidTagged: 42,
  mariadbGtid: 162,
  mariadbGtidList: 163,
  startEncryption: 164,
  queryCompressed: 165,
} as const;

export const HEADER_BYTES = 19;
/** Made up by the server for this connection: its position is not one in the file. */
export const FLAG_ARTIFICIAL = 0x20;
/** A reader that does not know the type may leave the event out. */
export const FLAG_IGNORABLE = 0x80;

/** Fields of one event's 19-byte header. One object serves a whole stream. */
export interface EventHeader {
  /** Seconds since 1970, when the statement began. */
  seconds: number;
  type: number;
  serverId: number;
  size: number;
  /** Lower 32 bits of the offset behind the event. */
  next: number;
  flags: number;
}

/** Fills in the header of the event at `start`, of which at least the header must be there. */
export function readHeader(buffer: Buffer, start: number, header: EventHeader): void {
  header.seconds = buffer.readUInt32LE(start);
  header.type = buffer[start + 4]!;
  header.serverId = buffer.readUInt32LE(start + 5);
  header.size = buffer.readUInt32LE(start + 9);
  header.next = buffer.readUInt32LE(start + 13);
  header.flags = buffer.readUInt16LE(start + 17);
}

export interface QueryEvent {
  readonly thread: number;
  readonly schema: string;
  readonly sql: string;
}

/** BEGIN, as the server writes it before nearly every transaction. */
const BEGIN = [0x42, 0x45, 0x47, 0x49, 0x4e];

/** Whether the statement of a QUERY event is BEGIN, told without making a text of it. */
export function isBegin(buffer: Buffer, body: number, end: number): boolean {
  const start = end - BEGIN.length;
  if (start !== statementStart(buffer, body)) return false;
  for (let i = 0; i < BEGIN.length; i++) if (buffer[start + i] !== BEGIN[i]) return false;
  return true;
}

/** A QUERY event: thread, time, schema length, error, length of the status variables, these, schema, 0, statement. */
function statementStart(buffer: Buffer, body: number): number {
  return body + 14 + (buffer[body + 11]! | (buffer[body + 12]! << 8)) + buffer[body + 8]!;
}

/** @throws RangeError when the event is shorter than its fields */
export function readQuery(buffer: Buffer, body: number, end: number): QueryEvent {
  if (body + 14 > end) throw new RangeError('a QUERY event shorter than its fields');
  const start = statementStart(buffer, body);
  if (start > end) throw new RangeError('a QUERY event shorter than its fields');
  return {
    thread: buffer.readUInt32LE(body),
    schema: buffer.toString('utf8', start - 1 - buffer[body + 8]!, start - 1),
    sql: buffer.toString('utf8', start, end),
  };
}

/** A QUERY event's bytes up to its statement, which MariaDB leaves uncompressed. @throws RangeError */
export function statementAt(buffer: Buffer, body: number, end: number): number {
  const start = statementStart(buffer, body);
  if (body + 14 > end || start > end) throw new RangeError('a QUERY event shorter than its fields');
  return start;
}

export interface Heartbeat {
  readonly file: string;
  /** Offset behind the last event, or its lower 32 bits. */
  readonly next: number;
}

/** Reads a heartbeat of the second version: fields of type, length and value. @throws RangeError */
export function readHeartbeat2(buffer: Buffer, body: number, end: number): Heartbeat {
  let file = '';
  let next = 0;
  const cursor = new Cursor(buffer, body, end);
  while (cursor.at < end) {
    const type = cursor.lengthEncoded();
    if (type === 0) break;
    const length = cursor.lengthEncoded();
    const last = cursor.at + length;
    if (type === 1) file = cursor.text(length);
    else if (type === 2) next = cursor.lengthEncoded();
    cursor.at = last;
  }
  return { file, next };
}

/** Reads what an INCIDENT event says: a number (1: lost events) and the server's words. */
export function readIncident(buffer: Buffer, body: number, end: number): string {
  const cursor = new Cursor(buffer, body, end);
  const number = cursor.uint(2);
  const words = cursor.at < end ? cursor.text(cursor.uint(1)) : '';
  return `${number === 1 ? 'LOST_EVENTS' : `number ${number}`}${words === '' ? '' : `, “${words}”`}`;
}
