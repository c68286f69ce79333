import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PreparedXa } from '../../coordination/position.js';

/** Prepared transactions take at most so much memory together; what comes on top goes to disk. */
const MEMORY_BYTES = 8 * 2 ** 20;
/** Place of the event and its size, in front of each event on disk. */
const FRAME_BYTES = 12;

export interface HeldEvent {
  readonly offset: number;
  /** Whole, without checksum. */
  readonly event: Buffer;
}

/** The events of one XA transaction that name or hold rows of the task's tables, until it is known what becomes of them. */
export class HeldTransaction {
  readonly at: PreparedXa;
  readonly serverId: number;
  /** Milliseconds since 1970 of the prepare. */
  readonly time: number;
  readonly #events: HeldEvent[] = [];
  #disk: number | undefined;
  #diskBytes = 0;
  memory = 0;

  constructor(at: PreparedXa, serverId: number, time: number) {
    this.at = at;
    this.serverId = serverId;
    this.time = time;
  }

  get empty(): boolean {
    return this.#events.length === 0 && this.#diskBytes === 0;
  }

  /** Of all its events. */
  get bytes(): number {
    return this.memory + this.#diskBytes;
  }

  /** @param mayStay whether there is still memory for it; once something is on disk all that follows goes there */
  add(held: HeldEvent, mayStay: boolean): void {
    if (mayStay && this.#disk === undefined) {
      this.#events.push({ offset: held.offset, event: Buffer.from(held.event) });
      this.memory += held.event.length;
      return;
    }
    this.#disk ??= openUnnamed();
    const frame = Buffer.alloc(FRAME_BYTES);
    frame.writeBigUInt64LE(BigInt(held.offset), 0);
    frame.writeUInt32LE(held.event.length, 8);
    for (const bytes of [frame, held.event]) {
      for (let done = 0; done < bytes.length;) {
        done += writeSync(this.#disk, bytes, done, bytes.length - done, this.#diskBytes + done);
      }
      this.#diskBytes += bytes.length;
    }
  }

  /** All of it in order, one at a time. */
  *events(): Generator<HeldEvent> {
    yield* this.#events;
    for (let at = 0; at < this.#diskBytes;) {
      const frame = this.#read(at, FRAME_BYTES);
      const size = frame.readUInt32LE(8);
      yield { offset: Number(frame.readBigUInt64LE(0)), event: this.#read(at + FRAME_BYTES, size) };
      at += FRAME_BYTES + size;
    }
  }

  close(): void {
    if (this.#disk !== undefined) closeSync(this.#disk);
    this.#disk = undefined;
    this.#diskBytes = 0;
    this.#events.length = 0;
    this.memory = 0;
  }

  #read(at: number, size: number): Buffer {
    const bytes = Buffer.alloc(size);
    for (let done = 0; done < size;) {
      const count = readSync(this.#disk!, bytes, done, size - done, at + done);
      if (count === 0) throw new RangeError('what was kept of an XA transaction is gone from the disk');
      done += count;
    }
    return bytes;
  }
}

/** A file that is gone as soon as it is closed, however this process ends. */
function openUnnamed(): number {
  const folder = mkdtempSync(join(tmpdir(), 'mysql-replicator-xa-'));
  const file = openSync(join(folder, 'events'), 'wx+', 0o600);
  rmSync(folder, { recursive: true });
  return file;
}

/**
 * Prepared XA transactions by their xid. Their rows are in the binlog before anybody knows whether they will be committed; here they wait for
 * XA COMMIT, which brings them, or XA ROLLBACK, which drops them. What of it belongs into a position says `prepared`.
 */
export class XaHold {
  readonly #held = new Map<string, HeldTransaction>();
  /** Prepared before the reading began: those with rows are to be read again before anything else. */
  readonly #earlier = new Map<string, PreparedXa>();
  #filling: HeldTransaction | undefined;
  #prepared: readonly PreparedXa[] | undefined;

  constructor(earlier: readonly PreparedXa[]) {
    for (const prepared of earlier) this.#earlier.set(prepared.xid, prepared);
  }

  /** An XA transaction begins; what `add` takes from now on is its. */
  begin(at: PreparedXa, serverId: number, time: number): void {
    this.#filling?.close();
    this.#filling = new HeldTransaction(at, serverId, time);
  }

  /** Whether an XA transaction is being taken in. */
  get filling(): boolean {
    return this.#filling !== undefined;
  }

  add(held: HeldEvent): void {
    let memory = this.#filling!.memory + held.event.length;
    for (const each of this.#held.values()) memory += each.memory;
    this.#filling!.add(held, memory <= MEMORY_BYTES);
  }

  /** The transaction that is being taken in is prepared: it waits. */
  prepare(): void {
    const filled = this.#filling;
    if (!filled) return;
    this.#filling = undefined;
    this.#held.set(filled.at.xid, filled);
    this.#earlier.delete(filled.at.xid);
    this.#prepared = undefined;
  }

  /** The transaction that is being taken in is committed at once (one phase), or was rolled back before it was prepared. */
  takeFilling(): HeldTransaction | undefined {
    const filled = this.#filling;
    this.#filling = undefined;
    return filled;
  }

  /** A prepared transaction; undefined for one that is not known. `'empty'`: it has no rows, as was known when the reading began. */
  get(xid: string): HeldTransaction | 'empty' | undefined {
    return this.#held.get(xid) ?? (this.#earlier.get(xid)?.empty ? 'empty' : undefined);
  }

  /** The transaction was committed or rolled back, all of it: it waits no more. */
  settle(xid: string): void {
    this.#held.get(xid)?.close();
    this.#held.delete(xid);
    this.#earlier.delete(xid);
    this.#prepared = undefined;
  }

  /** All that wait, for a position. The same list until one comes or goes. */
  prepared(): readonly PreparedXa[] {
    return (this.#prepared ??= [
      ...this.#earlier.values(),
      ...[...this.#held.values()].map((held) => (held.empty ? { ...held.at, empty: true } : held.at)),
    ]);
  }

  close(): void {
    this.#filling?.close();
    for (const held of this.#held.values()) held.close();
    this.#held.clear();
  }
}
