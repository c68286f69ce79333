import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../../coordination/failure.js';
import { IdempotentSender, type Shipment } from '../../../core/sink/idempotent-sender.js';
import type { ProduceClient } from '../../../core/sink/produce-round.js';
import type { PartitionResult } from '../../../core/sink/produce-request.js';
import { RecordBatchBuilder } from '../../../core/sink/record-batch.js';
import { never, quiet } from './fixtures.js';

interface Sent {
  readonly partition: number;
  readonly producerId: bigint;
  readonly sequence: number;
  readonly count: number;
  readonly batch: Buffer;
}

type Answer = number | 'lost' | 'silence';

/** A broker that keeps a log as brokers do, and answers as the script says: an error code, or not at all. */
class ScriptedBroker implements ProduceClient {
  readonly sent: Sent[] = [];
  /** One answer per request; 0 for all that follow. */
  readonly script: Answer[] = [];
  readonly log: string[] = [];
  readonly expected = new Map<string, number>();
  inFlight = 0;
  mostInFlight = 0;
  dropped = 0;
  #producerId = 0n;

  initProducerId(): Promise<{ producerId: bigint; producerEpoch: number }> {
    return Promise.resolve({ producerId: ++this.#producerId, producerEpoch: 0 });
  }
  findTopic(): Promise<object> {
    return Promise.resolve({});
  }
  refreshMetadata(): Promise<void> {
    return Promise.resolve();
  }
  leaderOf(): number {
    return 1;
  }
  dropBroker(): void {
    this.dropped++;
  }

  async produce(_node: number, body: readonly Buffer[]): Promise<PartitionResult[]> {
    this.mostInFlight = Math.max(this.mostInFlight, ++this.inFlight);
    await new Promise(setImmediate);
    this.inFlight--;
    const answer = this.script.shift() ?? 0;
    const results: PartitionResult[] = [];
    // Behind the request's start, the topic's name and the count: pairs of partition and batch.
    for (let i = 4; i < body.length; i += 2) results.push(this.#take(body[i]!.readInt32BE(0), body[i + 1]!, answer));
    if (answer === 'lost') throw Object.assign(new Error('closed'), { name: 'KafkaJSConnectionClosedError' });
    if (answer === 'silence') await new Promise(() => undefined);
    return results;
  }

  #take(partition: number, batch: Buffer, answer: Answer): PartitionResult {
    const producerId = batch.readBigInt64BE(43);
    const sequence = batch.readInt32BE(53);
    const count = batch.readInt32BE(57);
    this.sent.push({ partition, producerId, sequence, count, batch: Buffer.from(batch) });
    const result = (errorCode: number): PartitionResult => ({ topic: 't', partition, errorCode });
    if (typeof answer === 'number' && answer !== 0) return result(answer);
    const lane = `${producerId}/${partition}`;
    const expected = this.expected.get(lane) ?? 0;
    if (sequence < expected) return result(46);
    if (sequence > expected) return result(45);
    this.expected.set(lane, sequence + count);
    this.log.push(`${partition}:${sequence}+${count}`);
    return result(0);
  }
}

function shipment(partition: number, records = 3): Shipment {
  const builder = new RecordBatchBuilder();
  for (let i = 0; i < records; i++) builder.append(Buffer.from('k'), 1, `value ${i}`);
  const batch = builder.finish();
  return { topic: 't', partition, batch, plain: batch };
}

async function sender(broker: ScriptedBroker, patienceMs = 1000): Promise<IdempotentSender> {
  const made = new IdempotentSender({
    patienceMs,
    log: quiet,
    pack: (plain) => plain,
    tooLarge: () => new Failure('record-too-large', 'too large'),
  });
  await made.begin(broker, never);
  return made;
}

test('sequence numbers count records, per partition', async () => {
  const broker = new ScriptedBroker();
  const made = await sender(broker);
  await made.send(broker, [shipment(0), shipment(1, 5)], never);
  await made.send(broker, [shipment(0), shipment(1)], never);
  assert.deepEqual(broker.log, ['0:0+3', '1:0+5', '0:3+3', '1:5+3']);
});

test('a lost answer: the same bytes go again, and are stored once', async () => {
  const broker = new ScriptedBroker();
  const made = await sender(broker);
  broker.script.push('lost', 'lost');
  await made.send(broker, [shipment(0)], never);
  await made.send(broker, [shipment(0)], never);
  assert.deepEqual(broker.log, ['0:0+3', '0:3+3']);
  assert.equal(broker.sent.length, 4);
  assert.ok(broker.sent[0]!.batch.equals(broker.sent[2]!.batch));
  assert.equal(broker.dropped, 2);
});

test('a second send at the same time is refused, so that there is never more than one request in flight', async () => {
  const broker = new ScriptedBroker();
  const made = await sender(broker);
  broker.script.push('lost', 6, 'lost');
  const first = made.send(broker, [shipment(0)], never);
  await assert.rejects(made.send(broker, [shipment(0)], never), /two sends at once/);
  await first;
  assert.equal(broker.mostInFlight, 1);
  assert.deepEqual(broker.log, ['0:0+3']);
});

test('only the partitions that were refused for the moment go again', async () => {
  const broker = new ScriptedBroker();
  const made = await sender(broker);
  broker.script.push(6, 19);
  await made.send(broker, [shipment(0)], never);
  assert.deepEqual(broker.log, ['0:0+3']);
  assert.equal(broker.sent.length, 3);
});

test('a batch found too large is halved until it fits, under the same sequence numbers', async () => {
  const broker = new ScriptedBroker();
  const made = await sender(broker);
  broker.script.push(10, 10);
  await made.send(broker, [shipment(0, 8)], never);
  await made.send(broker, [shipment(0, 1)], never);
  assert.deepEqual(broker.log, ['0:0+2', '0:2+2', '0:4+4', '0:8+1']);
});

test('a single record found too large fails', async () => {
  const broker = new ScriptedBroker();
  const made = await sender(broker);
  broker.script.push(10);
  await assert.rejects(made.send(broker, [shipment(0, 1)], never), { kind: 'record-too-large' });
});

test('silence ends in sink-unreachable; the next begin first sends the same bytes until they are answered', async () => {
  const broker = new ScriptedBroker();
  const made = await sender(broker, 100);
  broker.script.push('silence');
  await assert.rejects(made.send(broker, [shipment(0)], never), { kind: 'sink-unreachable' });
  await made.begin(broker, never);
  await made.send(broker, [shipment(0)], never);
  const ids = broker.sent.map(({ producerId, sequence }) => [producerId, sequence]);
  assert.deepEqual(ids, [[1n, 0], [1n, 0], [2n, 0]]); // prettier-ignore
  assert.ok(broker.sent[0]!.batch.equals(broker.sent[1]!.batch));
});

test('what is unanswered stays so while the silence goes on, and any answer settles it', async () => {
  const broker = new ScriptedBroker();
  const made = await sender(broker, 100);
  broker.script.push('silence', 'silence', 45);
  await assert.rejects(made.send(broker, [shipment(0)], never), { kind: 'sink-unreachable' });
  await assert.rejects(made.begin(broker, never), { kind: 'sink-unreachable' });
  await made.begin(broker, never);
  await made.send(broker, [shipment(0)], never);
  assert.deepEqual(
    broker.sent.map(({ producerId }) => producerId),
    [1n, 1n, 1n, 2n],
  );
});

test('what was forgotten is not sent again', async () => {
  const broker = new ScriptedBroker();
  const made = await sender(broker, 100);
  broker.script.push('silence');
  await assert.rejects(made.send(broker, [shipment(0)], never), { kind: 'sink-unreachable' });
  made.forget();
  await made.begin(broker, never);
  assert.equal(broker.sent.length, 1);
});

test('a disagreement about sequence numbers is retried with a new producer, a refusal is not', async () => {
  for (const [code, kind] of [
    [45, 'sink-unreachable'],
    [47, 'sink-unreachable'],
    [59, 'sink-unreachable'],
    [29, 'sink-access-denied'],
    [87, 'sink-misconfigured'],
  ] as const) {
    const broker = new ScriptedBroker();
    const made = await sender(broker);
    broker.script.push(code);
    await assert.rejects(made.send(broker, [shipment(0)], never), { kind });
    assert.equal(broker.sent.length, 1);
  }
});

test('an abort ends the waiting between attempts with its reason', async () => {
  const broker = new ScriptedBroker();
  const made = await sender(broker, 60_000);
  const abort = new AbortController();
  broker.script.push(...Array.from({ length: 1000 }, () => 6));
  const sending = made.send(broker, [shipment(0)], abort.signal);
  const reason = new Error('lead lost');
  setImmediate(() => abort.abort(reason));
  await assert.rejects(sending, reason);
});
