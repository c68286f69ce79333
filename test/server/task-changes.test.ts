import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Failure } from '../../coordination/failure.js';
import type { LiveChange } from '../../server/api/schema/task-orders.js';
import type { TailedRecord } from '../../server/ports.js';
import { newRoot } from '../coordination/zookeeper-fixture.js';
import { startStack, type Stack } from '../stack/stack.js';
import { EventReader, NO_PORTS, ServerFixture, spec } from './fixture.js';

let stack: Stack;
before(async () => {
  stack = await startStack({ zookeeper: 1 });
});
after(() => stack?.stop());

function record(offset: number, row: object, more: object = {}): TailedRecord {
  const source = { name: 'a', db: 'shop', table: 'customer' };
  const value = { op: 'c', before: null, after: row, source, ...more };
  const at = { topic: 't', partition: 0, offset: String(offset), at: 1 };
  return { ...at, key: JSON.stringify({ id: offset }), value: JSON.stringify(value) };
}

const RECORDS: readonly TailedRecord[] = [
  record(1, { id: 1, name: 'Ann', password_hash: 'planted-1', note: 'x'.repeat(2000) }),
  record(2, { id: 2, settings: '{"theme":"dark","apiKey":"planted-2"}', card_number: null }),
  record(3, { id: 3, name: 'of another task' }, { source: { name: 'b', db: 'shop', table: 'customer' } }),
  { ...record(4, {}), value: undefined },
  record(5, { id: 5 }, { op: 'd', before: { id: 5, token: 'planted-3' }, after: null }),
];

/** A sink that has the records, then fails. */
const ports = {
  ...NO_PORTS,
  tailChanges: async (_spec: unknown, onRecord: (record: TailedRecord) => void) => {
    for (const one of RECORDS) onRecord(one);
    throw new Failure('sink-unreachable', 'no broker answers', { remedy: 'start one' });
  },
};

test('changes come without what columns and documents hide, without another task’s, and a failure is told by name', async (t) => {
  const api = await ServerFixture.open(t, `${stack.zookeeper.connectString}${newRoot()}`, { ports });
  await api.register(spec('a'));
  const read = async (query: string): Promise<LiveChange[]> => {
    const reader = await EventReader.open(t, `${api.server.address}/api/v1/tasks/a/changes${query}`);
    const { data } = await reader.until('it fails', ({ event }) => event === 'failed');
    assert.deepEqual(data, { kind: 'sink-unreachable', message: 'no broker answers', remedy: 'start one' });
    await assert.rejects(
      reader.until('nothing more', () => false),
      /the stream ended/,
    );
    assert.ok(!JSON.stringify(reader.events).includes('planted'));
    return reader.events.flatMap(({ event, data }) => (event === 'changes' ? (data as unknown as LiveChange[]) : []));
  };
  const all = await read('');
  assert.deepEqual(
    all.map(({ offset, op, tombstone, masked, truncated }) => [offset, op ?? tombstone, masked, truncated ?? false]),
    [
      ['1', 'c', ['password_hash'], true],
      ['2', 'c', [], false],
      ['4', true, [], false],
      ['5', 'd', ['token'], false],
    ],
  );
  assert.deepEqual(all[1]?.after, { id: 2, settings: '•••', card_number: null });
  const offsets = async (query: string) => (await read(query)).map(({ offset }) => offset);
  assert.deepEqual(await offsets('?q=planted'), [], 'what is hidden is not found by asking');
  assert.deepEqual(await offsets('?q=Ann'), ['1']);
  assert.deepEqual(await offsets('?op=d'), ['5']);
  assert.deepEqual(await offsets('?table=shop.cust*&op=c'), ['1', '2']);
  assert.deepEqual(await offsets('?table=bank.*'), []);
  assert.deepEqual(await offsets('?rate=1'), ['1']);
});
