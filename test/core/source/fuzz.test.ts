import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { Failure } from '../../../coordination/failure.js';
import type { Change, RowChange } from '../../../core/change.js';
import { BinlogReader } from '../../../core/source/binlog-reader.js';
import { PositionTracker } from '../../../core/source/position-tracker.js';
import { Dice } from '../../chaos/dice.js';
import type { Stack } from '../../stack/stack.js';
import { startStack } from '../../stack/stack.js';
import { encoded, withoutImages, type Collected } from '../format/collected.js';
import { connectSql } from './sql.js';

/** Another seed and more rounds: FUZZ_SEED=… FUZZ_ROUNDS=… */
const SEED = Number(process.env['FUZZ_SEED'] ?? 1);
const ROUNDS = Number(process.env['FUZZ_ROUNDS'] ?? 2_000);
const PRELUDE = "A page of other data, in which nothing of the binlog is: 'x', 'y'.".repeat(10);

let stack: Stack;
let events: Buffer[];

before(async () => {
  stack = await startStack({ mysql: 1 });
  const server = stack.mysql[0]!;
  const sql = await connectSql(server);
  await sql.run(
    `CREATE DATABASE f; USE f; CREATE TABLE t (id BIGINT UNSIGNED PRIMARY KEY, a VARCHAR(50), b DECIMAL(20,5), c DATETIME(6), d JSON, e ENUM('x','y'),
       f SET('m','n'), g BLOB, h TIME(3), i BINARY(8), j BIT(12), k GEOMETRY, l FLOAT, m DOUBLE, n TEXT CHARACTER SET latin1, o VECTOR(2))`,
  );
  const file = await sql.one('SHOW BINARY LOG STATUS');
  for (let id = 0; id < 12; id++) {
    await sql.run(
      `SET binlog_transaction_compression = ${id % 3 === 0 ? 'ON' : 'OFF'}, binlog_row_value_options = ${id % 2 ? "''" : 'PARTIAL_JSON'}, binlog_row_image = ${id === 7 ? 'MINIMAL' : 'FULL'};
       BEGIN; INSERT INTO t VALUES (${id}, 'text ${id}', 12.5, NOW(6), '{"a": [1, 2.5, "${'s'.repeat(60)}", {"b": null}]}', 'y', 'm,n', x'00ff', '-01:02:03.5', 'bytes', b'101', POINT(1, 2), 1.1, 2.2, 'Grüße', TO_VECTOR('[1,2]'));
       UPDATE t SET d = JSON_SET(d, '$.a[3].b', 7), a = NULL WHERE id = ${id}; COMMIT; DELETE FROM t WHERE id = ${id - 3}`,
    );
  }
  await sql.run(
    "XA START 'q'; INSERT INTO t (id) VALUES (100); XA END 'q'; XA PREPARE 'q'; XA COMMIT 'q'; FLUSH BINARY LOGS",
  );
  await sql.close();
  const bytes = readFileSync(join(server.dataDir, file));
  events = [];
  for (let at = 4; at < bytes.length;) {
    const size = bytes.readUInt32LE(at + 9);
    events.push(bytes.subarray(at, at + size));
    at += size;
  }
});
after(() => stack.stop());

interface Outcome {
  readonly changes: Change[];
  readonly failure: unknown;
}

/** Feeds events as packets are: each within a larger buffer of other things. */
async function feed(all: readonly Buffer[]): Promise<Outcome> {
  const from = { file: 'binlog.000001', offset: 4, events: 0 };
  const tracker = new PositionTracker({ from, serverUuid: undefined, sameServer: true, passOver: false });
  tracker.rotate(from.file, from.offset);
  const changes: Change[] = [];
  const queue = {
    add: (change: Change) => changes.push(change),
    commit: () => undefined,
    idle: () => undefined,
    full: false,
    room: () => Promise.resolve(),
  };
  const reader = new BinlogReader({ tracker, queue, filter: () => true, columns: () => Promise.resolve(undefined) });
  try {
    for (const event of all) {
      const packet = Buffer.concat([Buffer.from(PRELUDE), event, Buffer.from(PRELUDE)]);
      await reader.event(packet, PRELUDE.length, PRELUDE.length + event.length)?.();
    }
    return { changes, failure: undefined };
  } catch (failure) {
    return { changes, failure };
  } finally {
    reader.close();
  }
}

/** A change's records, or that it cannot be read. */
function recordsOf(change: () => RowChange, what: string): readonly Collected[] | string {
  try {
    return encoded(change()).records;
  } catch (failure) {
    assert.ok(failure instanceof Failure, `${what}: ${String(failure)}`);
    assert.equal(failure.then, 'stop', `${what}: ${failure.kind} ${failure.message}`);
    assert.match(failure.place ?? '', /^[^:]+:\d+/, what);
    return failure.kind;
  }
}

/** With the size in its header and the checksum as they should be: what is wrong then only the decoder can find. */
function signed(event: Buffer): Buffer {
  if (event.length < 23) return event;
  event.writeUInt32LE(event.length, 9);
  event.writeUInt32LE(crc32(event.subarray(0, -4)), event.length - 4);
  return event;
}

test('the events as they are', async () => {
  const { changes, failure } = await feed(events);
  assert.equal(failure, undefined);
  assert.equal(changes.flatMap((change) => (change.kind === 'schema' ? [] : change.rows)).length, 34);
});

test('without a new checksum every flipped bit is found', async () => {
  const random = new Dice(SEED);
  const below = (limit: number): number => Math.floor(random.roll() * limit);
  for (let round = 0; round < 300; round++) {
    const n = 1 + below(events.length - 1);
    const broken = Buffer.from(events[n]!);
    broken[below(broken.length)]! ^= 1 << below(8);
    const { failure } = await feed([...events.slice(0, n), broken, ...events.slice(n + 1)]);
    assert.ok(failure instanceof Failure, `event ${n}`);
    assert.match(failure.place ?? '', /^binlog\.000001:\d+/);
  }
});

test(`${ROUNDS} broken events with right checksums (seed ${SEED}): an error with its place, or rows of right shape`, async () => {
  const random = new Dice(SEED);
  const below = (limit: number): number => Math.floor(random.roll() * limit);
  let refused = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const n = 1 + below(events.length - 1);
    let broken: Buffer = Buffer.from(events[n]!);
    switch (below(4)) {
      case 0:
        broken = Buffer.from(broken.subarray(0, 19 + below(broken.length - 19)));
        break;
      case 1:
        for (let i = 19 + below(broken.length - 19); i < broken.length; i++) broken[i] = below(256);
        break;
      case 2:
        broken = Buffer.concat([broken.subarray(0, -4), Buffer.alloc(below(30), below(256)), broken.subarray(-4)]);
        break;
      default:
        for (let i = below(5); i >= 0; i--) broken[19 + below(broken.length - 19)] = below(256);
    }
    // The transaction in which it stands, and what it needs: format, and everything since its GTID.
    let first = n;
    while (first > 1 && events[first]![4] !== 33) first--;
    const began = performance.now();
    const { changes, failure } = await feed([
      events[0]!,
      ...events.slice(first, n),
      signed(broken),
      ...events.slice(n + 1, n + 6),
    ]);
    const what = `seed ${SEED}, round ${round}, event ${n} of type ${events[n]![4]}`;
    assert.ok(performance.now() - began < 5_000, `${what}: too slow`);
    if (failure !== undefined) {
      refused++;
      assert.ok(failure instanceof Failure, what);
      assert.equal(failure.then, 'stop', `${what}: ${failure.kind} ${failure.message}`);
      assert.match(failure.place ?? '', /^[^:]+:\d+/, what);
      assert.doesNotMatch(failure.message, /A page of other data|call stack/, what);
    }
    for (const change of changes) {
      if (change.kind === 'schema') continue;
      // A value that is none of its type shows when it is asked for or written. Of the two ways the one by bytes refuses more (DECIMALs of too many digits).
      const byBytes = recordsOf(() => change, what);
      const byValues = recordsOf(() => withoutImages(change), what);
      if (typeof byBytes !== 'string') assert.deepEqual(byBytes, byValues, what);
      if (typeof byValues === 'string') continue;
      for (const row of change.rows) {
        assert.equal(row.length, change.table.columns.length, what);
        assert.ok(
          !row.some((cell) => typeof cell === 'string' && cell.includes('A page of other')),
          `${what}: read past the event`,
        );
      }
    }
  }
  assert.ok(refused > ROUNDS / 4, `${refused} refused`);
});
