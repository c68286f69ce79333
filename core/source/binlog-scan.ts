import { randomUUID } from 'node:crypto';
import { EVENT, FLAG_ARTIFICIAL, HEADER_BYTES, readGtid, readHeader, readTaggedGtid } from './binlog-event.js';
import type { MysqlTarget } from './mysql-connection.js';
import { replicaIdentity } from './replica-identity.js';
import { BinlogStream } from './zongji-stream.js';

/** Where a transaction begins in a file, and when it was committed there. */
export interface FoundTransaction {
  readonly offset: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** What a look into one binlog file gave. */
export interface Scanned {
  /** When the file was begun, ms since 1970. */
  readonly began: number | undefined;
  /** The first transaction that `wanted` took. */
  readonly found: FoundTransaction | undefined;
}

/** An idle server says so after this: then the file has no more. */
const END_OF_LOG_MS = 300;

/**
 * Reads one binlog file from an offset until `wanted` takes a transaction, or to its end; only headers and GTID events are looked at, so that
 * it costs little more than the transfer. The connection is one of its own with an identity of its own: it disturbs no task that reads.
 * @param wanted absent: only when the file was begun is asked for
 * @throws Failure, or the signal's reason
 */
export async function scanBinlog(
  target: MysqlTarget,
  place: { readonly file: string; readonly offset: number },
  wanted: ((transaction: FoundTransaction) => boolean) | undefined,
  signal: AbortSignal,
): Promise<Scanned> {
  signal.throwIfAborted();
  let began: number | undefined;
  let offset = place.offset;
  let inFile = false;
  let settle!: (scanned: Scanned) => void;
  let fail!: (reason: unknown) => void;
  const scanned = new Promise<Scanned>((resolve, reject) => ([settle, fail] = [resolve, reject]));
  const stream = new BinlogStream({
    target,
    identity: replicaIdentity(`looking/${randomUUID()}`, undefined),
    start: place,
    heartbeatMs: END_OF_LOG_MS,
    onFailure: fail,
    onEvent: (buffer, start, end) => {
      const { type, size, seconds, flags } = readHeader(buffer, start);
      if (type === EVENT.heartbeat) return settle({ began, found: undefined });
      if (type === EVENT.rotate) {
        // The first one only says which file begins; the next ends it.
        if (inFile) return settle({ began, found: undefined });
        inFile = true;
        return;
      }
      if (type === EVENT.formatDescription) {
        began = seconds * 1000;
        // One that is sent in the middle of a file stands at its beginning.
        if (place.offset === 4) offset += size;
        if (wanted === undefined) settle({ began, found: undefined });
        return;
      }
      if ((flags & FLAG_ARTIFICIAL) !== 0) return;
      if (type === EVENT.gtid || type === EVENT.anonymousGtid || type === EVENT.gtidTagged) {
        const body = start + HEADER_BYTES;
        const gtid = type === EVENT.gtidTagged ? readTaggedGtid(buffer, body) : readGtid(buffer, body, end);
        const at = gtid.committed === undefined ? seconds * 1000 : Math.floor(gtid.committed / 1000);
        if (wanted?.({ offset, at }) === true) return settle({ began, found: { offset, at } });
      }
      offset += size;
    },
  });
  const abort = (): void => fail(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await scanned;
  } finally {
    signal.removeEventListener('abort', abort);
    await stream.close();
  }
}
