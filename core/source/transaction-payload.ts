import { HEADER_BYTES } from './binlog-event.js';
import { Cursor } from './cursor.js';
import { zstdPieces } from './zstd-pieces.js';

const PAYLOAD_SIZE = 1;
const COMPRESSION = 2;
const UNCOMPRESSED_SIZE = 3;
const ZSTD = 0;
const NONE = 255;

export interface TransactionPayload {
  /** Bytes of the events when they are out of it. */
  readonly bytes: number;
  /** The events, one at a time and whole, without checksums; each is good until the next is asked for. */
  readonly events: Generator<Buffer>;
}

/**
 * Reads a TRANSACTION_PAYLOAD event: fields of type, length and value up to a 0, then the compressed events. What it gives is made as it is asked
 * for; `body` is kept until then and must not be reused.
 * @throws RangeError when it is of a form or compression that this does not know
 */
export function readTransactionPayload(body: Buffer): TransactionPayload {
  const cursor = new Cursor(body, 0);
  const fields = new Map<number, number>();
  for (let type = cursor.lengthEncoded(); type !== 0; type = cursor.lengthEncoded()) {
    const length = cursor.lengthEncoded();
    const end = cursor.at + length;
    fields.set(type, cursor.lengthEncoded());
    cursor.at = end;
  }
  const compression = fields.get(COMPRESSION);
  const size = fields.get(PAYLOAD_SIZE);
  if (size === undefined || size !== body.length - cursor.at)
    throw new RangeError('a payload of another size than stated');
  const payload = body.subarray(cursor.at);
  if (compression === NONE) return { bytes: payload.length, events: events([payload]) };
  if (compression !== ZSTD)
    throw new RangeError(`unknown compression ${compression ?? '(none named)'} of a transaction`);
  return { bytes: fields.get(UNCOMPRESSED_SIZE) ?? Infinity, events: events(zstdPieces(payload)) };
}

/** Cuts a stream of bytes into events, by the size in each header. */
function* events(pieces: Iterable<Buffer>): Generator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let needed = HEADER_BYTES;
  for (const piece of pieces) {
    waiting.push(piece);
    waitingBytes += piece.length;
    if (waitingBytes < needed) continue;
    rest = waiting.length === 1 ? waiting[0]! : Buffer.concat(waiting);
    let at = 0;
    for (needed = eventSize(rest, at); at + needed <= rest.length; needed = eventSize(rest, at)) {
      yield rest.subarray(at, at + needed);
      at += needed;
    }
    waiting = [rest.subarray(at)];
    waitingBytes = rest.length - at;
  }
  if (waitingBytes > 0) throw new RangeError('a compressed transaction ends within an event');
}

/** Bytes that the next event needs, as far as that is known. */
function eventSize(buffer: Buffer, at: number): number {
  if (at + HEADER_BYTES > buffer.length) return HEADER_BYTES;
  const size = buffer.readUInt32LE(at + 9);
  if (size < HEADER_BYTES) throw new RangeError('an event shorter than its header');
  return size;
}
