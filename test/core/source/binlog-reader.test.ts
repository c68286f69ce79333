import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../../coordination/failure.js';
import { BinlogReader } from '../../../core/source/binlog-reader.js';
import { ChunkQueue } from '../../../core/source/chunk-queue.js';
import { PositionTracker } from '../../../core/source/position-tracker.js';

const GIB_4 = 2 ** 32;

/** A reader of hand-made events, for what a healthy server does not send. They carry no checksum. */
function feed(offset = 4) {
  const from = { file: 'binlog.000007', offset, events: 0 };
  const tracker = new PositionTracker({ from, serverUuid: undefined, sameServer: true, passOver: false });
  const nothing = (): void => undefined;
  const sizes = { maxChunkBytes: 1024, maxQueuedBytes: 1024, onFull: nothing, onRoom: nothing };
  const queue = new ChunkQueue({ ...sizes, committed: () => tracker.committed() });
  const reader = new BinlogReader({ tracker, queue, filter: () => true });
  let next = offset;
  const event = (type: number, body: Buffer, flags = 0): void => {
    const header = Buffer.alloc(19);
    const size = 19 + body.length;
    next += size;
    header.writeUInt8(type, 4);
    header.writeUInt32LE(size, 9);
    header.writeUInt32LE((flags & 0x20) !== 0 ? 0 : next % GIB_4, 13);
    header.writeUInt16LE(flags, 17);
    if ((flags & 0x20) !== 0) next -= size;
    reader.event(Buffer.concat([header, body]), 0, size);
  };
  const rotate = Buffer.alloc(8);
  rotate.writeBigUInt64LE(BigInt(offset));
  event(4, Buffer.concat([rotate, Buffer.from('binlog.000007')]), 0x20);
  return { event, tracker };
}

const query = (sql: string): Buffer => Buffer.concat([Buffer.alloc(13), Buffer.from([0]), Buffer.from(sql)]);

function refused(action: () => void): Failure {
  try {
    action();
  } catch (thrown) {
    assert.ok(thrown instanceof Failure, String(thrown));
    assert.equal(thrown.then, 'stop');
    return thrown;
  }
  throw new Error('nothing was thrown');
}

test('offsets go on beyond 4 GiB, where headers have 32 bits', () => {
  const { event, tracker } = feed(GIB_4 - 60);
  event(2, query('BEGIN'));
  event(16, Buffer.alloc(8));
  assert.equal(tracker.committed().offset, GIB_4 - 60 + 38 + 27);
  event(2, query('BEGIN'));
  event(16, Buffer.alloc(8));
  assert.equal(tracker.committed().offset, GIB_4 - 60 + 2 * (38 + 27));
});

test('rows of a table that was not named stop the reading', () => {
  const { event } = feed();
  event(2, query('BEGIN'));
  const failure = refused(() => event(30, Buffer.from([9, 0, 0, 0, 0, 0, 1, 0, 2, 0, 1, 0xff, 0])));
  assert.match(failure.message, /table id 9/);
  assert.equal(failure.place, 'binlog.000007:42');
});

test('rows outside of a transaction stop the reading', () => {
  refused(() => feed().event(30, Buffer.alloc(20)));
});

test('an incident stops the reading', () => {
  assert.match(refused(() => feed().event(26, Buffer.from([1, 0]))).message, /incident/);
});

test('an unknown event stops the reading unless the server says that it may be left out', () => {
  assert.match(refused(() => feed().event(99, Buffer.alloc(4))).message, /type 99/);
  feed().event(99, Buffer.alloc(4), 0x80);
});

test('a transaction without an end stops the reading', () => {
  const { event } = feed();
  event(33, Buffer.alloc(42));
  event(2, query('BEGIN'));
  assert.match(refused(() => event(33, Buffer.alloc(42))).message, /no end/);
});

test('a malformed event stops the reading at its place', () => {
  const { event } = feed();
  event(2, query('BEGIN'));
  const failure = refused(() => event(19, Buffer.from([9, 0, 0, 0, 0, 0, 1, 0, 250])));
  assert.equal(failure.kind, 'source-unreadable');
  assert.equal(failure.place, 'binlog.000007:42');
});
