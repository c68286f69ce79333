import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { test } from 'node:test';
import type { RecordHeader } from '../../../core/format/record-output.js';
import { gzipBatch } from '../../../core/sink/gzip-batch.js';
import { murmur2, partitionOfKey } from '../../../core/sink/murmur2.js';
import { halveBatch, RecordBatchBuilder, stampBatch } from '../../../core/sink/record-batch.js';
import { readVarint, varintSize, writeVarint } from '../../../core/sink/varint.js';
import { insideKafkajs } from './fixtures.js';

interface Message {
  readonly key: string | null;
  readonly value: string | null;
  readonly header?: RecordHeader;
}
type Encode = (input: object) => Promise<{ readonly buffer: Buffer }>;

const IDENTITY = { producerId: 123_456_789_012n, producerEpoch: 3, sequence: 77 };
const TIME = 1_760_000_000_123;

/** The same records by kafkajs's encoder, which is the oracle. */
async function byKafkajs(messages: readonly Message[], gzip: boolean): Promise<Buffer> {
  const { RecordBatch } = insideKafkajs('protocol/recordBatch/v0/index.js') as { RecordBatch: Encode };
  const Record = insideKafkajs('protocol/recordBatch/record/v0/index.js') as (input: object) => object;
  const records = messages.map(({ key, value, header }, offsetDelta) =>
    Record({ key, value, offsetDelta, timestampDelta: 0, headers: header ? { [header.name]: header.value } : {} }),
  );
  const batch = await RecordBatch({
    compression: gzip ? 1 : 0,
    records,
    firstTimestamp: TIME,
    maxTimestamp: TIME,
    producerId: IDENTITY.producerId,
    producerEpoch: IDENTITY.producerEpoch,
    firstSequence: IDENTITY.sequence,
    lastOffsetDelta: records.length - 1,
  });
  return batch.buffer;
}

function fill(builder: RecordBatchBuilder, messages: readonly Message[]): void {
  for (const { key, value, header } of messages) {
    const bytes = key === null ? Buffer.alloc(0) : Buffer.from(key);
    builder.append(bytes, key === null ? -1 : bytes.length, value, header);
  }
}

function randomText(): string | null {
  const kind = randomInt(6);
  if (kind === 0) return null;
  const length = randomInt(kind === 1 ? 20_000 : 100);
  const text = randomBytes(length).toString(kind === 2 ? 'latin1' : 'base64');
  // Around the lengths where a varint grows, and where UTF-8 is longer than the text.
  return kind === 3 ? 'x'.repeat(60 + randomInt(8)) + 'é漢😀'.slice(0, randomInt(5)) : text;
}

function randomMessages(): Message[] {
  return Array.from({ length: 1 + randomInt(200) }, () => {
    const message = { key: randomText(), value: randomText() };
    return randomInt(5) === 0
      ? { ...message, header: { name: `h${randomInt(9)}é`, value: randomText() ?? '' } }
      : message;
  });
}

test('the bytes are those of kafkajs, for random records', async () => {
  const builder = new RecordBatchBuilder();
  for (let i = 0; i < 200; i++) {
    const messages = randomMessages();
    fill(builder, messages);
    const size = builder.size;
    const bytes = stampBatch(builder.finish(), IDENTITY, TIME);
    assert.equal(bytes.length, size);
    assert.ok(bytes.equals(await byKafkajs(messages, false)), `batch ${i} differs`);
  }
});

test('the bytes are those of kafkajs with gzip', async () => {
  const builder = new RecordBatchBuilder();
  for (let i = 0; i < 20; i++) {
    const messages = randomMessages();
    fill(builder, messages);
    const bytes = stampBatch(await gzipBatch(builder.finish()), IDENTITY, TIME);
    assert.ok(bytes.equals(await byKafkajs(messages, true)), `batch ${i} differs`);
  }
});

test('a value whose UTF-8 is longer than its text, around every width of its length', async () => {
  for (const length of [20, 31, 32, 62, 63, 64, 4090, 4096, 8180, 8191, 8192, 16_383, 16_384, 524_280]) {
    for (const text of ['é'.repeat(length), 'x'.repeat(length) + '漢', 'x'.repeat(length)]) {
      const builder = new RecordBatchBuilder();
      const messages = [{ key: 'k', value: text }];
      fill(builder, messages);
      assert.ok(stampBatch(builder.finish(), IDENTITY, TIME).equals(await byKafkajs(messages, false)), `${length}`);
    }
  }
});

test('a batch that ends before its last record, and goes on with it in the next one', async () => {
  const builder = new RecordBatchBuilder();
  for (let i = 0; i < 100; i++) {
    const [messages, last, next] = [randomMessages(), randomMessages().slice(0, 1), randomMessages()];
    fill(builder, messages);
    fill(builder, last);
    const before = stampBatch(builder.finishBeforeLast(), IDENTITY, TIME);
    assert.ok(before.equals(await byKafkajs(messages, false)));
    fill(builder, next);
    const size = builder.size;
    const rest = stampBatch(builder.finish(), IDENTITY, TIME);
    assert.equal(rest.length, size);
    assert.ok(rest.equals(await byKafkajs([...last, ...next], false)));
  }
});

test('the halves of a batch are the batches of the halves', async () => {
  for (let i = 0; i < 50; i++) {
    const messages = [...randomMessages(), ...randomMessages()];
    const builder = new RecordBatchBuilder();
    fill(builder, messages);
    const half = messages.length >> 1;
    const [first, second] = halveBatch(builder.finish());
    assert.deepEqual([first.count, second.count], [half, messages.length - half]);
    assert.ok(stampBatch(first, IDENTITY, TIME).equals(await byKafkajs(messages.slice(0, half), false)));
    assert.ok(stampBatch(second, IDENTITY, TIME).equals(await byKafkajs(messages.slice(half), false)));
  }
});

test('varints are read as they were written', () => {
  const bytes = Buffer.alloc(8);
  for (const value of [-1, 0, 1, 63, 64, 8191, 8192, 1_048_575, 1_048_576, 134_217_727, 134_217_728, 2 ** 31 - 1]) {
    const end = writeVarint(bytes, 0, value);
    assert.equal(end, varintSize(value));
    assert.deepEqual(readVarint(bytes, 0), [value, end]);
  }
});

test('murmur2 and the partition are those of the Java client', () => {
  // From the tests of Kafka's own Utils.murmur2.
  const known: [string, number][] = [
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ];
  for (const [text, hash] of known) assert.equal(murmur2(Buffer.from(text), Buffer.byteLength(text)), hash, text);
  const kafkajs = insideKafkajs('producer/partitioners/default/murmur2.js') as (key: Buffer) => number;
  for (let i = 0; i < 2000; i++) {
    const key = randomBytes(randomInt(60));
    assert.equal(murmur2(key, key.length), kafkajs(key));
    const partition = (kafkajs(key) & 0x7fffffff) % 7;
    assert.equal(partitionOfKey(key, key.length, 7), partition);
    assert.equal(partitionOfKey(key, key.length, 1), 0);
  }
});
