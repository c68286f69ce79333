import { Cursor } from './cursor.js';

/** One transaction's identity, and what the source says of it besides. */
export interface GtidEvent {
  /** A uuid, `uuid:tag`, or MariaDB's `domain-server`; empty for a transaction without identity. */
  readonly source: string;
  /** bigint beyond 2^53. */
  readonly number: number | bigint;
  readonly lastCommitted: number | undefined;
  readonly sequenceNumber: number | undefined;
  /** Microseconds since 1970 of the commit on this server; undefined before MySQL 8.0. */
  readonly committed: number | undefined;
  readonly firstCommitted: number | undefined;
  /** Bytes of the transaction with this event. */
  readonly bytes: number | undefined;
}

/** The text by which a GTID is known. MariaDB's has a dash where MySQL's has a colon. */
export function gtidText({ source, number }: GtidEvent): string {
  return `${source}${source.length < 32 ? '-' : ':'}${number}`;
}

let lastUuid: Buffer = Buffer.alloc(0);
let lastUuidText = '';

export function uuidText(buffer: Buffer, at: number): string {
  for (let i = 0; i < 16; i++) if (lastUuid[i] !== buffer[at + i]) return newUuid(buffer, at);
  return lastUuidText;
}

function newUuid(buffer: Buffer, at: number): string {
  if (at + 16 > buffer.length) throw new RangeError('a uuid that goes on beyond the end of its event');
  lastUuid = Buffer.from(buffer.subarray(at, at + 16));
  lastUuidText = dashed(lastUuid.toString('hex'));
  return lastUuidText;
}

function dashed(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/**
 * Reads a GTID or anonymous GTID event: flags, uuid, number, and from MySQL 5.7 on the logical clock (a 2, lastCommitted, sequenceNumber), from 8.0 on
 * the commit timestamps and the transaction's length.
 * @throws RangeError when it is shorter than that
 */
export function readGtid(buffer: Buffer, body: number, end: number): GtidEvent {
  if (end < body + 25) throw new RangeError('a GTID event shorter than a GTID');
  const source = uuidText(buffer, body + 1);
  const number = int64(buffer, body + 17);
  const clock = body + 25;
  if (end < clock + 17 || buffer[clock] !== 2) return { source, number, ...NO_CLOCK };
  const lastCommitted = Number(int64(buffer, clock + 1));
  const sequenceNumber = Number(int64(buffer, clock + 9));
  if (end < clock + 24) return { ...NO_CLOCK, source, number, lastCommitted, sequenceNumber };
  const committed = micros(buffer, clock + 17);
  let at = clock + 24;
  let firstCommitted = committed;
  // The highest of the 56 bits says that the first server's timestamp follows.
  if ((buffer[at - 1]! & 0x80) !== 0) {
    if (end < at + 7) throw new RangeError('a GTID event shorter than its timestamps');
    firstCommitted = micros(buffer, at);
    at += 7;
  }
  const bytes = at < end ? new Cursor(buffer, at, end).lengthEncoded() : undefined;
  return { source, number, lastCommitted, sequenceNumber, committed, firstCommitted, bytes };
}

const NO_CLOCK = {
  lastCommitted: undefined,
  sequenceNumber: undefined,
  committed: undefined,
  firstCommitted: undefined,
  bytes: undefined,
} as const;

function int64(buffer: Buffer, at: number): number | bigint {
  const value = buffer.readInt32LE(at + 4) * 2 ** 32 + buffer.readUInt32LE(at);
  return Number.isSafeInteger(value) ? value : buffer.readBigInt64LE(at);
}

function micros(buffer: Buffer, at: number): number {
  return buffer.readUInt32LE(at) + (buffer.readUIntLE(at + 4, 3) & 0x7fffff) * 2 ** 32;
}

/**
 * Reads a GTID with a tag (MySQL 8.3), by the server's mysql::serialization: fields with ids in ascending order, all
 * integers of variable length.
 * @throws RangeError when it is of a version that this does not know
 */
export function readTaggedGtid(buffer: Buffer, body: number, end: number): GtidEvent {
  const cursor = new Cursor(buffer, body, end);
  if (variable(cursor) !== 1n) throw new RangeError('unknown serialization of a tagged GTID');
  const last = body + Number(variable(cursor));
  if (last > end) throw new RangeError('a tagged GTID longer than its event');
  variable(cursor);
  let uuid = '';
  let number = 0n;
  let tag = '';
  const clock: { -readonly [K in keyof typeof NO_CLOCK]: number | undefined } = { ...NO_CLOCK };
  while (cursor.at < last) {
    const field = Number(variable(cursor));
    switch (field) {
      case 1:
        uuid = Buffer.from(Array.from({ length: 16 }, () => Number(variable(cursor)))).toString('hex');
        break;
      case 2:
        number = signed(variable(cursor));
        break;
      case 3:
        tag = cursor.text(Number(variable(cursor)));
        break;
      case 4:
        clock.lastCommitted = Number(signed(variable(cursor)));
        break;
      case 5:
        clock.sequenceNumber = Number(signed(variable(cursor)));
        break;
      case 6:
        clock.committed = Number(variable(cursor));
        break;
      case 7:
        clock.firstCommitted = Number(variable(cursor));
        break;
      case 8:
        clock.bytes = Number(variable(cursor));
        break;
      // Flags (0), versions of the servers (9, 10), the ticket of the commit group (11).
      default:
        if (field > 11) throw new RangeError(`unknown field ${field} in a tagged GTID`);
        variable(cursor);
    }
  }
  if (uuid.length !== 32 || number <= 0n) throw new RangeError('a tagged GTID without source or number');
  clock.firstCommitted ??= clock.committed;
  const source = tag === '' ? dashed(uuid) : `${dashed(uuid)}:${tag}`;
  return { source, number: number <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(number) : number, ...clock };
}

/** As many further bytes as the first has one-bits at its lower end; the value's lower bits follow these in the first byte. */
export function variable(cursor: Cursor): bigint {
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

/** Reads the GTID set at the start of a binlog file into `add(source, from, to)`. @throws RangeError for an unknown form */
export function readPreviousGtids(cursor: Cursor, add: (source: string, from: bigint, to: bigint) => void): void {
  const low = cursor.uint(6);
  const high = cursor.uint(2);
  const form = high >> 8;
  if (form > 1) throw new RangeError('unknown form of a GTID set');
  // A tagged set has a byte of form at both ends of the number.
  const tagged = form === 1;
  const sources = tagged ? Math.floor(low / 256) + (high & 0xff) * 2 ** 40 : low;
  for (let i = 0; i < sources; i++) {
    const uuid = uuidText(cursor.buffer, cursor.at);
    cursor.skip(16);
    const tag = tagged ? cursor.text(Number(variable(cursor))) : '';
    const source = tag === '' ? uuid : `${uuid}:${tag}`;
    for (let count = cursor.uint(4) + cursor.uint(4) * 2 ** 32; count > 0; count--) {
      const { buffer, at } = cursor;
      cursor.skip(16);
      add(source, buffer.readBigUInt64LE(at), buffer.readBigUInt64LE(at + 8) - 1n);
    }
  }
}

/** MariaDB's flags of a GTID event. */
const STANDALONE = 1;
const GROUP_COMMIT = 2;
const PREPARED_XA = 64;

export interface MariadbGtidEvent extends GtidEvent {
  /** It is a single statement, without BEGIN and COMMIT around it. */
  readonly standalone: boolean;
  /** The XA transaction that begins, as XA statements name it. */
  readonly preparing: string | undefined;
}

/** Reads MariaDB's GTID event, which also stands for the BEGIN of a transaction. The server is the one of its header. */
export function readMariadbGtid(cursor: Cursor, serverId: number): MariadbGtidEvent {
  const at = cursor.at;
  cursor.skip(13);
  const number = int64(cursor.buffer, at);
  const domain = cursor.buffer.readUInt32LE(at + 8);
  const flags = cursor.buffer.readUInt8(at + 12);
  // Transactions of one commit group have one id, and may run at the same time.
  if ((flags & GROUP_COMMIT) !== 0) cursor.skip(8);
  return {
    source: `${domain}-${serverId}`,
    number,
    ...NO_CLOCK,
    standalone: (flags & STANDALONE) !== 0,
    preparing: (flags & PREPARED_XA) !== 0 ? readXid(cursor) : undefined,
  };
}

/** Format, the lengths of the two parts, and these. */
function readXid(cursor: Cursor): string {
  const format = cursor.uint(4);
  const global = cursor.uint(1);
  const branch = cursor.uint(1);
  const hex = (length: number): string => cursor.bytes(length).toString('hex');
  return `X'${hex(global)}',X'${hex(branch)}',${format}`;
}

/** Reads the last GTIDs of each domain at the start of a MariaDB binlog file. */
export function readGtidList(cursor: Cursor, add: (domain: number, serverId: number, number: bigint) => void): void {
  for (let count = cursor.uint(4) & 0x0fffffff; count > 0; count--) {
    const { buffer, at } = cursor;
    cursor.skip(16);
    add(buffer.readUInt32LE(at), buffer.readUInt32LE(at + 4), buffer.readBigUInt64LE(at + 8));
  }
}
