import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../coordination/failure.js';
import type { Position } from '../../coordination/position.js';
import type { Change } from '../../core/change.js';
import type { Claim, Durable, Sink } from '../../core/sink/sink.js';
import { place, table } from '../core/sink/fixtures.js';

/** One kind of sink that delivers exactly once, on real servers that are there. */
export interface SinkUnderTest {
  /** A new sink of a task, as a lead of its own has it. */
  sink(task: string): Sink;
  /** The ids of all rows that a reader finds for the task, in order, once there are so many; what is not committed does not count. */
  delivered(task: string, atLeast: number): Promise<number[]>;
}

const at = (offset: number): Position => ({ file: 'binlog.000001', offset, events: 0 });
const soon = (): AbortSignal => AbortSignal.timeout(60_000);

function claimOf(term: number, offset: number, more: Partial<Claim> = {}): Claim {
  return { term, position: at(offset), order: undefined, sink: undefined, adoptTerm: undefined, ...more };
}

/** Ids from one to another, each a transaction of its own, at its own place. */
function inserts(from: number, to: number): Change[] {
  return Array.from({ length: to - from + 1 }, (_, i): Change => {
    const id = from + i;
    return {
      kind: 'insert',
      table: table('t'),
      place: { ...place(id * 10), gtid: `3e11fa47-71ca-11e1-9e33-c80aa9429562:${id}` },
      rows: [[id, 1, 'x']],
    };
  });
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

async function isFailure(work: Promise<unknown>, ...kinds: string[]): Promise<void> {
  const thrown = await work.then(() => undefined, (error: unknown) => error); // prettier-ignore
  assert.ok(thrown instanceof Failure, String(thrown));
  assert.ok(kinds.includes(thrown.kind), `${thrown.kind}: ${thrown.message}`);
}

/** What sink.ts promises of a sink that delivers exactly once. */
export function sinkContract(name: string, under: () => SinkUnderTest): void {
  let tasks = 0;
  const task = (): string => `contract-${++tasks}`;

  async function led(of: string, claim: Claim): Promise<{ sink: Sink; claimed: Durable }> {
    const sink = under().sink(of);
    await sink.open(soon());
    return { sink, claimed: await sink.claim(claim, soon()) };
  }

  test(`${name}: what a write has resolved for is there, and the place with it`, async () => {
    const one = task();
    const { sink, claimed } = await led(one, claimOf(1, 100));
    assert.deepEqual(claimed.position, at(100));
    assert.ok(claimed.sink, 'it says where it keeps the place');
    const durable = await sink.write({ changes: inserts(1, 20), end: at(300), eventTime: 1 }, soon());
    assert.deepEqual(durable.position, at(300));
    assert.deepEqual(await under().delivered(one, 20), range(1, 20));
    await sink.close();
    const next = await led(one, claimOf(2, 100, { sink: claimed.sink }));
    assert.deepEqual(next.claimed.position, at(300), 'the sink’s own place wins over lastCommit');
    await next.sink.close();
  });

  test(`${name}: a batch without changes is taken, and never goes back`, async () => {
    const { sink } = await led(task(), claimOf(1, 100));
    const durable = await sink.write({ changes: [], end: at(200) }, soon());
    assert.ok(durable.position.offset === 100 || durable.position.offset === 200);
    await sink.close();
  });

  test(`${name}: a lead before the last claim writes nothing more`, async () => {
    const one = task();
    const old = await led(one, claimOf(1, 100));
    const first = await old.sink.write({ changes: inserts(1, 3), end: at(200) }, soon());
    const young = await led(one, claimOf(2, 200, { sink: first.sink }));
    await isFailure(
      old.sink.write({ changes: inserts(4, 6), end: at(300) }, soon()),
      'sink-fenced',
      'sink-unreachable',
    );
    assert.deepEqual(await under().delivered(one, 3), [1, 2, 3]);
    await young.sink.write({ changes: inserts(4, 6), end: at(300) }, soon());
    assert.deepEqual(await under().delivered(one, 6), range(1, 6));
    await old.sink.close();
    await young.sink.close();
  });

  test(`${name}: an earlier term is refused, unless it is told to follow the later one`, async () => {
    const one = task();
    const late = await led(one, claimOf(9, 100));
    const durable = await late.sink.write({ changes: inserts(1, 1), end: at(200) }, soon());
    await late.sink.close();
    const early = under().sink(one);
    await early.open(soon());
    await isFailure(early.claim(claimOf(3, 100, { sink: durable.sink }), soon()), 'term-behind');
    await early.close();
    const told = await led(one, claimOf(3, 100, { sink: durable.sink, adoptTerm: 9 }));
    assert.deepEqual(told.claimed.position, at(200));
    await told.sink.close();
  });

  test(`${name}: an operator’s order goes before the sink’s own place`, async () => {
    const one = task();
    const first = await led(one, claimOf(1, 100));
    const durable = await first.sink.write({ changes: inserts(1, 2), end: at(400) }, soon());
    await first.sink.close();
    const ordered = await led(one, claimOf(2, 250, { sink: durable.sink, order: 1 }));
    assert.deepEqual(ordered.claimed.position, at(250));
    await ordered.sink.close();
    const later = await led(one, claimOf(3, 100, { sink: ordered.claimed.sink, order: 1 }));
    assert.deepEqual(later.claimed.position, at(250), 'the order is carried out once');
    await later.sink.close();
  });

  test(`${name}: nothing is written before a claim`, async () => {
    const one = task();
    const sink = under().sink(one);
    await sink.open(soon());
    await isFailure(sink.write({ changes: inserts(1, 1), end: at(200) }, soon()), 'internal');
    await sink.close();
  });

  test(`${name}: an aborted write leaves the batch whole or absent, and the next lead knows which`, async () => {
    const one = task();
    const { sink, claimed } = await led(one, claimOf(1, 100));
    const abort = new AbortController();
    const writing = sink.write({ changes: inserts(1, 500), end: at(9_000) }, abort.signal);
    setImmediate(() => abort.abort(new Error('told to')));
    await writing.catch(() => undefined);
    await sink.close();
    const next = await led(one, claimOf(2, 100, { sink: claimed.sink }));
    if (next.claimed.position.offset === 100)
      await next.sink.write({ changes: inserts(1, 500), end: at(9_000) }, soon());
    assert.deepEqual(await under().delivered(one, 500), range(1, 500));
    await next.sink.close();
  });
}
