import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure, type FailureKind } from '../../../coordination/failure.js';
import { Lease } from '../../../coordination/lease.js';
import { runPipeline, type Delivered } from '../../../core/pipeline/pipeline.js';
import type { Batch, Durable, Sink } from '../../../core/sink/sink.js';
import type { Chunk, Source } from '../../../core/source/source.js';
import { insert, never, table } from '../sink/fixtures.js';

const at = (offset: number) => ({ file: 'binlog.000012', offset, events: 0 });

/** Chunks that end at 101, 102, …; the second one has no changes. */
function source(chunks: number): Source {
  return {
    behind: async () => 0,
    prepare: () => Promise.resolve(),
    start: () => Promise.resolve(at(100)),
    close: () => Promise.resolve(),
    async *read(from): AsyncIterable<Chunk> {
      for (let i = 1; i <= chunks; i++) {
        const changes = i === 2 ? [] : [insert(table('orders'), [i, 0, 'x'])];
        yield { changes, bytes: 10, rows: changes.length, end: at(from.offset + i), eventTime: i };
      }
      throw new Failure('source-stalled', 'the end of the script');
    },
  };
}

interface Scripted extends Sink {
  readonly written: Batch[];
  closed: number;
}

function sink(write: (batch: Batch) => Durable): Scripted {
  const scripted: Scripted = {
    written: [],
    closed: 0,
    open: () => Promise.resolve(),
    claim: () => Promise.reject(new Error('the loop does not claim')),
    write: async (batch) => {
      scripted.written.push(batch);
      return write(batch);
    },
    close: async () => void scripted.closed++,
  };
  return scripted;
}

function leaseFor(ms: number): Lease {
  const lease = new Lease();
  lease.renew(process.hrtime.bigint() + BigInt(ms) * 1_000_000n);
  return lease;
}

async function failure(
  to: Sink,
  lease: Lease,
  delivered: (one: Delivered) => void = () => undefined,
): Promise<Failure> {
  const parts = { source: source(3), sink: to, lease, delivering: () => undefined, delivered };
  const thrown: unknown = await runPipeline(parts, at(100), { lost: never, stopping: never }).catch((e: unknown) => e);
  assert.ok(thrown instanceof Failure, String(thrown));
  return thrown;
}

test('what counts as delivered is what the sink says is durable', async () => {
  const places: Delivered[] = [];
  const to = sink(({ changes, end }) =>
    changes.length === 0 ? { position: at(101) } : { position: end, sink: { partition: 3, offset: end.offset } },
  );
  assert.equal((await failure(to, leaseFor(60_000), (one) => places.push(one))).kind, 'source-stalled');
  assert.deepEqual(
    places.map(({ position, sink: stored }) => [position.offset, stored?.offset]),
    [[101, 101], [101, undefined], [103, 103]], // prettier-ignore
  );
  assert.equal(to.closed, 1);
});

for (const kind of ['sink-fenced', 'term-behind'] satisfies FailureKind[]) {
  const refuse = (): never => {
    throw new Failure(kind, 'refused');
  };

  test(`${kind} while the lease holds is for the lead to see to`, async () => {
    assert.equal((await failure(sink(refuse), leaseFor(60_000))).kind, kind);
  });

  test(`${kind} after the lease is a lost lead`, async () => {
    const lease = leaseFor(60_000);
    const to = sink(() => {
      lease.end(); // while the request was under way
      return refuse();
    });
    assert.equal((await failure(to, lease)).kind, 'lead-lost');
  });
}

test('nothing is written after the lease, not even a position', async () => {
  const lease = leaseFor(60_000);
  const to = sink(({ end }) => {
    lease.end();
    return { position: end };
  });
  assert.equal((await failure(to, lease)).kind, 'lead-lost');
  assert.equal(to.written.length, 1);
});
